#include "netcfg/spec/lower_nat.h"

#include <fmt/format.h>

#include <algorithm>

namespace netcfg {
namespace {

// Any number would do; a fixed one makes the same choice on the other machine of a pair, and after each load.
constexpr std::string_view kSeed = "0x4e415400";

std::string_view ip_word(Family family) {
  return family == Family::ipv6 ? "ip6" : "ip";
}

std::string network_text(const Prefix& p) {
  return p.length == address_bits(p.ip.family) ? to_string(p.ip) : to_string(p);
}

// "ip saddr 10.0.0.0/8 " for a rule's beginning; of all addresses nothing.
std::string match_network(std::string_view which, const std::optional<Prefix>& network) {
  if (!network || network->is_default()) return {};
  return fmt::format("{} {} {} ", ip_word(network->ip.family), which, network_text(*network));
}

// A packet of the family where nothing else in the rule says so.
std::string match_family(Family family, bool said) {
  return said ? "" : fmt::format("meta nfproto {} ", family == Family::ipv6 ? "ipv6" : "ipv4");
}

bool narrows(const std::optional<Prefix>& network) {
  return network && !network->is_default();
}

// A rule with how narrow it is: narrower ones come first.
struct Ranked {
  std::pair<int, int> narrowness;
  NftRule rule;
};

void take_sorted(std::vector<Ranked> ranked, std::vector<NftRule>& out) {
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const Ranked& a, const Ranked& b) { return a.narrowness > b.narrowness; });
  for (Ranked& r : ranked) out.push_back(std::move(r.rule));
}

int length_of(const std::optional<Prefix>& network) {
  return network ? network->length : -1;
}

// f(network) for each of the family, or once for all.
template <class F>
void each_network(const std::vector<Prefix>& networks, Family family, F&& f) {
  if (networks.empty()) return f(std::optional<Prefix>());
  for (const Prefix& network : networks)
    if (network.ip.family == family) f(std::optional<Prefix>(network));
}

bool concerns(const Masquerade& m, Family family) {
  if (m.family && *m.family != kEitherFamily && static_cast<Family>(*m.family) != family) return false;
  if (m.destination && m.destination->ip.family != family) return false;
  bool named = std::any_of(m.from.begin(), m.from.end(),
                           [&](const Prefix& network) { return network.ip.family == family; });
  if (!m.from.empty()) return named;
  return m.destination || m.family || family == Family::ipv4;
}

void lower(const Masquerade& m, const std::string& reason, std::vector<Ranked>& out) {
  for (Family family : {Family::ipv4, Family::ipv6}) {
    if (!concerns(m, family)) continue;
    each_network(m.from, family, [&](const std::optional<Prefix>& from) {
      std::string text = match_family(family, narrows(from) || narrows(m.destination)) +
                         fmt::format("oifname \"{}\" ", m.out->view()) + match_network("saddr", from) +
                         match_network("daddr", m.destination) + "masquerade";
      out.push_back({{length_of(from), length_of(m.destination)}, {std::move(text), m.origin, reason}});
    });
  }
}

std::string source_text(const std::vector<Ip>& to) {
  if (to.size() == 1) return to_string(to.front());
  std::string map;
  for (size_t i = 0; i < to.size(); ++i)
    map += fmt::format("{}{} : {}", i == 0 ? "" : ", ", i, to_string(to[i]));
  return fmt::format("jhash {} saddr mod {} seed {} map {{ {} }}", ip_word(to.front().family), to.size(),
                     kSeed, map);
}

void lower(const SourceNat& s, const std::string& reason, std::vector<Ranked>& out) {
  Family family = s.to.front().family;
  each_network(s.from, family, [&](const std::optional<Prefix>& from) {
    std::string text = fmt::format("oifname \"{}\" ", s.out->view()) + match_network("saddr", from) +
                       match_network("daddr", s.destination) +
                       fmt::format("snat {} to {}", ip_word(family), source_text(s.to));
    out.push_back({{length_of(from), length_of(s.destination)}, {std::move(text), s.origin, reason}});
  });
}

std::string ports_text(const std::vector<Span>& spans) {
  std::string out;
  for (Span span : spans) out += (out.empty() ? "" : ", ") + to_string(span);
  return spans.size() == 1 ? out : "{ " + out + " }";
}

// How nft names the header of a protocol.
std::string_view header_of(uint8_t protocol) {
  for (const Choice& choice : kPortProtocols)
    if (choice.number == protocol) return choice.name;
  return "th";
}

