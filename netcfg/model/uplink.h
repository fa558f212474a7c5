// Several ways out of a host, from one list. What they come to (tables, rules, next-hop objects, NAT) is
// lowered from here; the watcher decides by the same values which of them carry traffic.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "netcfg/model/guard.h"
#include "netcfg/model/nexthop.h"
#include "netcfg/model/route.h"
#include "netcfg/model/rule.h"

namespace netcfg {

enum class HealthMethod : uint8_t { arp, icmp, tcp, http, dns, command, carrier };
inline constexpr Choice kHealthMethods[] = {{"arp", 0},  {"nd", 0},  {"icmp", 1},    {"tcp", 2},
                                            {"http", 3}, {"dns", 4}, {"command", 5}, {"carrier", 6}};

inline constexpr uint16_t kRequireAll = 0;
inline constexpr Choice kRequire[] = {{"any", 1}, {"all", kRequireAll}};

// How it is told whether an uplink works. Reading a spec sets every field that has a default.
struct Health {
  std::optional<HealthMethod> method;
  std::optional<uint32_t> interval, timeout;             // ms
  std::optional<uint16_t> down_after, up_after;          // probes in a row
  std::optional<uint16_t> require;                       // how many targets have to answer; kRequireAll
  std::optional<uint32_t> window;                        // ms, over which loss and latency count
  std::optional<uint8_t> loss_limit, loss_clear;         // percent
  std::optional<uint32_t> latency_limit, latency_clear;  // ms
  // One for each thing that is asked, of any kind but ssh and interface, without dev and timeout. Without an
  // address it is the uplink's gateways that are asked, each by itself. None at all: by the carrier alone.
  std::vector<ProbeSpec> targets;

