#include <fmt/format.h>

#include <algorithm>

#include "netcfg/spec/check.h"
#include "netcfg/spec/lower_nat.h"

namespace netcfg {
namespace {

std::string_view name_of(Family family) {
  return family == Family::ipv6 ? "IPv6" : "IPv4";
}

// One entry of one of the lists of `nat:`.
struct Item {
  const Checker& check;
  std::string_view list;
  size_t index;

  Spot at(std::string_view key) const { return check.locate.value({"nat", list, index, key}); }
  Spot whole() const { return check.locate.value({"nat", list, index}); }
  void error(std::string_view key, std::string message, std::string hint = {}) const {
    check.error(at(key), std::move(message), std::move(hint));
  }
  void warning(std::string_view key, std::string message, std::string hint = {}) const {
    check.warning(at(key), std::move(message), std::move(hint));
  }
};

// The interface must be declared, and not be a port, whose packets nftables sees by its bridge or bond.
void check_interface(const Item& e, std::string_view key, const std::optional<IfName>& name) {
  if (!name || e.check.gaps.links) return;
  if (*name == IfName("lo")) return e.error(key, "nothing is translated on lo", "name an outer interface");
  const Link* link = e.check.state.link(*name);
  if (!link)
    return e.error(key, fmt::format("interface {} is not declared", name->view()),
                   undeclared_hint(e.check, *name));
  if (link->absent())
    return e.error(key, fmt::format("{} is absent by {}", name->view(), e.check.report.where(link->origin)),
                   "remove `state: absent` there, or name another interface");
  const Link* master = link->master ? e.check.state.link(*link->master) : nullptr;
  if (master && !std::holds_alternative<Vrf>(master->kind))
    e.error(key,
            fmt::format("{} is a member of {}: its packets come and go by that", name->view(),
                        master->name.view()),
            fmt::format("write {}: {}", key, master->name.view()));
}

// All that is given has to be of one family.
void check_family(const Item& e, Family family, std::string_view of, std::string_view key, Family other) {
  if (family == Family::none || other == Family::none || family == other) return;
  e.error(key, fmt::format("'{}' is {}, and '{}' is {}", key, name_of(other), of, name_of(family)),
          "make an entry for each family");
}

template <class T>
void check_networks(const Item& e, const T& item, Family family, std::string_view of) {
  for (const Prefix& network : item.from) check_family(e, family, of, "from", network.ip.family);
}

void check_masquerade(const Item& e, const Masquerade& m) {
  check_interface(e, "out", m.out);
  Family destination = m.destination ? m.destination->ip.family : Family::none;
  check_networks(e, m, destination, "destination");
  if (!m.family || *m.family == kEitherFamily) return;
  auto family = static_cast<Family>(*m.family);
  check_networks(e, m, family, "family");
  check_family(e, family, "family", "destination", destination);
}

// The host has to answer for the address, or the replies have to be routed to it.
void check_source(const Item& e, const Ip& ip) {
  if (ip.is_zero() || ip.is_multicast() || ip.is_loopback())
    return e.error("to", fmt::format("{} can be no source of packets", to_string(ip)));
  if (!e.check.address(ip) && !e.check.gaps.addresses)
    e.warning("to", fmt::format("no interface of the spec has the address {}", to_string(ip)),
              "replies get here only if something else gives it to this host, or routes it here");
}

void check_snat(const Item& e, const SourceNat& s) {
  check_interface(e, "out", s.out);
  if (s.to.empty()) return e.error("to", "no address is given", "write to: ADDRESS");
  Family family = s.to.front().family;
  check_networks(e, s, family, "to");
  if (s.destination) check_family(e, family, "to", "destination", s.destination->ip.family);
  for (const Ip& ip : s.to) check_source(e, ip);
}

uint32_t size_of(Span span) {
  return span.last - span.first + 1;
}

void check_target_ports(const Item& e, const PortForward& f) {
  bool one_port = f.dport.size() == 1 && size_of(f.dport[0]) == 1;
  bool any_with = std::any_of(f.to.begin(), f.to.end(), [](const auto& t) { return t.ports.has_value(); });
  bool any_without = std::any_of(f.to.begin(), f.to.end(), [](const auto& t) { return !t.ports; });
  if (any_with && any_without && !one_port)
    return e.error("to", "some targets have a port and some have none", "give each of them a port, or none");
  for (const ForwardTarget& target : f.to) {
    if (!target.ports || size_of(*target.ports) == 1 || (one_port && f.to.size() == 1)) continue;
    if (f.to.size() > 1)
      return e.error("to", "of several targets none can have a range of ports", "give each of them one port");
    if (f.dport.size() != 1 || size_of(f.dport[0]) != size_of(*target.ports))
      return e.error(
          "to",
          fmt::format("{} ports cannot become {} others one by one",
                      f.dport.size() == 1 ? size_of(f.dport[0]) : f.dport.size(), size_of(*target.ports)),
          "give both ranges the same length, or name one port");
    if (size_of(*target.ports) > kMostMappedPorts)
      return e.error("to", fmt::format("at most {} ports can become others one by one", kMostMappedPorts),
                     "leave the ports of `to` out: they stay the same");
  }
}

void check_targets(const Item& e, const PortForward& f) {
  for (size_t i = 0; i < f.to.size(); ++i) {
    const Ip& ip = f.to[i].ip;
    if (ip.is_zero() || ip.is_multicast())
      e.error("to", fmt::format("{} is no host's address", to_string(ip)));
    else if (ip.is_loopback())
      e.error("to", "what comes from outside does not reach the loopback address",
              "have the service listen on an address of this host");
    else if (ip.family == Family::ipv6 && ip.is_link_local())
      e.error("to", fmt::format("{} is on every link", to_string(ip)), "name another address of the host");
    for (size_t k = 0; k < i; ++k)
      if (f.to[k] == f.to[i]) e.error("to", "the same target is given twice", "remove one");
  }
  check_target_ports(e, f);
}

void check_port_forward(const Item& e, const PortForward& f) {
  constexpr uint32_t kSsh = 22;
  constexpr uint8_t kTcp = 6;
  check_interface(e, "in", f.in);
  if (f.protocols.empty()) e.error("ip-proto", "no protocol is given", "write ip-proto: tcp");
  if (f.dport.empty()) e.error("dport", "no port is given", "write dport: 443");
  if (f.to.empty()) return e.error("to", "no target is given", "write to: 10.0.0.2");
  if (!f.in && !f.address)
    e.check.error(e.whole(), "this entry does not say which connections it is about",
                  "write in: with the interface that they come in by, or address: that they are made to");
  if (f.address) check_family(e, f.family(), "to", "address", f.address->family);
  check_networks(e, f, f.family(), "to");
  if (f.distribute && f.to.size() < 2)
    e.error("distribute", "there is one target only", "leave it out, or name several");
  check_targets(e, f);
  if (f.hairpin == true && outer_addresses(f, e.check.state).empty())
    e.error("hairpin", "the outer address is not known: the spec gives that interface none",
            "name it: address: 203.0.113.10");
  bool tcp = std::find(f.protocols.begin(), f.protocols.end(), kTcp) != f.protocols.end();
  if (tcp &&
      std::any_of(f.dport.begin(), f.dport.end(), [](Span s) { return s.first <= kSsh && kSsh <= s.last; }))
    e.warning("dport", "port 22 is forwarded: new SSH connections to this host go to the target",
              "forward another port to the target's 22: dport: 2222, to: \"ADDRESS:22\"");
}

bool overlap(const std::vector<Span>& a, const std::vector<Span>& b) {
  return std::any_of(a.begin(), a.end(), [&](Span x) {
    return std::any_of(b.begin(), b.end(), [&](Span y) { return x.first <= y.last && y.first <= x.last; });
  });
}

bool overlap(const std::vector<Prefix>& a, const std::vector<Prefix>& b) {
  if (a.empty() || b.empty()) return a.empty() && b.empty();  // the narrower one counts
  return a == b;
}

bool overlap(const std::vector<uint8_t>& a, const std::vector<uint8_t>& b) {
  return std::any_of(a.begin(), a.end(),
                     [&](uint8_t p) { return std::find(b.begin(), b.end(), p) != b.end(); });
}

// Of two that fit one connection the second would do nothing.
void check_twice(const Checker& check) {
  const auto& all = check.nat.port_forward;
  for (size_t i = 0; i < all.size(); ++i)
    for (size_t k = 0; k < i; ++k) {
      const PortForward &a = all[k], &b = all[i];
      bool same_way = a.in == b.in && a.address == b.address && a.family() == b.family();
      if (!same_way || !overlap(a.protocols, b.protocols) || !overlap(a.dport, b.dport) ||
          !overlap(a.from, b.from))
        continue;
      Item{check, "port-forward", i}.error(
          "dport", fmt::format("a port of these is forwarded already by {}", check.report.where(a.origin)),
          "to have several targets, list them in `to`");
    }
}

// Forwarding is turned on where the spec says nothing; it may say that it is off.
void check_forwarding(const Checker& check) {
  for (Family family : {Family::ipv4, Family::ipv6}) {
    if (!translates(check.nat, family)) continue;
    for (const Sysctl& sysctl : check.state.sysctls) {
      if (sysctl.value != "0" || !is_forwarding(sysctl.path, family)) continue;
      if (!dev_of(sysctl).empty()) continue;
      check.error({sysctl.origin, "sysctl"},
                  fmt::format("{} is 0: nothing that nat translates would be forwarded", sysctl.path),
                  "remove the line (nat sets it), or write 1");
    }
    if (family != Family::ipv6 || !implies_forwarding(check.nat, check.state, family)) continue;
    for (const Sysctl& sysctl : check.state.sysctls)
      if (sysctl.path.starts_with("net/ipv6/conf/") && sysctl.path.ends_with("/accept_ra") &&
          sysctl.value == "1")
        check.warning({sysctl.origin, "sysctl"},
                      fmt::format("with forwarding, which nat turns on, {} takes no router advertisements",
                                  dev_of(sysctl).view()),
                      "set the parameter ipv6/accept_ra to 2");
  }
}

}  // namespace

void check_nat(const Checker& check) {
  if (check.gaps.nat) return;
  const NatSpec& nat = check.nat;
  for (size_t i = 0; i < nat.masquerade.size(); ++i)
    check_masquerade({check, "masquerade", i}, nat.masquerade[i]);
  for (size_t i = 0; i < nat.snat.size(); ++i) check_snat({check, "snat", i}, nat.snat[i]);
  for (size_t i = 0; i < nat.port_forward.size(); ++i)
    check_port_forward({check, "port-forward", i}, nat.port_forward[i]);
  check_twice(check);
  check_forwarding(check);
}

}  // namespace netcfg
