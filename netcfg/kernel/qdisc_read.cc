#include "netcfg/kernel/qdisc_read.h"

#include <linux/pkt_sched.h>

#include <algorithm>

#include "netcfg/kernel/attributes.h"

namespace netcfg::nl {
namespace {

uint16_t major_of(uint32_t handle) {
  return static_cast<uint16_t>(handle >> 16);
}

bool is_own_htb(const QdiscMessage& root) {
  return root.name == "htb" && major_of(root.handle) == kOwnHandle;
}

}  // namespace

void QdiscTrees::add(const nlmsghdr& message) {
  auto decoded = decode_qdisc(message);
  // Those that the kernel attaches by itself have no handle (attach_one_default_qdisc() in
  // net/sched/sch_generic.c): defaults, and the queue within a tbf.
  if (!decoded || major_of(decoded->handle) == 0) return;
  Parts& parts = links_[decoded->link];
  if (decoded->parent == TC_H_INGRESS)
    parts.ingress = decoded->name;
  else if (decoded->parent == TC_H_ROOT)
    parts.root = std::move(*decoded);
  else
    parts.inner.push_back(std::move(*decoded));
}

std::vector<uint32_t> QdiscTrees::with_classes() const {
  std::vector<uint32_t> out;
  for (const auto& [link, parts] : links_)
    if (parts.root && is_own_htb(*parts.root)) out.push_back(link);
  return out;
}

void QdiscTrees::add_class(uint32_t link, const nlmsghdr& message) {
  // The queues of classes have classes of their own, such as a flow of fq_codel.
  tcmsg header{};
  if (!read_header(message, header) || major_of(header.tcm_handle) != kOwnHandle) return;
  Parts& parts = links_[link];
  if (auto one = decode_class(message))
    parts.classes.push_back(*one);
  else
    parts.unspoken = true;
}

void QdiscTrees::clear_classes(uint32_t link) {
  links_[link].classes.clear();
  links_[link].unspoken = false;
}

Qdisc QdiscTrees::tree_of(const Parts& parts) {
  const QdiscMessage& root = *parts.root;
  Qdisc out;
  out.handle = major_of(root.handle);
  if (is_own_htb(root) && put_classes(parts, out)) return out;
  out.classes.clear();
  out.default_class = 0;
  // With others inside, it is more than its own parameters.
  if (parts.inner.empty()) out.kind = root.kind;
  if (out.kind.index() == 0) out.foreign_kind = root.name;
  return out;
}

// False where not all of it can be said.
bool QdiscTrees::put_classes(const Parts& parts, Qdisc& out) {
  if (parts.unspoken || parts.classes.empty() || parts.root->default_class > UINT16_MAX) return false;
  out.default_class = static_cast<uint16_t>(parts.root->default_class);
  out.classes = parts.classes;
  std::sort(out.classes.begin(), out.classes.end(),
            [](const HtbClass& a, const HtbClass& b) { return a.id < b.id; });
  for (const QdiscMessage& inner : parts.inner) {
    auto of = std::find_if(out.classes.begin(), out.classes.end(), [&](const HtbClass& one) {
      return inner.parent == handle_of(kOwnHandle, one.id);
    });
    if (of == out.classes.end() || inner.kind.index() == 0) return false;
    of->leaf = inner.kind;
  }
  return true;
}

}  // namespace netcfg::nl
