#include <fmt/format.h>

#include <algorithm>

#include "netcfg/base/text.h"
#include "netcfg/model/link.h"
#include "netcfg/spec/binder.h"
#include "netcfg/spec/route_draft.h"
#include "netcfg/spec/sections.h"

namespace netcfg {
namespace {

constexpr Choice kFamilies[] = {{"ipv4", 4}, {"ipv6", 6}};

constexpr Field kHopFields[] = {
    other<&HopSpec::via>(Type::ip, "via", "the gateway"),
    other<&HopSpec::dev>(Type::link, "dev", "the interface that packets leave by"),
    integer<&HopSpec::weight>("weight", "share of the traffic", {1, 256}, "1"),
    boolean<&HopSpec::onlink>("onlink", "the gateway is on the link, whatever the addresses say", "false"),
};

constexpr Field kOwnFields[] = {
    other<&RouteSpec::via>(Type::ip, "via", "the gateway"),
    other<&RouteSpec::dev>(Type::link, "dev", "the interface that packets leave by"),
    integer<&RouteSpec::nexthop>(
        "nexthop", "id of the next-hop object that tells the way; excludes via, dev and next-hops",
        {1, kU32}),
    integer<&RouteSpec::metric>("metric", "preference among routes of one destination; lower wins", {0, kU32},
                                "0"),
    choice<&RouteSpec::type>("type", "what becomes of the packets", kRouteTypes, "unicast"),
    other<&RouteSpec::src>(Type::ip, "src", "source address that this host prefers"),
    choice<&RouteSpec::scope>("scope", "how far the destination is (IPv4)", kScopes),
    integer<&RouteSpec::tos>("tos", "type of service that the route is for (IPv4)", {0, 255}, "0"),
    boolean<&RouteSpec::onlink>("onlink", "the gateway is on the link, whatever the addresses say", "false"),
    choice<&RouteSpec::pref>("pref", "preference among default routers (IPv6, RFC 4191)", kRoutePrefs,
                             "medium"),
    choice<&RouteSpec::family>("family", "which default route is meant where nothing else tells", kFamilies),
};

void read_to(RouteDraft& d, const At& at) {
  std::string_view text = at.node.text();
  if (at.node.is_scalar() && text == "default") {
    d.is_default = true;
    return;
  }
  auto prefix = at.node.is_scalar() ? parse_prefix(text) : std::nullopt;
  if (!prefix)
    return d.binder.report.error(
        at, fmt::format("expected `default`, a network such as 10.0.0.0/8 or an address, got {}",
                        describe(at.node)));
  Prefix network = prefix->network();
  if (network != *prefix)
    return d.binder.report.error(at, fmt::format("{} has host bits set", text),
                                 fmt::format("write {}", to_string(network)));
  d.route.to = network;
}

void read_hop(RouteDraft& d, const At& at) {
  HopSpec hop;
  read_map<HopSpec>(d.binder.report, at, "next-hop", {}, kHopFields, hop, [](HopSpec& h) { return &h; });
  d.hops.push_back(hop);
}

void read_hops(RouteDraft& d, const At& at) {
  if (!is_list(d.binder.report, at)) return;
  d.hops_given = true;
  if (at.node.size() == 0)
    d.binder.report.error(at, "'next-hops' is empty", "name at least one, or remove it");
  for (size_t i = 0; i < at.node.size(); ++i) read_hop(d, at.item(i));
}

constexpr Key<RouteDraft> kKeys[] = {
    {{"to", "the destination: default, a network or an address", "destination", true}, read_to},
    {{"table", "the routing table: a number or a name of `tables`", "table"},
     [](RouteDraft& d, const At& at) { d.table = d.binder.table(at); }},
    {{"next-hops", "several ways at once (multipath); excludes via and dev", "[next-hop]"}, read_hops},
};

// The two tables of fields and the keys read by hand.
bool read_route(RouteDraft& d, const At& at) {
  Report& report = d.binder.report;
  if (!is_map(report, at)) return false;
  size_t before = report.errors();
  bool has_to = false;
  for (const Entry& entry : at.node.entries()) {
    if (taken_back(entry.value)) continue;
    At value = at.value(entry);
    has_to |= entry.key == "to";
    if (const Field* field = find_field(kOwnFields, entry.key)) {
      read_field(report, value, *field, &d.spec);
    } else if (const Key<RouteDraft>* key = find_key<RouteDraft>(kKeys, entry.key)) {
      key->read(d, value);
    } else if (const Field* metric = find_field(kRouteMetricFields, entry.key)) {
      read_field(report, value, *metric, &d.route.metrics.make());
    } else {
      auto names = names_of<RouteDraft>(kKeys, kOwnFields);
      for (const Field& known : kRouteMetricFields) names.push_back(known.name);
      unknown_key(report, value, "route", names);
    }
  }
  if (!has_to) missing_key(report, at, "to", "to: default, or to: 10.0.0.0/8");
  return report.errors() == before;
}

}  // namespace

namespace {

// Else a mapping is a single route that somebody forgot to make a list of.
bool names_file(const Node& node) {
  constexpr std::string_view kKey[] = {"from-file"};
  return std::any_of(node.entries().begin(), node.entries().end(),
                     [&](const Entry& entry) { return nearest(entry.key, kKey).has_value(); });
}

}  // namespace

bool add_route(Binder& binder, const At& item) {
  RouteDraft d{binder};
  if (!read_route(d, item) || !lower_route(d, item)) return false;
  binder.out.state.routes.push_back(std::move(d.route));
  return true;
}

void bind_routes(Binder& binder, const At& at) {
  if (names_file(at.node)) return bind_route_file(binder, at);
  if (!is_list(binder.report, at)) {
    binder.gaps.routes = true;
    return;
  }
  auto& routes = binder.out.state.routes;
  routes.reserve(at.node.size());
  for (size_t i = 0; i < at.node.size(); ++i)
    if (!add_route(binder, at.item(i))) binder.gaps.routes = true;
}

Section route_section() {
  Section section{"route", "A route.", infos<RouteDraft>(kKeys), {}};
  section.fields.assign(std::begin(kOwnFields), std::end(kOwnFields));
  section.fields.insert(section.fields.end(), std::begin(kRouteMetricFields), std::end(kRouteMetricFields));
  return section;
}

Section next_hop_section() {
  return {"next-hop",
          "One of the ways of a multipath route.",
          {},
          {std::begin(kHopFields), std::end(kHopFields)}};
}

}  // namespace netcfg
