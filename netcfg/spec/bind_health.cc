#include <fmt/format.h>

#include <algorithm>

#include "netcfg/base/text.h"
#include "netcfg/spec/sections.h"
#include "netcfg/spec/uplink_draft.h"

namespace netcfg {
namespace {

ProbeKind kind_of(HealthMethod method) {
  switch (method) {
    case HealthMethod::icmp:
      return ProbeKind::ping;
    case HealthMethod::tcp:
      return ProbeKind::tcp;
    case HealthMethod::http:
      return ProbeKind::http;
    case HealthMethod::dns:
      return ProbeKind::dns;
    case HealthMethod::command:
      return ProbeKind::command;
    default:
      return ProbeKind::gateway;
  }
}

// "ping:192.0.2.1" says itself how it is asked.
bool names_its_kind(std::string_view text) {
  return std::ranges::any_of(kProbeKinds, [&](const Choice& kind) {
    return text.starts_with(kind.name) && text.substr(kind.name.size()).starts_with(':');
  });
}

Result<ProbeSpec> gateway_target(ProbeKind kind) {
  ProbeSpec out;
  out.kind = kind;
  if (kind == ProbeKind::dns) out.port = kDnsPort;
  if (kind == ProbeKind::gateway || kind == ProbeKind::ping || kind == ProbeKind::dns) return out;
  return Error{fmt::format("the gateway cannot be asked by {}", name_of(kind)),
               kind == ProbeKind::command ? "write the absolute path of a program"
                                          : "write its address and what else that takes",
               0};
}

Result<ProbeSpec> arp_target(std::string_view text) {
  auto target = parse_target(ProbeKind::ping, text);
  if (!target) return target.error();
  target->kind = ProbeKind::gateway;
  return target;
}

Result<ProbeSpec> target_of(HealthMethod method, std::string_view text) {
  ProbeKind kind = kind_of(method);
  if (text == "gateway") return gateway_target(kind);
  if (!names_its_kind(text)) return kind == ProbeKind::gateway ? arp_target(text) : parse_target(kind, text);
  auto probe = parse_probe(text);
  if (!probe) return probe.error();
  if (probe->kind == ProbeKind::ssh || probe->kind == ProbeKind::interface)
    return Error{fmt::format("'{}' tells nothing of an uplink", name_of(probe->kind)),
                 "write gateway, an address, or ping:ADDRESS, tcp:ADDRESS:PORT, http://ADDRESS/PATH, "
                 "dns:ADDRESS, command:/PATH",
                 0};
  if (probe->dev || probe->timeout || probe->count)
    return Error{"a target has no options", "interface and timeout are those of the uplink", 0};
  return probe;
}

void read_target(UplinkDraft& d, HealthMethod method, const At& at) {
  Report& report = d.binder.report;
  if (!at.node.is_scalar())
    return report.error(at, fmt::format("expected a target, got {}", describe(at.node)),
                        "such as gateway, 192.0.2.53 or tcp:192.0.2.53:443");
  auto target = target_of(method, at.node.text());
  if (target) {
    ProbeSpec bound = *target;
    bound.dev = d.uplink.dev;  // it will be
    auto problem = bound.address ? problem_of(bound) : std::nullopt;
    if (problem) return report.error(at, problem->message, problem->hint);
    target->origin = at.place();
    if (std::ranges::find(d.uplink.health.targets, *target) != d.uplink.health.targets.end())
      return report.error(at, "the same target is given twice", "remove one");
    return d.uplink.health.targets.push_back(std::move(*target));
  }
  report.error(at, target.error().message, target.error().hint);
}

constexpr Key<UplinkDraft> kKeys[] = {
    {{"targets",
      "what is asked: gateway, addresses (with tcp and a port, with http a URL, with command a program), or "
      "in "
      "the form of the guard's probes: ping:192.0.2.1, dns:192.0.2.53; else gateway",
      "[health-target]"},
     [](UplinkDraft&, const At&) {}},
};

bool holds(const State& state, const IfName& dev, const Ip& ip) {
  return std::ranges::any_of(state.addresses, [&](const Address& a) {
    return a.dev == dev && (a.peer ? Prefix{*a.peer, a.address.length} : a.address).contains(ip);
  });
}

void take_addresses(const State& state, Uplink& uplink) {
  if (!uplink.addresses.empty()) return;
  std::vector<const Address*> own;
  for (const Address& a : state.addresses)
    if (a.dev == uplink.dev && !(a.address.ip.family == Family::ipv6 && a.address.ip.is_link_local()))
      own.push_back(&a);
  std::ranges::stable_sort(own, {}, [](const Address* a) { return a->order; });
  for (const Address* a : own)
    if (uplink.gateway(a->address.ip.family)) uplink.addresses.push_back(a->address.ip);
}

}  // namespace

// Targets come last: how they are read depends on the method.
void read_health(UplinkDraft& d, const At& at) {
  Health& health = d.uplink.health;
  if (!read_map<UplinkDraft>(d.binder.report, at, "uplink-health", kKeys, kHealthFields, d,
                             [](UplinkDraft& draft) { return &draft.uplink.health; }))
    return;
  auto method = health.method.value_or(HealthMethod::arp);
  for (const Entry& entry : at.node.entries()) {
    if (entry.key != "targets" || taken_back(entry.value)) continue;
    At targets = at.value(entry);
    if (!is_list(d.binder.report, targets)) return;
    if (method == HealthMethod::carrier && targets.node.size() > 0)
      return d.binder.report.error(targets, "the method carrier asks nothing", "remove the targets");
    for (size_t i = 0; i < targets.node.size(); ++i) read_target(d, method, targets.item(i));
  }
  if (method == HealthMethod::command && health.targets.empty())
    d.binder.report.error(at, "the command is missing", "write targets: [\"/usr/local/bin/check\"]");
}

Section health_section() {
  return {"uplink-health",
          "How it is told whether an uplink works.",
          infos<UplinkDraft>(kKeys),
          {std::begin(kHealthFields), std::end(kHealthFields)}};
}

void complete_uplinks(const State& state, Uplinks& uplinks) {
  assign_numbers(uplinks);
  fill_defaults(uplinks);
  for (Uplink& uplink : uplinks.links) {
    take_addresses(state, uplink);
    Health& health = uplink.health;
    ProbeKind kind = kind_of(*health.method);
    bool usual = health.targets.empty() && *health.method != HealthMethod::carrier;
    if (auto gateway = gateway_target(kind); usual && gateway) health.targets.push_back(*gateway);
    // Only neighbours answer ARP and ND.
    for (ProbeSpec& target : health.targets)
      if (target.kind == ProbeKind::gateway && target.address && !*uplink.onlink &&
          !holds(state, uplink.dev, target.address))
        target.kind = ProbeKind::ping;
  }
}

}  // namespace netcfg
