#include <fmt/format.h>

#include <algorithm>

#include "netcfg/spec/binder.h"

namespace netcfg {
namespace {

struct NameHash {
  size_t operator()(const IfName& name) const { return std::hash<std::string_view>()(name.view()); }
};

// The links by name while some are still added.
class Links {
 public:
  explicit Links(std::vector<Link>& links) : links_(links) {
    by_name_.reserve(links.size());
    for (size_t i = 0; i < links.size(); ++i) by_name_.emplace(links[i].name, i);
  }
  Link* find(const IfName& name) {
    auto it = by_name_.find(name);
    return it == by_name_.end() ? nullptr : &links_[it->second];
  }
  Link& add(const IfName& name, Place origin) {
    Link link;
    link.name = name;
    link.state = LinkState::up;
    link.origin = origin;
    by_name_.emplace(name, links_.size());
    return links_.emplace_back(std::move(link));
  }

 private:
  std::vector<Link>& links_;
  std::unordered_map<IfName, size_t, NameHash> by_name_;
};

std::string_view kind_name(const Link& link) {
  const KindInfo* info = kind_info(link.kind);
  return info ? info->name : "interface";
}

std::string member_path(const Link& master, const IfName& member) {
  std::string path = path_with(path_with("interfaces", master.name.view()), kind_name(master));
  return path_with(path_with(std::move(path), "members"), member.view());
}

// The MTU of a bond's members is the bond's, so no default is given to them.
void apply_defaults(Link& link, const Link& defaults) {
  if (link.name == IfName("lo") || link.absent()) return;
  bool bonded = std::holds_alternative<BondPort>(link.port);
  for (const Field& field : kLinkFields)
    if (field.has(&defaults) && !field.has(&link) && !(bonded && field.name == "mtu"))
      field.copy(&link, &defaults);
}

// As the kernel reports them: the PVID is one of the port's VLANs, and leaves untagged without being named
// so.
void complete_vlans(BridgePort& port) {
  uint32_t pvid = port.pvid.value_or(0);
  if (pvid == 0) return;
  if (port.vlans) port.vlans->add({pvid, pvid});
  if (!port.untagged || !port.untagged->contains(pvid)) return;
  VidSet others;
  for (Span range : port.untagged->ranges) {
    if (range.first < pvid) others.add({range.first, std::min(range.last, pvid - 1)});
    if (range.last > pvid) others.add({std::max(range.first, pvid + 1), range.last});
  }
  port.untagged = others;
}

void join(Binder& binder, Links& links, Membership& m, std::unordered_map<IfName, Place, NameHash>& taken) {
  auto [first, fresh] = taken.emplace(m.member, m.origin);
  const Link* master = links.find(m.master);
  if (!fresh) {
    const Link* other = links.find(*links.find(m.member)->master);
    return binder.report.error(m.origin, member_path(*master, m.member),
                               fmt::format("{} is already a member of {}, at {}", m.member.view(),
                                           other->name.view(), binder.report.where(first->second)),
                               "a link has one master; list it once");
  }
  if (m.member == m.master)
    binder.report.error(m.origin, member_path(*master, m.member),
                        fmt::format("{} cannot be its own member", m.member.view()));
  Link* member = links.find(m.member);
  if (!member) member = &links.add(m.member, m.origin);
  member->master = m.master;
  member->port = std::move(m.port);
  if (auto* port = std::get_if<BridgePort>(&member->port)) complete_vlans(*port);
}

std::string peer_path(const IfName& name) {
  return path_with(path_with(path_with("interfaces", name.view()), "veth"), "peer");
}

// The other end of `name`, made or completed.
void pair(Binder& binder, Links& links, const Pairing& pairing) {
  const auto& [name, peer, origin] = pairing;
  auto fail = [&](std::string message, std::string hint) {
    binder.report.error(pairing.origin, peer_path(pairing.name), std::move(message), std::move(hint));
  };
  if (name == peer) return fail(fmt::format("{} cannot be its own peer", name.view()), "name the other end");
  Link* other = links.find(peer);
  if (!other) other = &links.add(peer, origin);
  if (std::holds_alternative<std::monostate>(other->kind)) {
    other->kind = Veth{name};
    return;
  }
  auto* veth = std::get_if<Veth>(&other->kind);
  if (!veth)
    return fail(fmt::format("{} is a {}, so it cannot be the other end of a veth pair", peer.view(),
                            kind_name(*other)),
                "name another peer");
  if (veth->peer && *veth->peer != name)
    fail(fmt::format("{} is already the other end of {}", peer.view(), veth->peer->view()),
         "a veth pair has two ends that name each other");
}

}  // namespace

void resolve_links(Binder& binder) {
  Links links(binder.out.state.links);
  std::unordered_map<IfName, Place, NameHash> taken;
  for (Membership& membership : binder.memberships) join(binder, links, membership, taken);
  for (const Pairing& pairing : binder.pairings) pair(binder, links, pairing);
  for (Link& link : binder.out.state.links) apply_defaults(link, binder.defaults);
}

}  // namespace netcfg
