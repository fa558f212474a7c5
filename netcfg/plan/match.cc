#include "netcfg/plan/match.h"

#include <fmt/format.h>

#include <algorithm>

#include "netcfg/base/text.h"

namespace netcfg {
namespace {

bool fits(const Match& match, const Nic& nic) {
  auto agrees = [](const auto& wanted, const auto& has) { return !wanted || *wanted == has; };
  return (!match.ifname || nic.name.view() == *match.ifname) && agrees(match.mac, nic.mac) &&
         agrees(match.permanent_mac, nic.permanent_mac) && agrees(match.pci, nic.pci) &&
         agrees(match.driver, nic.driver) && agrees(match.path, nic.path);
}

std::string describe_nics(const std::vector<const Nic*>& nics) {
  std::string out;
  for (const Nic* nic : nics)
    out += fmt::format("{}{} ({}{}{})", out.empty() ? "" : ", ", nic->name.view(), to_string(nic->mac),
                       nic->driver.empty() ? "" : " " + nic->driver, nic->pci.empty() ? "" : " " + nic->pci);
  return out;
}

std::vector<const Nic*> all(const std::vector<Nic>& nics) {
  std::vector<const Nic*> out;
  for (const Nic& nic : nics) out.push_back(&nic);
  return out;
}

void match_one(const Match& match, const Snapshot& live, Diagnostics& problems, std::vector<Rename>& out) {
  std::vector<const Nic*> found;
  for (const Nic& nic : live.nics)
    if (fits(match, nic)) found.push_back(&nic);
  std::string path = fmt::format("interfaces.{}.match", match.name.view());
  if (found.empty()) {
    problems.error(match.origin, path,
                   fmt::format("no network card fits the match of '{}'", match.name.view()),
                   live.nics.empty() ? "this host has none" : "there are " + describe_nics(all(live.nics)));
  } else if (found.size() > 1) {
    problems.error(
        match.origin, path,
        fmt::format("the match of '{}' is ambiguous: {} fit", match.name.view(), describe_nics(found)),
        "add permanent-mac or pci");
  } else if (found.front()->name != match.name) {
    out.push_back({found.front()->name, match.name, match.origin});
  }
}

void check_names(const Snapshot& live, const Desired& desired, const std::vector<Rename>& renames,
                 Diagnostics& problems) {
  for (const Rename& rename : renames) {
    auto same_nic = [&](const Rename& r) { return r.from == rename.from && r.to != rename.to; };
    if (std::any_of(renames.begin(), renames.end(), same_nic))
      problems.error(rename.origin, "",
                     fmt::format("'{}' fits the match of two interfaces", rename.from.view()),
                     "make each match name one network card");
    const Link* holder = live.state.link(rename.to);
    bool leaves =
        std::any_of(renames.begin(), renames.end(), [&](const Rename& r) { return r.from == rename.to; });
    const Link* wanted = desired.state.link(rename.to);
    if (holder && !leaves && wanted && holder->kind.index() == 0)
      problems.error(rename.origin, "",
                     fmt::format("'{}' cannot be renamed to '{}': another network card has that name",
                                 rename.from.view(), rename.to.view()),
                     "give the other one a match and a name of its own as well");
  }
}

void check_existing(const Snapshot& live, const Desired& desired, const std::vector<Rename>& renames,
                    Diagnostics& problems) {
  std::vector<std::string_view> names;
  for (const Link& link : live.state.links) names.push_back(link.name.view());
  for (const Link& wanted : desired.state.links) {
    if (wanted.kind.index() != 0 || wanted.absent()) continue;
    bool comes =
        std::any_of(renames.begin(), renames.end(), [&](const Rename& r) { return r.to == wanted.name; });
    bool matched = std::any_of(desired.matches.begin(), desired.matches.end(),
                               [&](const Match& m) { return m.name == wanted.name; });
    if (comes || matched || live.state.link(wanted.name)) continue;
    auto near = nearest(wanted.name.view(), names);
    problems.error(
        wanted.origin, fmt::format("interfaces.{}", wanted.name.view()),
        fmt::format("there is no interface '{}' on this host", wanted.name.view()),
        near ? fmt::format("did you mean '{}'? A link to be made needs a kind block such as dummy: {{}}",
                           *near)
             : "a link to be made needs a kind block such as dummy: {}");
  }
}

void check_kinds(const Snapshot& live, const Desired& desired, const std::vector<Rename>& renames,
                 Diagnostics& problems) {
  for (const Link& wanted : desired.state.links) {
    const Link* there = live.state.link(wanted.name);
    bool leaves =
        std::any_of(renames.begin(), renames.end(), [&](const Rename& r) { return r.from == wanted.name; });
    if (!there || leaves || wanted.kind.index() == 0 || there->kind.index() != 0) continue;
    problems.error(
        wanted.origin, fmt::format("interfaces.{}", wanted.name.view()),
        fmt::format("'{}' exists already as a {}, which netcfg will not delete", wanted.name.view(),
                    there->foreign_kind.empty() ? "network card" : there->foreign_kind),
        "choose another name");
  }
}

}  // namespace

std::vector<Rename> find_renames(const Snapshot& live, const Desired& desired, Diagnostics& problems) {
  std::vector<Rename> out;
  for (const Match& match : desired.matches) match_one(match, live, problems, out);
  std::sort(out.begin(), out.end(), [](const Rename& a, const Rename& b) { return a.to < b.to; });
  check_names(live, desired, out, problems);
  check_existing(live, desired, out, problems);
  check_kinds(live, desired, out, problems);
  return out;
}

State renamed(const State& state, const std::vector<Rename>& renames) {
  State out = state;
  auto apply = [&](IfName& name) {
    auto it = std::find_if(renames.begin(), renames.end(), [&](const Rename& r) { return r.from == name; });
    if (it != renames.end()) name = it->to;
  };
  for (Link& link : out.links) {
    apply(link.name);
    if (link.master) apply(*link.master);
    std::visit(
        [&](auto& kind) {
          if constexpr (requires { kind.parent; })
            if (kind.parent) apply(*kind.parent);
        },
        link.kind);
    if (auto* bond = std::get_if<Bond>(&link.kind)) {
      if (bond->primary) apply(*bond->primary);
      if (bond->active_slave) apply(*bond->active_slave);
    }
  }
  for (Address& address : out.addresses) {
    IfName old = address.dev;
    apply(address.dev);
    // The kernel makes new labels of the new name (inetdev_changename() in net/ipv4/devinet.c), by the
    // order of its own list.
    if (address.dev != old) address.label.reset();
  }
  for (Neighbor& neighbor : out.neighbors) apply(neighbor.dev);
  for (Qdisc& qdisc : out.qdiscs) apply(qdisc.dev);
  for (Nexthop& nexthop : out.nexthops) apply(nexthop.dev);
  for (Route& route : out.routes) {
    for (NextHop& hop : route.hops) apply(hop.dev);
    std::sort(route.hops.begin(), route.hops.end());
  }
  for (Sysctl& sysctl : out.sysctls) {
    IfName dev = dev_of(sysctl);
    if (dev.empty()) continue;
    IfName now = dev;
    apply(now);
    auto parts = split(sysctl.path, '/');
    sysctl.path = fmt::format("{}/{}/{}/{}/{}", parts[0], parts[1], parts[2], now.view(), parts[4]);
  }
  out.sort();
  return out;
}

Ledger renamed(const Ledger& ledger, const std::vector<Rename>& renames) {
  // What is remembered of a name that another card gets, and that no card leaves, is of a card long gone.
  auto replaced = [&](const IfName& name) {
    auto is = [&](auto end) { return [&, end](const Rename& r) { return r.*end == name; }; };
    return std::any_of(renames.begin(), renames.end(), is(&Rename::to)) &&
           std::none_of(renames.begin(), renames.end(), is(&Rename::from));
  };
  Ledger out = ledger;
  for (State* state : {&out.applied, &out.original}) {
    std::erase_if(state->links, [&](const Link& link) { return replaced(link.name); });
    std::erase_if(state->sysctls, [&](const Sysctl& sysctl) { return replaced(dev_of(sysctl)); });
    std::erase_if(state->qdiscs, [&](const Qdisc& qdisc) { return replaced(qdisc.dev); });
    *state = renamed(*state, renames);
  }
  return out;
}

}  // namespace netcfg
