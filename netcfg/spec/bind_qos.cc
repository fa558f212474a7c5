#include <fmt/format.h>

#include <algorithm>

#include "netcfg/base/text.h"
#include "netcfg/model/nat.h"
#include "netcfg/spec/binder.h"
#include "netcfg/spec/sections.h"
#include "netcfg/spec/values.h"

namespace netcfg {
namespace {

struct MatchDraft {
  Report& report;
  QosMatch match{};
};
struct ClassDraft {
  Report& report;
  QosClass item{};
};
struct QosDraft {
  Report& report;
  QosSpec qos{};
};

void read_networks(Report& report, const At& at, std::vector<Prefix>& out) {
  each_value(at, [&](const At& one) {
    if (auto network = read_network(report, one)) out.push_back(*network);
  });
}

void read_protocol(MatchDraft& d, const At& at) {
  std::string_view text = at.node.is_scalar() ? at.node.text() : std::string_view();
  auto number = parse_unsigned(text);
  for (const Choice& choice : kIpProtocols)
    if (choice.name == text) number = static_cast<uint64_t>(choice.number);
  if (!number || *number == 0 || *number > UINT8_MAX) {
    std::vector<std::string_view> names;
    for (const Choice& choice : kIpProtocols) names.push_back(choice.name);
    auto near = nearest(text, names);
    return d.report.error(
        at, fmt::format("expected an IP protocol, got {}", describe(at.node)),
        near ? fmt::format("did you mean '{}'?", *near) : "write tcp, udp, icmp or a number");
  }
  auto protocol = static_cast<uint8_t>(*number);
  auto& all = d.match.protocols;
  if (std::find(all.begin(), all.end(), protocol) == all.end()) all.push_back(protocol);
}

constexpr Key<MatchDraft> kMatchKeys[] = {
    {{"from", "source network or address, or a list of them", "networks"},
     [](MatchDraft& d, const At& at) { read_networks(d.report, at, d.match.from); }},
    {{"to", "destination network or address, or a list of them", "networks"},
     [](MatchDraft& d, const At& at) { read_networks(d.report, at, d.match.to); }},
    {{"ip-proto", "IP protocol by name or number, or a list of them", "ip-protocols"},
     [](MatchDraft& d, const At& at) { each_value(at, [&](const At& one) { read_protocol(d, one); }); }},
    {{"sport", "source port, a range, or a list of both", "ports"},
     [](MatchDraft& d, const At& at) {
       each_value(at, [&](const At& one) { read_ports(d.report, one, d.match.sport); });
       join(d.match.sport);
     }},
    {{"dport", "destination port, a range, or a list of both", "ports"},
     [](MatchDraft& d, const At& at) {
       each_value(at, [&](const At& one) { read_ports(d.report, one, d.match.dport); });
       join(d.match.dport);
     }},
};

void read_match(ClassDraft& d, const At& at) {
  if (!is_list(d.report, at)) return;
  for (size_t i = 0; i < at.node.size(); ++i) {
    At item = at.item(i);
    MatchDraft draft{d.report};
    draft.match.origin = item.place();
    if (read_map<MatchDraft>(d.report, item, "qos-match", kMatchKeys, kQosMatchFields, draft,
                             [](MatchDraft& m) { return &m.match; }))
      d.item.match.push_back(std::move(draft.match));
  }
}

void read_leaf(ClassDraft& d, const At& at) {
  if (auto queue = read_queue(d.report, at, QueueUse::leaf)) d.item.limits.leaf = *queue;
}

void read_id(ClassDraft& d, const At& at) {
  read_field(d.report, at, kQosIdFields[0], &d.item);
}

constexpr KeyInfo kIdKey{"id", kQosIdFields[0].doc, "qos-id"};
constexpr KeyInfo kLeafKey{"leaf", "how it queues: a kind, or a mapping with its parameters", "leaf"};

constexpr Key<ClassDraft> kClassKeys[] = {
    {kIdKey, read_id},
    {{"match", "which packets are of it: those that fit any of these", "[qos-match]"}, read_match},
    {kLeafKey, read_leaf},
};
constexpr Key<ClassDraft> kHostKeys[] = {{kIdKey, read_id}, {kLeafKey, read_leaf}};

bool is_name(std::string_view text) {
  constexpr size_t kLongest = 32;
  return !text.empty() && text.size() <= kLongest &&
         std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return isalnum(c) || c == '_' || c == '-' || c == '.'; });
}

bool read_limits(Report& report, const At& at, std::span<const Key<ClassDraft>> keys,
                 std::string_view section, ClassDraft& d) {
  d.item.origin = at.key_place ? at.key_place : at.place();
  return read_map<ClassDraft>(report, at, section, keys, kHtbClassFields, d,
                              [](ClassDraft& draft) { return &draft.item.limits; });
}

