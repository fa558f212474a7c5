#include <fmt/format.h>

#include <algorithm>

#include "netcfg/base/text.h"
#include "netcfg/spec/binder.h"
#include "netcfg/spec/sections.h"

namespace netcfg {
namespace {

constexpr Choice kFamilies[] = {{"ipv4", 4}, {"ipv6", 6}};
constexpr int64_t kMostWeight = 256;

struct NexthopSpec {
  std::optional<Ip> via;
  std::optional<IfName> dev;
  std::optional<bool> onlink, blackhole;
  std::optional<Family> family;
};

struct NexthopDraft {
  Report& report;
  NexthopSpec spec{};
  Nexthop nexthop{};
  bool group_given = false;
};

constexpr Field kOwnFields[] = {
    other<&NexthopSpec::via>(Type::ip, "via", "the gateway"),
    other<&NexthopSpec::dev>(Type::link, "dev", "the interface that packets leave by"),
    boolean<&NexthopSpec::onlink>("onlink", "the gateway is on the link, whatever the addresses say",
                                  "false"),
    boolean<&NexthopSpec::blackhole>("blackhole", "packets are dropped", "false"),
    choice<&NexthopSpec::family>("family", "of a next hop without gateway; else ipv4", kFamilies),
};

std::optional<uint32_t> id_of(std::string_view text) {
  auto id = parse_unsigned(text);
  if (!id || *id == 0 || *id > UINT32_MAX) return std::nullopt;
  return static_cast<uint32_t>(*id);
}

bool is_id(Report& report, const At& at, std::string_view text) {
  if (id_of(text)) return true;
  std::string message = fmt::format("{} is no id of a next hop", printable(text.substr(0, 64)));
  constexpr const char* kHint = "ids are whole numbers from 1 to 4294967295";
  if (at.key.empty())
    report.error(at, std::move(message), kHint);
  else
    report.key_error(at, std::move(message), kHint);
  return false;
}

void add_member(NexthopDraft& d, const At& at, std::string_view text, uint16_t weight) {
  if (!is_id(d.report, at, text)) return;
  uint32_t id = *id_of(text);
  auto& group = d.nexthop.group;
  if (std::any_of(group.begin(), group.end(), [&](const NexthopMember& m) { return m.id == id; }))
    return d.report.error(at, fmt::format("{} is given twice", id), "give it a higher weight instead");
  group.push_back({id, weight});
}

// A list of ids, or a mapping from them to their weights.
void read_group(NexthopDraft& d, const At& at) {
  d.group_given = true;
  size_t before = d.report.errors();
  if (at.node.is_list()) {
    for (size_t i = 0; i < at.node.size(); ++i) add_member(d, at.item(i), at.item(i).node.text(), 1);
  } else if (at.node.is_map()) {
    for (const Entry& entry : at.node.entries()) {
      if (taken_back(entry.value)) continue;
      At value = at.value(entry);
      auto given = value.node.as_unsigned();
      uint64_t weight = value.node.is_null() ? 1 : given ? *given : 0;
      if (weight < 1 || weight > kMostWeight)
        d.report.error(
            value, fmt::format("expected a weight from 1 to {}, got {}", kMostWeight, describe(value.node)));
      else
        add_member(d, value, entry.key, static_cast<uint16_t>(weight));
    }
  } else {
    d.report.error(at, fmt::format("expected ids with their weights, got {}", describe(at.node)),
                   "write group: { 10: 3, 11: 1 }, or group: [10, 11]");
    return;
  }
  if (d.nexthop.group.empty() && d.report.errors() == before)
    d.report.error(at, "'group' is empty", "name at least one next hop");
  std::sort(d.nexthop.group.begin(), d.nexthop.group.end());
}

void read_resilient(NexthopDraft& d, const At& at) {
  Resilient& out = d.nexthop.resilient.emplace();
  read_map<Resilient>(d.report, at, "resilient", {}, kResilientFields, out, [](Resilient& r) { return &r; });
  for (const Field& field : kResilientFields)
    if (!field.has(&out)) reset(field, &out);
}

constexpr Key<NexthopDraft> kKeys[] = {
    {{"group", "next hops that share the traffic: their ids and weights, or a list of ids", "nexthop-group"},
     read_group},
    {{"resilient", "flows stay where they are when the group's members change", "resilient"}, read_resilient},
};

// One problem of the object, at the value of `key` where it is given.
void fail(NexthopDraft& d, const At& at, std::string_view key, std::string message, std::string hint) {
  for (const Entry& entry : at.node.entries())
    if (entry.key == key) return d.report.error(at.value(entry), std::move(message), std::move(hint));
  d.report.key_error(at, std::move(message), std::move(hint));
}

void lower_gateway(NexthopDraft& d, const At& at) {
  const NexthopSpec& spec = d.spec;
  if (spec.onlink.value_or(false) && (!spec.via || !spec.dev))
    fail(d, at, "onlink", "'onlink' needs both 'via' and 'dev'", "name the gateway and the interface");
  if (!spec.via) return;
  const Ip& via = *spec.via;
  if (spec.family && *spec.family != via.family)
    fail(d, at, "family", "the gateway is of the other family", "remove family");
  if (via.is_zero() || via.is_multicast() || via.is_loopback())
    fail(d, at, "via", fmt::format("{} cannot be a gateway", to_string(via)),
         via.is_zero() ? "remove via for the link itself" : "");
  if (via.family == Family::ipv6 && via.is_link_local() && !spec.dev)
    fail(d, at, "via", fmt::format("{} is on every link; 'dev' is missing", to_string(via)),
         "name the interface: dev: eth0");
}

// Completes the object so that a live one as wanted equals it.
void lower(NexthopDraft& d, const At& at) {
  const NexthopSpec& spec = d.spec;
  bool blackhole = spec.blackhole.value_or(false), way = spec.via || spec.dev;
  if (int{blackhole} + int{way} + int{d.group_given} != 1)
    return fail(d, at, "", "a next hop is one of: 'via' or 'dev', 'blackhole', 'group'",
                "write via: ADDRESS and dev: NAME, blackhole: true, or group: { ID: WEIGHT }");
  if (d.nexthop.resilient && !d.group_given)
    fail(d, at, "resilient", "'resilient' is for groups", "remove it, or write group: { ID: WEIGHT }");
  if (d.group_given) {
    for (std::string_view key : {"family", "onlink"})
      if (const Node* node = at.node.find(key); node && !taken_back(*node))
        fail(d, at, key, fmt::format("a group has no '{}' of its own", key), "its members have");
    return;
  }
  lower_gateway(d, at);
  d.nexthop.via = spec.via.value_or(Ip{});
  d.nexthop.dev = spec.dev.value_or(IfName{});
  d.nexthop.onlink = spec.onlink.value_or(false);
  d.nexthop.blackhole = blackhole;
  d.nexthop.family = spec.via ? spec.via->family : spec.family.value_or(Family::ipv4);
}

bool read_one(Binder& binder, const At& at) {
  Report& report = binder.report;
  size_t before = report.errors();
  if (!is_id(report, at, at.key)) return false;
  NexthopDraft d{report};
  if (!read_map<NexthopDraft>(report, at, "nexthop", kKeys, kOwnFields, d,
                              [](NexthopDraft& draft) { return &draft.spec; }))
    return false;
  d.nexthop.id = *id_of(at.key);
  d.nexthop.origin = at.key_place ? at.key_place : at.place();
  lower(d, at);
  auto same = [&](const Nexthop& other) { return other.id == d.nexthop.id; };
  if (std::any_of(binder.out.state.nexthops.begin(), binder.out.state.nexthops.end(), same))
    report.key_error(at, fmt::format("next hop {} is given twice", d.nexthop.id), "remove one");
  if (report.errors() != before) return false;
  binder.out.state.nexthops.push_back(std::move(d.nexthop));
  return true;
}

}  // namespace

void bind_nexthops(Binder& binder, const At& at) {
  if (!is_map(binder.report, at)) {
    binder.gaps.nexthops = true;
    return;
  }
  for (const Entry& entry : at.node.entries())
    if (!taken_back(entry.value) && !read_one(binder, at.value(entry))) binder.gaps.nexthops = true;
  binder.out.state.sort();
}

Section nexthop_section() {
  return {"nexthop",
          "A next-hop object, which routes name by its id (nexthop: ID).",
          infos<NexthopDraft>(kKeys),
          {std::begin(kOwnFields), std::end(kOwnFields)}};
}

Section resilient_section() {
  return {"resilient",
          "How a group keeps flows where they are.",
          {},
          {std::begin(kResilientFields), std::end(kResilientFields)}};
}

}  // namespace netcfg
