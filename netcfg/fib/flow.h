// A packet as far as its way through a host depends on it, and the way that it takes.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "netcfg/model/state.h"

namespace netcfg {

// What `ip route get` takes. Without `iif` it is a packet of this host.
struct Flow {
  Ip destination;
  Ip source;        // none: not bound, the kernel chooses
  IfName iif, oif;  // where it comes in; what its socket is bound to
  uint32_t mark = 0;
  uint8_t tos = 0;  // the whole byte
  std::optional<uint8_t> ip_proto;
  uint16_t sport = 0, dport = 0;
  std::optional<uint32_t> uid;  // none: root's of a packet of this host, nobody's of one that comes in
};

// One way out. Of several the kernel chooses by a hash with a secret seed.
struct Way {
  IfName dev;  // lo for what stays here
  Ip gateway;  // none: on the link itself
  Ip source;   // that a packet without one gets; none where there is no address for it
  uint16_t weight = 1;

  bool operator==(const Way&) const = default;
};

// One rule that applied, and what came of it.
struct Trace {
  enum class Result : uint8_t {
    nothing,     // no route of its table leads there
    thrown,      // a `throw` route: the next rule is asked
    suppressed,  // a route, but too short, or of the wrong group of links
    passed,      // nop, or a goto whose target does not exist
    jumped,      // goto
    refused,     // by the rule or the route
    found,
  };

  const Rule* rule = nullptr;
  uint32_t table = 0;
  const Route* route = nullptr;  // null: none, or one that the kernel made for an address
  Result result = Result::nothing;
};

// Pointers are into the State that the tables were made of, or into Tables.
struct Decision {
  // errno as RTM_GETROUTE answers: ENETUNREACH, EHOSTUNREACH, EACCES, EINVAL, and EXDEV for the reverse path
  // filter; 0: it goes
  int error = 0;
  std::string_view note;  // why, where no rule and no route says it; of one that goes: when it does not
  RouteType type = RouteType::unicast;
  const Rule* rule = nullptr;    // the one that decided; null where none was asked
  uint32_t table = 0;            // where the route is; 0: none
  const Route* route = nullptr;  // null where the destination is taken to be on the link
  std::vector<Way> ways;
  std::vector<Trace> trace;

  bool goes() const { return error == 0; }
};

}  // namespace netcfg
