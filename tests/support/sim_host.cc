#include "tests/support/sim_host.h"

#include <algorithm>
#include <cerrno>

namespace netcfg::test {
namespace {

constexpr uint8_t kKernelProtocol = 2;    // RTPROT_KERNEL
constexpr uint8_t kLoopbackProtocol = 1;  // IFAPROT_KERNEL_LO

Rule default_rule(Family family, uint32_t priority, uint32_t table) {
  Rule rule;
  rule.family = family;
  rule.priority = priority;
  rule.table = table;
  rule.action = RuleAction::lookup;
  rule.protocol = kKernelProtocol;
  return rule;
}

Address loopback_address(std::string_view text) {
  Address a;
  a.dev = "lo";
  a.address = *parse_prefix(text);
  a.scope = 254;
  a.metric = 0;
  a.preferred = a.valid = UINT32_MAX;
  a.noprefixroute = a.autojoin = false;
  if (a.address.ip.family == Family::ipv4) {
    a.label = "lo";
    return a;  // inet_set_ifa() gives it no tag
  }
  a.protocol = kLoopbackProtocol;
  a.nodad = a.home = a.mngtmpaddr = false;
  return a;
}

// What a bond tells of LACP it tells in its mode only (bond_fill_info()).
Link reported(Link link) {
  auto* bond = std::get_if<Bond>(&link.kind);
  if (!bond || bond->mode == BondMode::lacp) return link;
  bond->ad_actor_sys_prio.reset();
  bond->ad_user_port_key.reset();
  bond->ad_actor_system.reset();
  return link;
}

bool own(const Route& route) {
  return route.protocol == kOwnProtocol;
}

}  // namespace

SimHost::SimHost() {
  Link lo;
  lo.name = "lo";
  lo.mtu = 65536;
  lo.mac = Mac{};
  lo.multicast = false;
  insert(lo).link.state = LinkState::up;
  addresses_.edit() = {loopback_address("127.0.0.1/8"), loopback_address("::1/128")};
  rules_.edit() = {default_rule(Family::ipv4, 0, kTableLocal), default_rule(Family::ipv4, 32766, kTableMain),
                   default_rule(Family::ipv4, 32767, kTableDefault),
                   default_rule(Family::ipv6, 0, kTableLocal), default_rule(Family::ipv6, 32766, kTableMain)};
}

void SimHost::add_nic(const IfName& name, const Mac& mac) {
  Link nic;
  nic.name = name;
  nic.mac = mac;
  SimLink& link = insert(nic);
  link.own_mac = mac;
}

void SimHost::add_foreign(const IfName& name, const std::string& kind) {
  Link foreign;
  foreign.name = name;
  foreign.foreign_kind = kind;
  insert(foreign);
}

Answer SimHost::apply(const Op& op) {
  const Ref& some = op.action == Action::remove ? op.before : op.after;
  return std::visit(
      [&](auto* resource) {
        using Pointer = decltype(resource);
        const auto* before = std::get_if<Pointer>(&op.before);
        const auto* after = std::get_if<Pointer>(&op.after);
        return carry_out(op.action, before ? *before : nullptr, after ? *after : nullptr);
      },
      some);
}

const SimLink* SimHost::find(const IfName& name) const {
  auto it = std::lower_bound(links_->begin(), links_->end(), name,
                             [](const SimLink& link, const IfName& n) { return link.link.name < n; });
  return it != links_->end() && it->link.name == name ? &*it : nullptr;
}

State SimHost::state(const Query& query) const {
  State out;
  out.links.reserve(links_->size());
  for (const SimLink& link : *links_) out.links.push_back(reported(link.link));
  out.addresses = *addresses_;
  for (size_t i = 0; i < out.addresses.size(); ++i) out.addresses[i].order = static_cast<uint32_t>(i);
  out.neighbors = *neighbors_;
  out.nexthops = *nexthops_;
  if (query.routes) {
    out.routes.reserve(routes_->size());
    for (const SimRoute& route : *routes_)
      if (!query.own_routes_only || own(route.route)) out.routes.push_back(route.route);
  }
  out.rules = *rules_;
  if (query.qdiscs) out.qdiscs = *qdiscs_;
  out.rulesets = *rulesets_;
  read_sysctls(query, out);
  out.sort();
  return out;
}

std::vector<Nic> SimHost::nics() const {
  std::vector<Nic> out;
  for (const SimLink& link : *links_) {
    if (link.link.kind.index() != 0 || !link.link.foreign_kind.empty() || link.link.name == IfName("lo"))
      continue;
    Nic nic;
    nic.name = link.link.name;
    nic.mac = link.link.mac.value_or(Mac{});
    nic.permanent_mac = link.permanent_mac;
    nic.driver = "virtio_net";
    char pci[16];
    snprintf(pci, sizeof pci, "0000:00:%02x.0", static_cast<unsigned>(link.link.index) & 0xff);
    nic.pci = pci;
    nic.path = "pci-" + nic.pci;
    out.push_back(std::move(nic));
  }
  return out;
}

}  // namespace netcfg::test
