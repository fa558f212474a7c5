// Reads the tree of a spec into a Desired, one section per file. Problems that one value alone shows
// are found here; what several values are needed to see is left to the checks.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "netcfg/model/desired.h"
#include "netcfg/model/nat.h"
#include "netcfg/spec/keys.h"
#include "netcfg/spec/qos.h"
#include "netcfg/spec/read.h"

namespace netcfg {

// What could not be read whole, so that the checks do not blame what depends on it.
struct Gaps {
  bool links = false;
  bool addresses = false;
  bool nexthops = false;
  bool routes = false;
  bool rules = false;
  bool nat = false;
};

// A bond, bridge or VRF names a member.
struct Membership {
  IfName master, member;
  PortKind port;
  Place origin;
};

// A veth names its other end.
struct Pairing {
  IfName name, peer;
  Place origin;
};

struct Binder {
  Report& report;
  Desired out;
  Gaps gaps;
  std::vector<Membership> memberships;
  std::vector<Pairing> pairings;
  NatSpec nat;
  std::vector<QosSpec> qos;
  Link defaults;                                                           // fields of `defaults:`
  std::unordered_map<std::string, std::pair<std::string, Place>> sysctls;  // by path: value and place

  // For files that the spec names; null where there can be none.
  Sources* sources = nullptr;
  const ReadNamed* read_named = nullptr;

  // Reading helpers; they say what is wrong.
  std::optional<uint32_t> table(const At& at);
  void add_sysctl(const At& at, std::string path, std::string value);
};

// The number of a table that every Linux has: main, local, default.
std::optional<uint32_t> well_known_table(std::string_view name);

void bind_tables(Binder& binder, const At& at);
void bind_defaults(Binder& binder, const At& at);
void bind_interfaces(Binder& binder, const At& at);
void bind_addresses(Binder& binder, const IfName& dev, const At& at);
void bind_ipv6(Binder& binder, Link& link, const At& at);
void bind_neighbors(Binder& binder, const IfName& dev, const At& at);
void bind_match(Binder& binder, const IfName& name, const At& at);
void bind_qdisc(Binder& binder, const IfName& dev, const At& at);
void bind_qos(Binder& binder, const IfName& dev, const At& at);
void bind_link_sysctls(Binder& binder, const IfName& dev, const At& at);
void bind_nexthops(Binder& binder, const At& at);
void bind_routes(Binder& binder, const At& at);
void bind_rules(Binder& binder, const At& at);
void bind_sysctls(Binder& binder, const At& at);
void bind_nat(Binder& binder, const At& at);
void bind_guard(Binder& binder, const At& at);
void bind_uplinks(Binder& binder, const At& at);
void bind_link_guard(Binder& binder, const IfName& dev, const At& at);
// `exclusive` or `shared`; nothing after an error.
std::optional<bool> read_manage(Report& report, const At& at);

// After all interfaces were read: members and the other ends of veth pairs become links.
void resolve_links(Binder& binder);

// The whole document.
Binder bind(Report& report, const Node& root, Sources& sources, const ReadNamed& read_named);

}  // namespace netcfg