std::string endpoint(const ForwardTarget& target) {
  std::string host = to_string(target.ip);
  if (!target.ports) return host;
  if (target.ip.family == Family::ipv6) host = "[" + host + "]";
  return host + ":" + to_string(*target.ports);
}

// A range of ports to another of the same length, one by one: nft itself would take any of them.
std::string port_map(std::string_view header, Span from, const ForwardTarget& target) {
  std::string map;
  for (uint32_t i = 0; i <= from.last - from.first; ++i)
    map += fmt::format("{}{} : {} . {}", i == 0 ? "" : ", ", from.first + i, to_string(target.ip),
                       target.ports->first + i);
  return fmt::format("{} dport map {{ {} }}", header, map);
}

std::string chosen(const PortForward& f) {
  std::string_view ip = ip_word(f.family());
  switch (f.distribute.value_or(Distribute::round_robin)) {
    case Distribute::round_robin:
      return fmt::format("numgen inc mod {}", f.to.size());
    case Distribute::random:
      return fmt::format("numgen random mod {}", f.to.size());
    case Distribute::source:
      return fmt::format("jhash {} saddr mod {} seed {}", ip, f.to.size(), kSeed);
  }
  return {};
}

std::string target_text(const PortForward& f, std::string_view header) {
  bool with_ports = std::any_of(f.to.begin(), f.to.end(), [](const auto& t) { return t.ports.has_value(); });
  Span dport = f.dport.front();
  if (f.to.size() == 1) {
    const ForwardTarget& target = f.to.front();
    bool one_by_one = target.ports && target.ports->first != target.ports->last && dport.first != dport.last;
    return one_by_one ? port_map(header, dport, target) : endpoint(target);
  }
  std::string map;
  for (size_t i = 0; i < f.to.size(); ++i) {
    map += fmt::format("{}{} : {}", i == 0 ? "" : ", ", i, to_string(f.to[i].ip));
    if (with_ports) map += fmt::format(" . {}", f.to[i].ports.value_or(dport).first);
  }
  return fmt::format("{} map {{ {} }}", chosen(f), map);
}

// The networks on links of this host that hold an address: who is in one of them gets answers from there that
// pass this host by.
std::vector<Prefix> networks_with(const Ip& ip, const State& state) {
  std::vector<Prefix> out;
  for (const Address& a : state.addresses) {
    Prefix network = Prefix{a.peer.value_or(a.address.ip), a.address.length}.network();
    if (network.contains(ip) && std::find(out.begin(), out.end(), network) == out.end())
      out.push_back(network);
  }
  return out;
}

class Forwarding {
 public:
  Forwarding(const PortForward& f, size_t index, const State& state, NftRules& rules)
      : f_(f), state_(state), rules_(rules), reason_(fmt::format("nat.port-forward[{}]", index)) {}

  void run(std::vector<Ranked>& dstnat) {
    for (uint8_t protocol : f_.protocols) {
      header_ = header_of(protocol);
      std::string made_to = f_.address ? match_network("daddr", host(*f_.address)) : "fib daddr type local ";
      std::string in = f_.in ? fmt::format("iifname \"{}\" ", f_.in->view()) : "";
      add(dstnat, in, made_to, reason_);
      if (f_.hairpin.value_or(true)) hairpin(dstnat);
    }
  }

 private:
  static std::optional<Prefix> host(const Ip& ip) { return Prefix{ip, address_bits(ip.family)}; }
  std::string ports() const { return fmt::format("{} dport {} ", header_, ports_text(f_.dport)); }
  std::string dnat() const {
    return fmt::format("dnat {} to {}", ip_word(f_.family()), target_text(f_, header_));
  }

  void add(std::vector<Ranked>& out, const std::string& in, const std::string& made_to,
           const std::string& reason) const {
    each_network(f_.from, f_.family(), [&](const std::optional<Prefix>& from) {
      std::string text = in + match_network("saddr", from) + made_to + ports() + dnat();
      out.push_back({{length_of(from), f_.address ? 1 : 0}, {std::move(text), f_.origin, reason}});
    });
  }

  void hairpin(std::vector<Ranked>& dstnat) const {
    std::string reason = "hairpin of " + reason_;
    std::vector<Ip> outer = outer_addresses(f_, state_);
    for (const Ip& ip : outer) {
      std::string made_to = match_network("daddr", host(ip));
      if (f_.in) add(dstnat, fmt::format("iifname != \"{}\" ", f_.in->view()), made_to, reason);
      if (f_.from.empty()) rules_.output_dstnat.push_back({made_to + ports() + dnat(), f_.origin, reason});
    }
    if (outer.empty()) return;
    for (const ForwardTarget& target : f_.to) answer_here(target, reason);
  }