void read_classes(QosDraft& d, const At& at) {
  if (!is_map(d.report, at)) return;
  for (const Entry& entry : at.node.entries()) {
    if (taken_back(entry.value)) continue;
    At value = at.value(entry);
    if (!is_name(entry.key)) {
      d.report.key_error(value,
                         fmt::format("'{}' is no name for a class", printable(entry.key.substr(0, 64))),
                         "take 1 to 32 of letters, digits, '-', '_' and '.'");
      continue;
    }
    ClassDraft one{d.report};
    one.item.name = entry.key;
    read_limits(d.report, value, kClassKeys, "qos-class", one);
    d.qos.classes.push_back(std::move(one.item));
  }
  std::sort(d.qos.classes.begin(), d.qos.classes.end(),
            [](const QosClass& a, const QosClass& b) { return a.name < b.name; });
}

std::optional<Ip> read_host(Report& report, const At& at) {
  auto ip = parse_ip(at.key);
  if (ip && !ip->is_zero() && !ip->is_multicast()) return ip;
  auto prefix = parse_prefix(at.key);
  bool host = prefix && prefix->length == address_bits(prefix->ip.family);
  report.key_error(at, fmt::format("'{}' is no address of a host", printable(at.key.substr(0, 64))),
                   host     ? fmt::format("write {}, without the length", to_string(prefix->ip))
                   : prefix ? "for a network, make a class with match: [{ to: NETWORK }, { from: NETWORK }]"
                            : "hosts are named by their addresses: hosts: { 192.0.2.10: { rate: 2mbit } }");
  return std::nullopt;
}

void read_hosts(QosDraft& d, const At& at) {
  if (!is_map(d.report, at)) return;
  for (const Entry& entry : at.node.entries()) {
    if (taken_back(entry.value)) continue;
    At value = at.value(entry);
    ClassDraft one{d.report};
    if (auto ip = read_host(d.report, value)) one.item.host = *ip;
    read_limits(d.report, value, kHostKeys, "qos-host", one);
    auto same = std::find_if(d.qos.hosts.begin(), d.qos.hosts.end(),
                             [&](const QosClass& other) { return other.host == one.item.host; });
    if (same != d.qos.hosts.end() && one.item.host)
      d.report.key_error(value,
                         fmt::format("{} is the address of {}", entry.key, d.report.where(same->origin)),
                         "remove one of the two");
    d.qos.hosts.push_back(std::move(one.item));
  }
  std::sort(d.qos.hosts.begin(), d.qos.hosts.end(),
            [](const QosClass& a, const QosClass& b) { return a.host < b.host; });
}

void read_default(QosDraft& d, const At& at) {
  auto name = at.node.as_string();
  if (name)
    d.qos.default_class = *name;
  else
    d.report.error(at, fmt::format("expected the name of a class, got {}", describe(at.node)),
                   name.error().hint);
}

constexpr Key<QosDraft> kQosKeys[] = {
    {{"default", "the class of what no other takes; without it, what is not promised to others is for that",
      "qos-name"},
     read_default},
    {{"leaf", "how classes queue that do not say it themselves (default: fq_codel)", "leaf"},
     [](QosDraft& d, const At& at) {
       if (auto queue = read_queue(d.report, at, QueueUse::leaf)) d.qos.leaf = *queue;
     }},
    {{"classes", "parts of the traffic by name, each with its rate", "{qos-class}"}, read_classes},
    {{"hosts", "what single addresses may send and get by this interface", "{qos-host}"}, read_hosts},
};

constexpr Field kQosFields[] = {
    rate<&HtbClass::rate>("rate", "most that leaves by the interface", kAnyRate).needed(),
    size<&HtbClass::burst>("burst", "bytes sent at once; by default a packet and a millisecond's worth",
                           {1, kInt}),
};

}  // namespace

void bind_qos(Binder& binder, const IfName& dev, const At& at) {
  QosDraft d{binder.report};
  d.qos.dev = dev;
  d.qos.leaf = FqCodel{};
  d.qos.origin = at.key_place ? at.key_place : at.place();
  if (read_map<QosDraft>(binder.report, at, "qos", kQosKeys, kQosFields, d,
                         [](QosDraft& draft) { return &draft.qos.limits; }))
    binder.qos.push_back(std::move(d.qos));
}

std::vector<Section> qos_sections() {
  auto limits = [] { return std::vector<Field>{std::begin(kHtbClassFields), std::end(kHtbClassFields)}; };
  return {
      {"qos",
       "Rates of what leaves by an interface: by HTB, and rules of the table `inet netcfg` that part packets "
       "into classes. A host's address counts first, then classes by their priority, then by name.",
       infos<QosDraft>(kQosKeys),
       {std::begin(kQosFields), std::end(kQosFields)}},
      {"qos-class", "A part of the traffic with a rate of its own.", infos<ClassDraft>(kClassKeys), limits()},
      {"qos-host", "What one address may send and get.", infos<ClassDraft>(kHostKeys), limits()},
      {"qos-match",
       "Packets that fit all that is named.",
       infos<MatchDraft>(kMatchKeys),
       {std::begin(kQosMatchFields), std::end(kQosMatchFields)}}};
}

}  // namespace netcfg
