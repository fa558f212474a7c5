// Which addresses other hosts may look for in the wrong place after a change, or have given up looking for.
// Their caches believe what was true for half a minute and longer; and who asked in vain asks again only once
// a second (RetransTimer, RFC 4861, 10).
#pragma once

#include <set>
#include <utility>
#include <vector>

#include "netcfg/port/kernel.h"

namespace netcfg {

class Moved {
 public:
  void note(const Op& op);
  // Those of them that are there now, and all addresses of the links that came up or changed their MAC
  // address or their master, or stand on such ones.
  std::vector<Announcement> announcements(const State& now) const;

 private:
  std::set<IfName> links_;
  std::set<std::pair<IfName, Ip>> addresses_;
};

}  // namespace netcfg