  // The target must answer this host, not the one beside it that asked.
  void answer_here(const ForwardTarget& target, const std::string& reason) const {
    std::vector<Span> ports = target.ports ? std::vector<Span>{*target.ports} : f_.dport;
    std::string tail = fmt::format("{}{} dport {} ct status dnat masquerade",
                                   match_network("daddr", host(target.ip)), header_, ports_text(ports));
    std::vector<Prefix> networks = networks_with(target.ip, state_);
    for (const Prefix& network : networks)
      rules_.srcnat.push_back({match_network("saddr", network) + tail, f_.origin, reason});
    if (!networks.empty() || !f_.in) return;
    // Where they are is not known: whoever asked by the outer address, but did not come in from outside.
    for (const Ip& ip : outer_addresses(f_, state_))
      rules_.srcnat.push_back({fmt::format("iifname != \"{}\" ct original {} daddr {} ", f_.in->view(),
                                           ip_word(f_.family()), to_string(ip)) +
                                   tail,
                               f_.origin, reason});
  }

  const PortForward& f_;
  const State& state_;
  NftRules& rules_;
  std::string reason_;
  std::string_view header_;
};

Place first_place(const NatSpec& nat, Family family) {
  for (const Masquerade& m : nat.masquerade)
    if (concerns(m, family)) return m.origin;
  for (const SourceNat& s : nat.snat)
    if (s.to.front().family == family) return s.origin;
  for (const PortForward& f : nat.port_forward)
    if (f.family() == family) return f.origin;
  return {};
}

}  // namespace

bool translates(const NatSpec& nat, Family family) {
  auto any = [&](const auto& list, auto&& of) { return std::any_of(list.begin(), list.end(), of); };
  return any(nat.masquerade, [&](const Masquerade& m) { return concerns(m, family); }) ||
         any(nat.snat, [&](const SourceNat& s) { return !s.to.empty() && s.to.front().family == family; }) ||
         any(nat.port_forward, [&](const PortForward& f) { return f.family() == family; });
}

bool is_forwarding(std::string_view path, Family family) {
  std::string_view conf = family == Family::ipv6 ? "net/ipv6/conf/" : "net/ipv4/conf/";
  return (path.starts_with(conf) && path.ends_with("/forwarding")) ||
         (family == Family::ipv4 && path == "net/ipv4/ip_forward");
}

bool implies_forwarding(const NatSpec& nat, const State& state, Family family) {
  return translates(nat, family) &&
         std::none_of(state.sysctls.begin(), state.sysctls.end(), [&](const Sysctl& sysctl) {
           return is_forwarding(sysctl.path, family) && sysctl.value != "0";
         });
}

std::vector<Ip> outer_addresses(const PortForward& forward, const State& state) {
  if (forward.address) return {*forward.address};
  std::vector<Ip> out;
  for (const Address& a : state.addresses)
    if (forward.in && a.dev == *forward.in && a.address.ip.family == forward.family() &&
        !a.address.ip.is_link_local())
      out.push_back(a.address.ip);
  return out;
}

void lower_nat(const NatSpec& nat, State& state, NftRules& rules) {
  std::vector<Ranked> dstnat, srcnat;
  for (size_t i = 0; i < nat.port_forward.size(); ++i)
    Forwarding(nat.port_forward[i], i, state, rules).run(dstnat);
  for (size_t i = 0; i < nat.snat.size(); ++i) lower(nat.snat[i], fmt::format("nat.snat[{}]", i), srcnat);
  for (size_t i = 0; i < nat.masquerade.size(); ++i)
    lower(nat.masquerade[i], fmt::format("nat.masquerade[{}]", i), srcnat);
  take_sorted(std::move(dstnat), rules.dstnat);
  take_sorted(std::move(srcnat), rules.srcnat);
  for (Family family : {Family::ipv4, Family::ipv6})
    if (implies_forwarding(nat, state, family))
      state.sysctls.push_back(
          {family == Family::ipv6 ? "net/ipv6/conf/all/forwarding" : "net/ipv4/ip_forward", "1",
           first_place(nat, family)});
  state.sort();
}

}  // namespace netcfg
