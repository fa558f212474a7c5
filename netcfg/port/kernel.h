// The kernel's network configuration as netcfg needs it: read a State, carry out operations on values.
// Implementations: netcfg/kernel (netlink), tests/support/sim_kernel (simulated).
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "netcfg/base/result.h"
#include "netcfg/model/state.h"

namespace netcfg {

enum class Action : uint8_t { create, update, remove, restore };

// One operation. `before` and `after` point to the same kind of resource.
//   create: before is null; the object must not exist (EEXIST else), but for a link whose other end was
//           just made with it.
//   update: exactly the fields in which after differs from before are written; links are found by
//           before's name. Addresses, routes and neighbours are replaced in place.
//   remove: after is null.
//   restore: create, but an object of this key that is there already is replaced without complaint.
struct Op {
  Action action = Action::create;
  Ref before;
  Ref after;
};

// Why the kernel refused an operation.
struct Refusal {
  size_t op = 0;       // index into the operations given to write()
  int code = 0;        // errno
  std::string extack;  // the kernel's own text (NLMSGERR_ATTR_MSG), may be empty
  std::string what;    // the request: "RTM_NEWROUTE", "write /proc/sys/…"
};

// A next-hop object on a link that has no carrier (rtm_to_nh_config_rtnh() and nh_create_ipv4() in
// net/ipv4/nexthop.c). The errno alone is also that of a link that is down.
bool lacks_carrier(const Refusal& refusal);

// Everything that was read at one time.
struct Snapshot {
  State state;
  std::vector<Nic> nics;  // sorted by name; only links with a device below
  // What is there and cannot be expressed: "tun link tun0". Asked for, also "qdisc prio on eth0".
  std::vector<std::string> others;
  // Why the ruleset that the query names could not be loaded; `code` is the line of its text, or 0.
  std::optional<Error> ruleset_problem;
  std::vector<std::string> clashes;  // what other tables of nftables do that ours cannot undo
  // Asked for: whether the kernel makes resilient groups of next hops; unset where that cannot be tried.
  std::optional<bool> resilient_groups;
};

// What to read. Narrow queries let the kernel filter.
struct Query {
  bool sysctls_of_links = false;  // net/ipv{4,6}/conf/*/… beyond `sysctls`
  // Paths that are wanted in the answer, if they exist; an interface of * stands for each of them.
  std::vector<std::string> sysctls;
  bool routes = true;
  bool others = false;  // what else is there that a State has no words for: queueing disciplines, next hops
  // Only routes that carry netcfg's tag (strict checking filters them in the kernel).
  bool own_routes_only = false;
  bool qdiscs = true;
  // The text of the ruleset that is wanted; where the live one is what nft makes of it, that is given as this
  // text. A text that is not there is tried in a namespace of its own.
  std::string ruleset;
  std::string last_ruleset;       // what netcfg wrote last, for who may not read the live one
  bool resilient_groups = false;  // whether there are such has to be known
  // How many are likely there: makes room for them at once, instead of twice as much by and by.
  size_t likely_links = 0, likely_routes = 0, likely_rules = 0;
};

// An address as other hosts on the link's network are to know it.
struct Announcement {
  IfName dev;
  uint32_t link = 0;  // ifi_index
  Mac mac;
  Ip ip;
};

class Kernel {
 public:
  virtual ~Kernel() = default;
  virtual Result<Snapshot> read(const Query& query) = 0;
  // Carries operations out in order, in batches where that is safe. Stops at the first refusal; later
  // operations of the same batch may have been carried out, so look at the kernel before undoing.
  // `stop` is asked between batches; when it says true, writing ends with Refusal{code = EINTR}.
  virtual std::optional<Refusal> write(std::span<const Op> ops, const std::function<bool()>& stop) = 0;
  // Tells other hosts where these addresses are, and asks once more for those of them that this host looks
  // for in vain, on the same links. Not to be able to is no failure of the change.
  virtual void announce(std::span<const Announcement> addresses) = 0;
};

}  // namespace netcfg
