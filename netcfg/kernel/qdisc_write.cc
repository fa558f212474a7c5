#include "netcfg/kernel/qdisc_write.h"

#include <linux/pkt_sched.h>

#include <algorithm>
#include <cerrno>

namespace netcfg::nl {
namespace {

const HtbClass* class_of(const Qdisc& tree, uint16_t id) {
  auto it = std::find_if(tree.classes.begin(), tree.classes.end(),
                         [&](const HtbClass& one) { return one.id == id; });
  return it == tree.classes.end() ? nullptr : &*it;
}

bool same_but_leaf(const HtbClass& a, const HtbClass& b) {
  HtbClass copy = a;
  copy.leaf = b.leaf;
  return copy == b;
}

// Parents before children, both ways round.
std::vector<const HtbClass*> by_depth(const Qdisc& tree) {
  auto depth = [&](const HtbClass* one) {
    int out = 0;
    for (; one && one->parent != 0 && out < 8; ++out) one = class_of(tree, one->parent);
    return out;
  };
  std::vector<const HtbClass*> out;
  for (const HtbClass& one : tree.classes) out.push_back(&one);
  std::stable_sort(out.begin(), out.end(),
                   [&](const HtbClass* a, const HtbClass* b) { return depth(a) < depth(b); });
  return out;
}

}  // namespace

Outcome QdiscWriter::write(Action action, const Qdisc* before, const Qdisc* after) {
  const IfName& dev = action == Action::remove ? before->dev : after->dev;
  message_.start<tcmsg>(action == Action::remove ? RTM_DELQDISC : RTM_NEWQDISC, 0);
  if (find_index(indexes_, dev, link_))
    return Refusal{0, ENODEV, "there is no link " + to_string(dev), request_name(message_.type())};
  switch (action) {
    case Action::create:
      return create(*after, NLM_F_EXCL);
    case Action::update:
      return changes_in_place(*before, *after) ? change(*before, *after) : replace(*before, *after);
    case Action::remove:
      return remove(before->handle);
    case Action::restore:
      return restore(*after);
  }
  return {};
}

Outcome QdiscWriter::create(const Qdisc& tree, uint16_t flags) {
  start(RTM_NEWQDISC, NLM_F_CREATE | flags, TC_H_ROOT, handle_of(tree.handle));
  if (!tree.is_htb()) {
    put_queue(message_, tree.kind);
    return transact();
  }
  put_htb(message_, tree);
  if (Outcome refusal = transact()) return refusal;
  for (const HtbClass* one : by_depth(tree)) {
    if (Outcome refusal = write_class(*one, NLM_F_CREATE | NLM_F_EXCL)) return refusal;
    if (Outcome refusal = write_leaf(*one, nullptr)) return refusal;
  }
  return {};
}

Outcome QdiscWriter::change(const Qdisc& before, const Qdisc& after) {
  if (after.is_htb()) return change_classes(before, after);
  start(RTM_NEWQDISC, 0, TC_H_ROOT, handle_of(after.handle));
  put_queue(message_, after.kind, &before.kind);
  return transact();
}

Outcome QdiscWriter::change_classes(const Qdisc& before, const Qdisc& after) {
  auto old = by_depth(before);
  for (auto it = old.rbegin(); it != old.rend(); ++it)
    if (!class_of(after, (*it)->id))
      if (Outcome refusal = remove_class(**it)) return refusal;
  for (const HtbClass* one : by_depth(after)) {
    const HtbClass* there = class_of(before, one->id);
    if (!there || !same_but_leaf(*there, *one))
      if (Outcome refusal = write_class(*one, there ? 0 : NLM_F_CREATE | NLM_F_EXCL)) return refusal;
    if (!there || !(there->leaf == one->leaf))
      if (Outcome refusal = write_leaf(*one, there)) return refusal;
  }
  return {};
}

// A root under another handle takes the old one's place at once. Under the same handle the kernel wants to
// change that one (tc_modify_qdisc() in net/sched/sch_api.c): it has to go first.
Outcome QdiscWriter::replace(const Qdisc& before, const Qdisc& after) {
  if (before.handle != after.handle) return create(after, NLM_F_REPLACE);
  if (Outcome refusal = remove(before.handle)) return refusal;
  return create(after, NLM_F_EXCL);
}

// Whatever is there goes.
Outcome QdiscWriter::restore(const Qdisc& tree) {
  Outcome refusal = remove(0);
  bool none = refusal && (refusal->code == ENOENT || refusal->code == EINVAL);
  if (refusal && !none) return refusal;
  return create(tree, NLM_F_EXCL);
}

Outcome QdiscWriter::remove(uint16_t handle) {
  start(RTM_DELQDISC, 0, TC_H_ROOT, handle_of(handle));
  return transact();
}

Outcome QdiscWriter::write_class(const HtbClass& one, uint16_t flags) {
  start(RTM_NEWTCLASS, flags, handle_of(kOwnHandle, one.parent), handle_of(kOwnHandle, one.id));
  put_class(message_, one);
  return transact();
}

// The kernel numbers it. Without a number, a request for another kind replaces, one for the same changes.
Outcome QdiscWriter::write_leaf(const HtbClass& one, const HtbClass* before) {
  if (one.leaf.index() == 0) return {};
  bool anew = !before || must_recreate(before->leaf, one.leaf);
  // Linux 6.1 does not make a second of one kind in place of the first.
  if (anew && before && before->leaf.index() == one.leaf.index()) {
    start(RTM_DELQDISC, 0, handle_of(kOwnHandle, one.id), 0);
    if (Outcome refusal = transact()) return refusal;
  }
  // NLM_F_EXCL beside the others asks for a new one even where the kind is the same.
  auto flags = static_cast<uint16_t>(anew ? NLM_F_CREATE | NLM_F_REPLACE | NLM_F_EXCL : 0);
  start(RTM_NEWQDISC, flags, handle_of(kOwnHandle, one.id), 0);
  put_queue(message_, one.leaf, anew ? nullptr : &before->leaf);
  return transact();
}

Outcome QdiscWriter::remove_class(const HtbClass& one) {
  start(RTM_DELTCLASS, 0, 0, handle_of(kOwnHandle, one.id));
  return transact();
}

void QdiscWriter::start(uint16_t type, uint16_t flags, uint32_t parent, uint32_t handle) {
  auto& header = message_.start<tcmsg>(type, flags);
  header.tcm_ifindex = static_cast<int>(link_);
  header.tcm_parent = parent;
  header.tcm_handle = handle;
}

Outcome QdiscWriter::transact() {
  std::string what = request_name(message_.type());
  auto ack = socket_.transact(message_);
  if (!ack) return Refusal{0, ack.error().code, ack.error().message, what};
  if (ack->code != 0) return Refusal{0, ack->code, ack->extack, what};
  return {};
}

}  // namespace netcfg::nl