  bool operator==(const Health&) const = default;
};

inline constexpr Field kHealthFields[] = {
    choice<&Health::method>("method", "how targets are asked that do not say it themselves; nd is arp",
                            kHealthMethods, "arp")
        .ours(),
    duration<&Health::interval>("interval", "from one probe to the next", kMillisecond, {20, 3'600'000},
                                "500ms")
        .ours(),
    duration<&Health::timeout>("timeout", "how long an answer may take; at most the interval", kMillisecond,
                               {10, 600'000}),
    integer<&Health::down_after>(
        "down-after", "probes in a row without an answer until a target counts as down", {1, 1000}, "3")
        .ours(),
    integer<&Health::up_after>("up-after", "answers in a row until a target counts as up", {1, 1000}, "5")
        .ours(),
    choice<&Health::require>("require", "how many targets have to be up: any, all or a number", kRequire,
                             "any")
        .within({1, 64})
        .ours(),
    duration<&Health::window>("window", "the time over which loss and latency are measured", kMillisecond,
                              {1'000, 3'600'000}, "10s")
        .ours(),
    integer<&Health::loss_limit>("loss-limit", "percentage of lost probes from which a target counts as down",
                                 {1, 100}),
    integer<&Health::loss_clear>("loss-clear",
                                 "percentage to which the loss has to fall; else half the limit", {0, 99}),
    duration<&Health::latency_limit>("latency-limit",
                                     "mean time of an answer from which a target counts as down",
                                     kMillisecond, {1, 600'000}),
    duration<&Health::latency_clear>("latency-clear",
                                     "mean time to which it has to fall; else three quarters of the limit",
                                     kMillisecond, {1, 600'000}),
};

// What is done to the source addresses of forwarded packets.
enum class SnatMode : uint8_t { automatic, masquerade, none, address };
struct Snat {
  SnatMode mode = SnatMode::automatic;  // automatic: the uplink's first address of the family
  Ip address;                           // of SnatMode::address
  bool operator==(const Snat&) const = default;
};

struct Uplink {
  std::string name;
  IfName dev;
  Ip gateway4, gateway6;  // at least one of them
  // Its own: packets from them leave by it. The first of a family is the source of what this host sends by
  // it. Without any in the spec they are the interface's (of IPv6 no link-local ones).
  std::vector<Ip> addresses;
  Snat snat;
  std::optional<bool> onlink;        // gateways are outside the interface's networks
  std::optional<uint32_t> priority;  // failover: lower comes first
  std::optional<uint16_t> weight;    // its share among those that are active
  std::optional<uint8_t> id;         // 1 to 250; always set once the spec is read
  std::optional<uint32_t> table;     // likewise
  Health health;
  Place origin;  // does not count in ==

  bool operator==(const Uplink& o) const {
    return name == o.name && dev == o.dev && gateway4 == o.gateway4 && gateway6 == o.gateway6 &&
           addresses == o.addresses && snat == o.snat && onlink == o.onlink && priority == o.priority &&
           weight == o.weight && id == o.id && table == o.table && health == o.health;
  }
  const Ip& gateway(Family family) const { return family == Family::ipv6 ? gateway6 : gateway4; }
  Ip address(Family family) const;  // the first of that family, or none
};

inline constexpr uint8_t kMostUplinks = 250;

inline constexpr Field kUplinkFields[] = {
    boolean<&Uplink::onlink>("onlink", "its gateways lie in no network of the interface", "false").ours(),
    integer<&Uplink::priority>("priority", "failover: the least number among the working ones is active",
                               {0, 1'000'000}, "100")
        .ours(),
    integer<&Uplink::weight>("weight", "its share of the traffic among the active ones", {1, 256}, "1")
        .ours(),
    integer<&Uplink::id>("id",
                         "its number, from which table, mark and next hops follow; else made of its name",
                         {1, kMostUplinks}),
};

// Differentiated services code points by the names of iproute2 and RFC 8325: CS is RFC 2474, AF RFC 2597, EF
// RFC 3246, VOICE-ADMIT RFC 5865, LE RFC 8622.
inline constexpr Choice kDscpNames[] = {
    {"cs0", 0},   {"cs1", 8},   {"cs2", 16},  {"cs3", 24},  {"cs4", 32},        {"cs5", 40},  {"cs6", 48},
    {"cs7", 56},  {"af11", 10}, {"af12", 12}, {"af13", 14}, {"af21", 18},       {"af22", 20}, {"af23", 22},
    {"af31", 26}, {"af32", 28}, {"af33", 30}, {"af41", 34}, {"af42", 36},       {"af43", 38}, {"ef", 46},
    {"le", 1},    {"df", 0},    {"be", 0},    {"va", 44},   {"voice-admit", 44}};

// Traffic that takes one uplink while that works, and goes like all other when it does not.
struct Steer {
  Rule match;                   // selectors only
  std::optional<uint8_t> dscp;  // 0 to 63: one more selector, which rules of IPv4 do not have
  bool ipv4 = true, ipv6 = true;
  std::string via;  // the uplink's name
  Place origin;     // does not count in ==

  bool applies_to(Family family) const { return family == Family::ipv6 ? ipv6 : ipv4; }
  bool operator==(const Steer& o) const {
    return match == o.match && dscp == o.dscp && ipv4 == o.ipv4 && ipv6 == o.ipv6 && via == o.via;
  }
};
inline constexpr Field kSteerFields[] = {
    choice<&Steer::dscp>("dscp", "differentiated services code point, by name (ef, af41, cs6) or number",
                         kDscpNames)
        .within({0, 63}),
};

// As kResilientFields, but that nothing is needed.
inline constexpr Field kUplinkResilientFields[] = {
    integer<&Resilient::buckets>("buckets", "how many parts the flows are dealt to", {1, 65535}, "128"),
    kResilientFields[1],
    kResilientFields[2],
};

struct Hooks {
  std::vector<std::string> command;  // the program and its arguments; none: no hooks
  std::optional<uint32_t> timeout;   // ms
  bool operator==(const Hooks&) const = default;
};
inline constexpr Field kHooksFields[] = {
    duration<&Hooks::timeout>("timeout", "after which it is killed", kMillisecond, {100, 600'000}, "10s")
        .ours(),
};

enum class UplinkPolicy : uint8_t { failover, balance };
inline constexpr Choice kUplinkPolicies[] = {{"failover", 0}, {"balance", 1}};
enum class AllDown : uint8_t { keep, unreachable };
inline constexpr Choice kAllDown[] = {{"keep", 0}, {"unreachable", 1}};

inline constexpr uint32_t kFailbackNever = UINT32_MAX;

struct Uplinks {
  std::optional<UplinkPolicy> policy;
  std::optional<uint32_t> failback;  // ms that a better one has to be up; 0: at once; kFailbackNever
  std::optional<AllDown> on_all_down;
  std::optional<uint32_t> hold_down;      // ms
  std::optional<uint32_t> rule_priority;  // of the first rule
  std::optional<uint32_t> mark;           // the bits of packet marks that tell uplinks apart
  std::optional<uint32_t> dscp_mark;      // those that tell the DSCP of packets that are steered by it
  std::optional<uint32_t> metric;         // of main's default routes; none: what the kernel takes
  std::optional<Resilient> resilient;     // how several that are active share the traffic; none: plainly
  std::vector<Uplink> links;              // sorted by name
  std::vector<Steer> steer;               // in the order of the spec
  Hooks hooks;
  Place origin;  // does not count in ==

  bool operator==(const Uplinks& o) const {
    return policy == o.policy && failback == o.failback && on_all_down == o.on_all_down &&
           hold_down == o.hold_down && rule_priority == o.rule_priority && mark == o.mark &&
           dscp_mark == o.dscp_mark && metric == o.metric && resilient == o.resilient && links == o.links &&
           steer == o.steer && hooks == o.hooks;
  }
  const Uplink* find(std::string_view name) const;
};

// `failback` is read by hand: it is a word or { after: TIME }.
inline constexpr Field kUplinksFields[] = {
    choice<&Uplinks::policy>("policy", "failover: the best that works; balance: all that work",
                             kUplinkPolicies, "failover")
        .ours(),
    choice<&Uplinks::on_all_down>(
        "on-all-down", "when none works: keep the last one that did, or make destinations unreachable",
        kAllDown, "keep")
        .ours(),
    duration<&Uplinks::hold_down>("hold-down", "the least time that an uplink which went down stays down",
                                  kMillisecond, {0, 3'600'000}, "0s")
        .ours(),
    integer<&Uplinks::rule_priority>(
        "rule-priority", "of the first of its rules; it takes the 1000 from there on", {1, 31'000}, "20000")
        .ours(),
    integer<&Uplinks::mark>("mark", "the bits of packet marks by which uplinks are told apart, in a row",
                            {1, kU32}, "16711680")
        .ours(),
    integer<&Uplinks::dscp_mark>(
        "dscp-mark", "the 7 bits of packet marks, in a row, that hold the DSCP of what is steered by it",
        {1, kU32}, "2130706432")
        .ours(),
    integer<&Uplinks::metric>("metric", "of the default routes in the main table", {0, kU32}),
};
inline constexpr uint32_t kUsualFailback = 30'000;  // ms

inline constexpr uint32_t kMostSteers = 399;
// The first of them may be by DSCP: their rules come twice.
inline constexpr uint32_t kMostSteeredHere = 38;

// Numbers that follow from an uplink's id.
inline constexpr uint32_t kUplinkTables = 78'000, kSteerTables = 78'300, kUplinkNexthops = 7'800'000;
inline constexpr uint32_t kRulesOfUplinks = 1000;  // priorities that belong to them

// What of a mark says `by this uplink`.
Mark mark_of(const Uplinks& uplinks, const Uplink& uplink);
// What of a mark says `of this DSCP`, and `of one by which something is steered`: the highest of the bits.
inline constexpr uint8_t kDscpMarkBits = 7;
Mark dscp_mark_of(const Uplinks& uplinks, uint8_t dscp);
Mark any_dscp_mark(const Uplinks& uplinks);
// As nft lists it: "ef", "0x05".
std::string dscp_name(uint8_t dscp);
constexpr uint32_t steer_table(const Uplink& uplink) {
  return kSteerTables + uplink.id.value_or(0);
}
// Next-hop objects: one for a gateway, a group for what is steered to an uplink, a group of those that carry
// all other traffic, and where that ends when none works.
constexpr uint32_t gateway_nexthop(const Uplink& uplink, Family family) {
  return kUplinkNexthops + uint32_t{uplink.id.value_or(0)} * 4 + (family == Family::ipv6 ? 1 : 0);
}
constexpr uint32_t steer_nexthop(const Uplink& uplink, Family family) {
  return kUplinkNexthops + uint32_t{uplink.id.value_or(0)} * 4 + (family == Family::ipv6 ? 3 : 2);
}
constexpr uint32_t policy_nexthop(Family family) {
  return kUplinkNexthops + (family == Family::ipv6 ? 1 : 0);
}
constexpr uint32_t dead_end_nexthop(Family family) {
  return kUplinkNexthops + (family == Family::ipv6 ? 3 : 2);
}

// Locally made UDP packets of IPv4 sockets that are bound to no address get this source, and the uplink's own
// when they leave. So the answer of a server that listens on all addresses is told by its conntrack entry,
// whatever uplink the routing table names at the moment. It is IANA's dummy address (RFC 7600), which may be
// a source and is never a destination. For IPv6 there is no such thing: routes that share a next-hop object
// share what the kernel keeps of the first that was looked up, its source included (rt6_get_pcpu_route() in
// net/ipv6/route.c; seen on 6.18).
inline constexpr Ip kAnySource = {Family::ipv4, {192, 0, 0, 8}};
inline constexpr uint32_t kAnySourceTable = kUplinkTables + 299;

// Whether it is used: with several uplinks that have IPv4 addresses.
bool has_any_source(const Uplinks& uplinks);

// Sets every field that was not given and has a default.
void fill_defaults(Uplinks& uplinks);
// Gives each uplink without one an id that follows from its name alone, as long as no other has it, and a
// table.
void assign_numbers(Uplinks& uplinks);
// What is wrong with a text as an uplink's name; empty when nothing is.
std::string_view uplink_name_problem(std::string_view name);
// Whether any traffic is steered to it.
bool is_steered_to(const Uplinks& uplinks, const Uplink& uplink);
// Whether any is steered by its DSCP.
bool steers_by_dscp(const Uplinks& uplinks, Family family);
// Whether several uplinks may carry the traffic at one time.
bool shares(const Uplinks& uplinks, Family family);

std::string to_string(const Snat& snat);
std::optional<Snat> parse_snat(std::string_view text);

}  // namespace netcfg
