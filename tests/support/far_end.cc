#include "tests/support/far_end.h"

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "tests/support/new_netns.h"

namespace netcfg::test {

FarEnd::FarEnd(const Fd& netns, std::string dev)
    : dev_(std::move(dev)), socket_(socket_in(netns, AF_INET, SOCK_DGRAM)) {}

void FarEnd::set_up(bool up) const {
  set_flag(IFF_UP, up);
}

void FarEnd::set_arp(bool arp) const {
  set_flag(IFF_NOARP, !arp);
}

void FarEnd::set_flag(short flag, bool on) const {
  ifreq request{};
  strncpy(request.ifr_name, dev_.c_str(), sizeof request.ifr_name - 1);
  bool done = ioctl(socket_.get(), SIOCGIFFLAGS, &request) == 0;
  request.ifr_flags = static_cast<short>(on ? request.ifr_flags | flag : request.ifr_flags & ~flag);
  if (!done || ioctl(socket_.get(), SIOCSIFFLAGS, &request) != 0)
    throw std::runtime_error("cannot set the flags of " + dev_ + ": " + strerror(errno));
}

}  // namespace netcfg::test
