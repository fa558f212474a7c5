// The MTUs that links will have, as far as they can be foreseen.
#pragma once

#include <optional>

#include "netcfg/diff/owner.h"

namespace netcfg {

class Mtus {
 public:
  Mtus(const State& live, const Desired& desired, const Owner& owner)
      : live_(live), desired_(desired), owner_(owner) {}

  // What a link has that nobody gave an MTU.
  std::optional<uint32_t> usual(const Link& link) const { return usual(link, 0); }
  // What a link will have in the end. None where nobody can know: a bond gives a member that leaves back what
  // that had before it came, and whether a bridge follows its ports is not told.
  std::optional<uint32_t> of(const IfName& name) const { return of(name, 0); }

 private:
  std::optional<uint32_t> usual(const Link& link, int depth) const;
  std::optional<uint32_t> of(const IfName& name, int depth) const;
  std::optional<uint32_t> of_bridge(const IfName& name, const Link* live, int depth) const;
  IfName master_of(const Link* wanted, const Link* live) const;
  bool stays(const Link& link) const;

  const State& live_;
  const Desired& desired_;
  const Owner& owner_;
};

// The bytes that a VXLAN leaves for its headers (VXLAN_HEADROOM, VXLAN6_HEADROOM).
uint32_t vxlan_headers(const Vxlan& vxlan);

}  // namespace netcfg
