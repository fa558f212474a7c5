#include <fmt/format.h>

#include <algorithm>

#include "netcfg/base/text.h"
#include "netcfg/spec/binder.h"
#include "netcfg/spec/rule_draft.h"
#include "netcfg/spec/sections.h"
#include "netcfg/spec/uplink_draft.h"

namespace netcfg {
namespace {

void read_dev(UplinkDraft& d, const At& at) {
  auto name = at.node.as_string();
  if (!name) return d.binder.report.error(at, name.error().message, name.error().hint);
  if (auto problem = IfName::problem(*name); !problem.empty())
    return d.binder.report.error(at, std::string(problem), "write the name of an interface, such as eth0");
  d.uplink.dev = IfName(*name);
}

std::optional<Ip> read_ip(Report& report, const At& at) {
  auto ip = at.node.is_scalar() ? parse_ip(at.node.text()) : std::nullopt;
  if (ip && !ip->is_multicast() && !ip->is_zero()) return ip;
  std::string_view text = at.node.text();
  size_t slash = text.find('/');
  bool prefix = slash != text.npos && parse_prefix(text);
  report.error(at, fmt::format("expected an IPv4 or IPv6 address, got {}", describe(at.node)),
               prefix ? fmt::format("write {}, without the length", text.substr(0, slash)) : std::string());
  return std::nullopt;
}

// f(At) for the value itself, or for each item of a list.
template <class F>
void each_of(const At& at, F&& f) {
  if (!at.node.is_list()) return f(at);
  for (size_t i = 0; i < at.node.size(); ++i) f(at.item(i));
}

void read_gateway(UplinkDraft& d, const At& at) {
  each_of(at, [&](const At& item) {
    auto ip = read_ip(d.binder.report, item);
    if (!ip) return;
    Ip& slot = ip->family == Family::ipv6 ? d.uplink.gateway6 : d.uplink.gateway4;
    if (slot)
      return d.binder.report.error(item,
                                   fmt::format("a second gateway for IPv{}: {} is one already",
                                               static_cast<int>(ip->family), to_string(slot)),
                                   "an uplink has one for each family; make another uplink of it");
    slot = *ip;
  });
}

void read_addresses(UplinkDraft& d, const At& at) {
  each_of(at, [&](const At& item) {
    auto ip = read_ip(d.binder.report, item);
    if (ip && std::ranges::find(d.uplink.addresses, *ip) == d.uplink.addresses.end())
      d.uplink.addresses.push_back(*ip);
  });
}

void read_snat(UplinkDraft& d, const At& at) {
  auto snat = at.node.is_scalar() ? parse_snat(at.node.text()) : std::nullopt;
  if (!snat)
    return d.binder.report.error(
        at, fmt::format("expected auto, masquerade, none or an address, got {}", describe(at.node)));
  d.uplink.snat = *snat;
}

constexpr Key<UplinkDraft> kUplinkKeys[] = {
    {{"interface", "the interface that it leaves by", "link-name", true}, read_dev},
    {{"gateway", "its gateway: an address, or a list of one for each family", "one-or-more-ips", true},
     read_gateway},
    {{"addresses", "its own addresses; else those of the interface", "one-or-more-ips"}, read_addresses},
    {{"snat", "the source address of what is forwarded by it: auto (its own), masquerade, none or an address",
      "uplink-snat"},
     read_snat},
    {{"table", "its routing table; else one made of its id", "table"},
     [](UplinkDraft& d, const At& at) { d.uplink.table = d.binder.table(at); }},
    {{"health", "how it is told whether it works", "uplink-health"}, read_health},
};

struct UplinksDraft {
  Binder& binder;
  Uplinks out{};
};

void read_links(UplinksDraft& d, const At& at) {
  Report& report = d.binder.report;
  if (!is_map(report, at)) return;
  for (const Entry& entry : at.node.entries()) {
    if (taken_back(entry.value)) continue;
    At value = at.value(entry);
    if (auto problem = uplink_name_problem(entry.key); !problem.empty())
      report.key_error(value, std::string(problem));
    UplinkDraft one{d.binder};
    one.uplink.name = std::string(entry.key);
    one.uplink.origin = entry.key_place;
    read_map<UplinkDraft>(report, value, "uplink", kUplinkKeys, kUplinkFields, one,
                          [](UplinkDraft& draft) { return &draft.uplink; });
    d.out.links.push_back(std::move(one.uplink));
  }
}

struct SteerDraft {
  Binder& binder;
  Steer steer{};
};

// IPv4 and IPv6 where nothing says otherwise.
void read_steer_match(SteerDraft& d, const At& at) {
  RuleDraft rule{d.binder};
  if (!read_match(rule, at)) return;
  d.steer.match = rule.rule;
  d.steer.dscp = rule.spec.dscp;
  uint8_t told = rule.spec.family.value_or(
      rule.selected == Family::none ? kBothFamilies : static_cast<uint8_t>(rule.selected));
  constexpr uint8_t kIcmp = 1, kIcmp6 = 58;
  if (rule.rule.ip_proto == kIcmp) told = static_cast<uint8_t>(Family::ipv4);
  if (rule.rule.ip_proto == kIcmp6) told = static_cast<uint8_t>(Family::ipv6);
  d.steer.ipv4 = told != static_cast<uint8_t>(Family::ipv6);
  d.steer.ipv6 = told != static_cast<uint8_t>(Family::ipv4);
}

constexpr Key<SteerDraft> kSteerKeys[] = {
    {{"match", "the packets that are meant: the selectors of a rule", "steer-match", true}, read_steer_match},
    {{"via", "the uplink that they take while it works", "uplink-name", true},
     [](SteerDraft& d, const At& at) { d.steer.via = std::string(at.node.text()); }},
};

void read_steer(UplinksDraft& d, const At& at) {
  if (!is_list(d.binder.report, at)) return;
  for (size_t i = 0; i < at.node.size(); ++i) {
    SteerDraft one{d.binder};
    At item = at.item(i);
    one.steer.origin = item.place();
    read_map<SteerDraft>(d.binder.report, item, "steer", kSteerKeys, {}, one,
                         [](SteerDraft&) -> void* { return nullptr; });
    d.out.steer.push_back(std::move(one.steer));
  }
}

void read_failback(UplinksDraft& d, const At& at) {
  Report& report = d.binder.report;
  std::string_view text = at.node.text();
  if (at.node.is_scalar() && text == "never")
    d.out.failback = kFailbackNever;
  else if (at.node.is_scalar() && text == "immediately")
    d.out.failback = 0;
  else if (at.node.is_map() && at.node.size() == 1 && at.node.entries()[0].key == "after") {
    At after = at.value(at.node.entries()[0]);
    auto ns = parse_duration(after.node.text());
    constexpr int64_t kLongest = int64_t{86'400} * 7 * kSecond;
    if (!ns || *ns > kLongest)
      return report.error(
          after, fmt::format("expected a duration up to 7d, such as 30s, got {}", describe(after.node)));
    d.out.failback = static_cast<uint32_t>(*ns / kMillisecond);
  } else {
    bool duration = at.node.is_scalar() && parse_duration(text);
    report.error(at,
                 fmt::format("expected never, immediately or {{ after: 30s }}, got {}", describe(at.node)),
                 duration ? fmt::format("write {{ after: {} }}", text) : std::string());
  }
}

// `false`, or how.
void read_resilient(UplinksDraft& d, const At& at) {
  if (at.node.is_scalar() && at.node.text() == "false") {
    d.out.resilient.reset();
    return;
  }
  d.out.resilient.emplace();
  read_map<Resilient>(d.binder.report, at, "uplink-resilient", {}, kUplinkResilientFields, *d.out.resilient,
                      [](Resilient& r) { return &r; });
}

struct HooksDraft {
  Binder& binder;
  Hooks out{};
};
constexpr Key<HooksDraft> kHooksKeys[] = {
    {{"command", "the absolute path of a program, and its arguments; it is run without a shell",
      "probe-command", true},
     [](HooksDraft& d, const At& at) {
       auto probe = parse_target(ProbeKind::command, at.node.text());
       if (!probe) return d.binder.report.error(at, probe.error().message, probe.error().hint);
       d.out.command = std::move(probe->words);
     }},
};

void read_hooks(UplinksDraft& d, const At& at) {
  HooksDraft draft{d.binder};
  read_map<HooksDraft>(d.binder.report, at, "uplink-hooks", kHooksKeys, kHooksFields, draft,
                       [](HooksDraft& one) { return &one.out; });
  d.out.hooks = std::move(draft.out);
}

constexpr Key<UplinksDraft> kUplinksKeys[] = {
    {{"links", "the uplinks by name", "{uplink}", true}, read_links},
    {{"steer", "traffic that takes one uplink while that works", "[steer]"}, read_steer},
    {{"failback",
      "when a better uplink that works again becomes active: never, immediately or { after: TIME }; else "
      "after "
      "30s",
      "failback"},
     read_failback},
    {{"resilient",
      "how flows are kept where they are while several uplinks share the traffic; false: plain groups",
      "resilient-or-false"},
     read_resilient},
    {{"hooks", "a program that is told of every change", "uplink-hooks"}, read_hooks},
};

}  // namespace

// After the interfaces.
void bind_uplinks(Binder& binder, const At& at) {
  UplinksDraft draft{binder};
  draft.out.origin = at.key_place;
  draft.out.resilient.emplace();
  if (!read_map<UplinksDraft>(binder.report, at, "uplinks", kUplinksKeys, kUplinksFields, draft,
                              [](UplinksDraft& d) { return &d.out; }))
    return;
  complete_uplinks(binder.out.state, draft.out);
  binder.out.uplinks = std::move(draft.out);
}

std::vector<Section> uplink_sections() {
  auto section = [](std::string_view name, std::string_view doc, std::vector<KeyInfo> keys, Fields fields) {
    return Section{name, doc, std::move(keys), {fields.begin(), fields.end()}};
  };
  return {
      section("uplinks", "Several ways out of this host, and which of them are taken.",
              infos<UplinksDraft>(kUplinksKeys), kUplinksFields),
      section("uplink", "One way out.", infos<UplinkDraft>(kUplinkKeys), kUplinkFields),
      health_section(),
      section("steer", "Traffic that takes one uplink while that works.", infos<SteerDraft>(kSteerKeys), {}),
      section("uplink-resilient",
              "How flows are kept where they are while several uplinks share the traffic.", {},
              kUplinkResilientFields),
      match_section_of_rules(),
      section("uplink-hooks", "What is run when an uplink goes up or down, or becomes active or idle.",
              infos<HooksDraft>(kHooksKeys), kHooksFields)};
}

}  // namespace netcfg
