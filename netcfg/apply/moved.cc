#include "netcfg/apply/moved.h"

#include <algorithm>

namespace netcfg {
namespace {

bool same_place(const Link& before, const Link& after) {
  return before.name == after.name && before.kind == after.kind && before.state == after.state &&
         before.mac == after.mac && before.master == after.master;
}

// Those links, and what stands on them: bonds and bridges of them, VLANs above those.
std::set<IfName> with_uppers(std::set<IfName> links, const State& now) {
  for (size_t before = 0; before != links.size();) {
    before = links.size();
    for (const Link& link : now.links) {
      if (links.contains(parent_of(link))) links.insert(link.name);
      if (link.master && !link.master->empty() && links.contains(link.name)) links.insert(*link.master);
    }
  }
  return links;
}

// Whether neighbours find the link's addresses by ARP and ND. Without a carrier nobody would hear it.
bool resolves(const Link& link) {
  return link.is_up() && link.carrier.value_or(true) && link.arp.value_or(true) && link.mac &&
         *link.mac != Mac{};
}

}  // namespace

void Moved::note(const Op& op) {
  if (const auto* address = std::get_if<const Address*>(&op.after); address && *address)
    addresses_.emplace((*address)->dev, (*address)->address.ip);
  const auto* after = std::get_if<const Link*>(&op.after);
  const auto* before = std::get_if<const Link*>(&op.before);
  bool was = before && *before, is = after && *after;
  if (was && is && same_place(**before, **after)) return;
  if (is) links_.insert((*after)->name);
  // The master that loses a member may get another MAC address by that.
  if (was && (*before)->master && !(*before)->master->empty()) links_.insert(*(*before)->master);
}

std::vector<Announcement> Moved::announcements(const State& now) const {
  std::vector<Announcement> out;
  if (links_.empty() && addresses_.empty()) return out;
  std::set<IfName> links = with_uppers(links_, now);
  const Link* link = nullptr;
  for (const Address& address : now.addresses) {
    if (!links.contains(address.dev) && !addresses_.contains({address.dev, address.address.ip})) continue;
    if (!link || link->name != address.dev) link = now.link(address.dev);
    if (link && resolves(*link)) out.push_back({link->name, link->index, *link->mac, address.address.ip});
  }
  return out;
}

}  // namespace netcfg
