// By which link a gateway is reached.
#pragma once

#include <map>
#include <vector>

#include "netcfg/diff/owner.h"
#include "netcfg/model/desired.h"

namespace netcfg {

// The networks that a state's links are connected to. Those of the host's addresses and of wanted routes come
// first; others' routes count only where none of them covers an address, so that what another program adds
// does not lead a gateway elsewhere.
class Connected {
 public:
  Connected(const Desired& desired, const State& live, const Owner& owner);

  struct Way {
    IfName dev;
    uint8_t length = 0;      // of the longest prefix that covers the address
    bool ambiguous = false;  // another link covers it as closely
  };
  // Among the links of the VRF that owns `table`, or of none when no VRF does.
  Way to(const Ip& gateway, uint32_t table);
  // Whether `gateway` is covered on that very link.
  bool reaches(const Ip& gateway, const IfName& dev) const;

 private:
  struct Network {
    Prefix prefix;
    IfName dev;
    uint32_t vrf_table = 0;
  };
  void add(std::vector<Network>& networks, const Prefix& prefix, const IfName& dev) const;
  static Way best_of(const std::vector<Network>& networks, const Ip& gateway, uint32_t vrf_table);
  void note_vrfs(const Desired& desired, const State& live, const Owner& owner);

  std::map<IfName, uint32_t> vrf_of_link_;
  std::vector<uint32_t> vrf_tables_;
  std::vector<Network> networks_;                // by addresses and wanted routes
  std::vector<Network> by_others_;               // by live routes of others
  std::map<std::pair<Ip, uint32_t>, Way> memo_;  // many routes share a gateway
};

// Gives every next hop without a device its own. A problem for each gateway that cannot be reached or by two
// links.
void resolve_next_hops(Desired& desired, const State& live, const Ledger& ledger, Diagnostics& problems);

}  // namespace netcfg
