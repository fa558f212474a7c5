// The provider's end of a cable, in another network namespace: what happens there happens at once, since no
// program is started for it.
#pragma once

#include <string>

#include "netcfg/host/fd.h"

namespace netcfg::test {

class FarEnd {
 public:
  // Throws where that namespace cannot be entered.
  FarEnd(const Fd& netns, std::string dev);

  // Up or down: both ends have a carrier while both are up.
  void set_up(bool up) const;
  // Whether it resolves addresses. Without that it neither answers ARP nor finds a way for its answers, so
  // that nothing comes back from it, while the carrier stays.
  void set_arp(bool arp) const;

 private:
  void set_flag(short flag, bool on) const;

  std::string dev_;
  Fd socket_;
};

}  // namespace netcfg::test
