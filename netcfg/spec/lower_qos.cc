#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "netcfg/model/nat.h"
#include "netcfg/spec/qos.h"

namespace netcfg {
namespace {

// Where numbers that follow from names begin, and how many there are.
constexpr uint16_t kFirstClass = 0x100, kClassIds = 0xf00, kFirstHost = 0x1000, kHostIds = 0xe000;

// FNV-1a: the same number on every machine.
uint32_t hash_of(std::string_view bytes) {
  uint32_t hash = 0x811c9dc5;
  for (char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x01000193;
  return hash;
}

std::string_view bytes_of(const QosClass& one) {
  if (!one.name.empty()) return one.name;
  return {reinterpret_cast<const char*>(one.host.bytes.data()), one.host.size()};
}

std::vector<uint16_t> ids_of(const std::vector<QosClass>& list, uint32_t first, uint32_t count,
                             std::set<uint16_t>& taken) {
  std::vector<uint16_t> out;
  for (const QosClass& one : list) {
    uint32_t at = hash_of(bytes_of(one)) % count;
    while (!one.id && taken.contains(static_cast<uint16_t>(first + at))) at = (at + 1) % count;
    out.push_back(static_cast<uint16_t>(one.id.value_or(first + at)));
    taken.insert(out.back());
  }
  return out;
}

std::string_view ip_word(Family family) {
  return family == Family::ipv6 ? "ip6" : "ip";
}

std::string network_text(std::string_view which, const Prefix& p) {
  return fmt::format("{} {} {} ", ip_word(p.ip.family), which,
                     p.length == address_bits(p.ip.family) ? to_string(p.ip) : to_string(p));
}

std::string name_of(std::span<const Choice> choices, uint8_t number, std::string otherwise) {
  for (const Choice& choice : choices)
    if (choice.number == number) return std::string(choice.name);
  return otherwise;
}

std::string ports_text(std::string_view header, std::string_view which, const std::vector<Span>& spans) {
  if (spans.empty()) return {};
  std::string list;
  for (Span span : spans) list += (list.empty() ? "" : ", ") + to_string(span);
  return fmt::format("{} {} {} ", header, which, spans.size() == 1 ? list : "{ " + list + " }");
}

std::string protocol_text(const QosMatch& match, uint8_t protocol) {
  std::string header = name_of(kPortProtocols, protocol, "th");
  std::string ports = ports_text(header, "sport", match.sport) + ports_text(header, "dport", match.dport);
  if (!ports.empty()) return ports;
  constexpr uint8_t kIcmp6 = 58;  // by another name in /etc/protocols, which nft goes by
  return fmt::format("meta l4proto {} ", protocol == kIcmp6
                                             ? "ipv6-icmp"
                                             : name_of(kIpProtocols, protocol, std::to_string(protocol)));
}

std::string mark_text(const Mark& mark) {
  if (mark.mask == UINT32_MAX) return fmt::format("meta mark 0x{:08x} ", mark.value);
  return fmt::format("meta mark & 0x{:08x} == 0x{:08x} ", mark.mask, mark.value);
}

// f(network) for each of the family, or once for none.
template <class F>
void each_network(const std::vector<Prefix>& networks, std::string_view which, Family family, F&& f) {
  if (networks.empty()) return f(std::string());
  for (const Prefix& network : networks)
    if (network.ip.family == family) f(network_text(which, network));
}

class Lowering {
 public:
  Lowering(const QosSpec& qos, NftRules& rules) : qos_(qos), rules_(rules), ids_(qos_ids(qos)) {}

  Qdisc run() {
    Qdisc out;
    out.dev = qos_.dev;
    out.origin = qos_.origin;
    bool whole = qos_.classes.empty() && qos_.hosts.empty();
    HtbClass root = complete(qos_.limits, kWholeClass, 0);
    root.leaf = whole ? qos_.leaf : QueueKind();
    out.classes.push_back(root);
    out.default_class = whole ? kWholeClass : kRestClass;
    if (!whole && qos_.default_class.empty()) out.classes.push_back(rest());
    add(qos_.classes, ids_.classes, out);
    add(qos_.hosts, ids_.hosts, out);
    std::sort(out.classes.begin(), out.classes.end(),
              [](const HtbClass& a, const HtbClass& b) { return a.id < b.id; });
    add_rules();
    return out;
  }

 private:
  HtbClass complete(HtbClass one, uint16_t id, uint16_t parent) const {
    one.id = id;
    one.parent = parent;
    if (!one.ceil) one.ceil = qos_.limits.rate;
    if (!one.priority) one.priority = 0;
    one.burst = one.burst ? settled_burst(*one.rate, *one.burst) : usual_burst(*one.rate);
    one.cburst = one.cburst ? settled_burst(*one.ceil, *one.cburst) : usual_burst(*one.ceil);
    if (parent == 0) one.cburst = one.burst;
    if (parent != 0 && one.leaf.index() == 0) one.leaf = qos_.leaf;
    return one;
  }

  HtbClass rest() const {
    HtbClass one;
    one.rate = *qos_.limits.rate - promised_rate(qos_);
    return complete(one, kRestClass, kWholeClass);
  }

  void add(const std::vector<QosClass>& list, const std::vector<uint16_t>& ids, Qdisc& out) const {
    for (size_t i = 0; i < list.size(); ++i) {
      out.classes.push_back(complete(list[i].limits, ids[i], kWholeClass));
      if (!list[i].name.empty() && list[i].name == qos_.default_class) out.default_class = ids[i];
    }
  }

  void add_rules() {
    for (size_t i = 0; i < qos_.hosts.size(); ++i)
      for (std::string_view which : {"saddr", "daddr"}) {
        const Ip& ip = qos_.hosts[i].host;
        rule(network_text(which, {ip, address_bits(ip.family)}), ids_.hosts[i], qos_.hosts[i].origin,
             fmt::format("host {}", to_string(ip)));
      }
    std::vector<size_t> order(qos_.classes.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
      return qos_.classes[a].limits.priority.value_or(0) < qos_.classes[b].limits.priority.value_or(0);
    });
    for (size_t i : order)
      for (size_t k = 0; k < qos_.classes[i].match.size(); ++k)
        add_match(qos_.classes[i].match[k], ids_.classes[i], fmt::format("{}[{}]", qos_.classes[i].name, k));
  }

  // DSCP is part of each family's header; what names neither is for both.
  void add_match(const QosMatch& match, uint16_t id, const std::string& name) {
    bool either = match.from.empty() && match.to.empty() && !match.dscp;
    for (Family family : {Family::ipv4, Family::ipv6}) {
      if (either && family == Family::ipv6) break;
      each_network(match.from, "saddr", family, [&](const std::string& from) {
        each_network(match.to, "daddr", family, [&](const std::string& to) {
          std::string text = from + to;
          if (match.dscp)
            text += fmt::format("{} dscp {} ", ip_word(family),
                                name_of(kDscps, *match.dscp, fmt::format("0x{:02x}", *match.dscp)));
          if (match.fwmark) text += mark_text(*match.fwmark);
          if (match.protocols.empty()) return rule(text, id, match.origin, name);
          for (uint8_t protocol : match.protocols)
            rule(text + protocol_text(match, protocol), id, match.origin, name);
        });
      });
    }
  }

  void rule(const std::string& match, uint16_t id, Place origin, const std::string& name) {
    rules_.classify.push_back({fmt::format("oifname \"{}\" {}meta priority set {:x}:{:x} accept",
                                           qos_.dev.view(), match, kOwnHandle, id),
                               origin, fmt::format("qos {} {}", qos_.dev.view(), name)});
  }

  const QosSpec& qos_;
  NftRules& rules_;
  QosIds ids_;
};

}  // namespace

QosIds qos_ids(const QosSpec& qos) {
  std::set<uint16_t> taken;
  for (const auto* list : {&qos.classes, &qos.hosts})
    for (const QosClass& one : *list)
      if (one.id) taken.insert(static_cast<uint16_t>(*one.id));
  QosIds out;
  out.classes = ids_of(qos.classes, kFirstClass, kClassIds, taken);
  out.hosts = ids_of(qos.hosts, kFirstHost, kHostIds, taken);
  return out;
}

uint64_t promised_rate(const QosSpec& qos) {
  uint64_t sum = 0;
  for (const auto* list : {&qos.classes, &qos.hosts})
    for (const QosClass& one : *list)
      sum = std::min<uint64_t>(sum + one.limits.rate.value_or(0), static_cast<uint64_t>(kAnyRate.max));
  return sum;
}

void lower_qos(const std::vector<QosSpec>& all, State& state, NftRules& rules) {
  for (const QosSpec& qos : all) state.qdiscs.push_back(Lowering(qos, rules).run());
  state.sort();
}

}  // namespace netcfg
