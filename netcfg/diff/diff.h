// Three states, one answer: what was applied last, what is there, what is wanted -> what is to change.
// Pure. Nothing here knows in which order things can be done; that is the plan's.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "netcfg/model/desired.h"

namespace netcfg {

// What netcfg remembers of the host since it last changed it.
struct Ledger {
  State applied;                  // the desired state that was applied: only fields that its spec named
  std::vector<IfName> own_links;  // sorted; virtual links that netcfg made or adopted
  // Values of fields and parameters before netcfg first set them, for going back to them: links with only
  // those fields set, and sysctls.
  State original;
  std::optional<Uplinks> uplinks;  // of the spec that was applied, for the watcher
};

enum class Verdict : uint8_t {
  create,  // wanted, missing
  update,  // there, but not as wanted
  remove,  // ours, no longer wanted (or in the way of `manage: exclusive`, or `state: absent`)
  adopt,   // there as wanted, but without our tag
};

// Why, for people. Printed by the plan with names filled in.
enum class Why : uint8_t {
  wanted,          // the spec asks for it
  differs,         // the spec asks for another value
  dropped,         // the spec no longer names it
  field_dropped,   // the spec no longer names the field: back to the default
  absent,          // the spec says state: absent
  exclusive,       // manage: exclusive
  untagged,        // as wanted, becomes netcfg's
  recreate,        // the kernel cannot change it in place
  offline,         // can only be changed while the link is down
  rename,          // the interface found by `match` has another name
  rename_aside,    // makes room for another interface's name
  release,         // has to leave its bond, bridge or VRF first
  rejoin,          // back into its bond, bridge or VRF
  up_again,        // up again after the change
  lost,            // the kernel deletes it as a side effect; restored
  implied,         // goes with the deletion of something else; nothing is written
  made_with_peer,  // made together with its veth peer
  serves,          // the spec asks for something else, which takes it
};

// The value that an object is to get: one of its own, merged from several. A route is replaced as a whole, so
// it is the wanted one itself; 100,000 of them are not copied.
template <class T>
struct Becomes {
  using Type = T;
};
struct WantedRoute {
  const Route* route = nullptr;
  operator const Route&() const { return *route; }  // NOLINT: stands for the value
};
template <>
struct Becomes<Route> {
  using Type = WantedRoute;
};

// One object's difference. Pointers point into the states given to diff().
template <class T>
struct Difference {
  Verdict verdict = Verdict::create;
  Why why = Why::wanted;
  const T* before = nullptr;  // in the live state; null for create
  typename Becomes<T>::Type
      after;  // complete: live values with the wanted ones written over; unused for remove
};

struct Differences {
  std::vector<Difference<Link>> links;
  std::vector<Difference<Address>> addresses;
  std::vector<Difference<Neighbor>> neighbors;
  std::vector<Difference<Nexthop>> nexthops;
  std::vector<Difference<Route>> routes;
  std::vector<Difference<Rule>> rules;
  std::vector<Difference<Sysctl>> sysctls;
  std::vector<Difference<Qdisc>> qdiscs;
  std::vector<Difference<Ruleset>> rulesets;
  // Live objects that are neither ours nor wanted, nor the kernel's own.
  std::vector<Ref> foreign;
  // Wanted next-hop objects that have to wait for the carrier of a link (netcfg/diff/waiting.h).
  std::vector<std::pair<const Nexthop*, IfName>> waiting;

  bool empty() const;  // nothing but adoptions
};

// `live` with its interfaces under the spec's names already (see plan/match.h); `desired` with every next
// hop's device resolved. All sorted.
// `exact` is for going back to a snapshot: the tags of objects count as well.
Differences diff(const State& live, const Desired& desired, const Ledger& ledger, bool exact = false);

// The names of the fields in which two values of one object differ, in the order of the field tables:
// "mtu", "bond.mode", "port.cost", "next-hops".
std::vector<std::string> changed_fields(const Link& a, const Link& b);
std::vector<std::string> changed_fields(const Address& a, const Address& b);
std::vector<std::string> changed_fields(const Neighbor& a, const Neighbor& b);
std::vector<std::string> changed_fields(const Nexthop& a, const Nexthop& b);
std::vector<std::string> changed_fields(const Route& a, const Route& b);
std::vector<std::string> changed_fields(const Rule& a, const Rule& b);
std::vector<std::string> changed_fields(const Sysctl& a, const Sysctl& b);
std::vector<std::string> changed_fields(const Qdisc& a, const Qdisc& b);
std::vector<std::string> changed_fields(const Ruleset& a, const Ruleset& b);

}  // namespace netcfg
