// The host's links as far as probes need them, kept current by the kernel's own notices.
#pragma once

#include <map>
#include <vector>

#include "netcfg/base/fd.h"
#include "netcfg/base/result.h"
#include "netcfg/model/types.h"

namespace netcfg::probes {

struct LiveLink {
  uint32_t index = 0;
  unsigned flags = 0;     // IFF_*
  uint16_t type = 0;      // ARPHRD_*
  uint8_t operstate = 0;  // IF_OPER_*
  std::vector<uint8_t> mac;

  // Up, and the kernel says that it can carry packets.
  bool running() const;
  // Whether its neighbours are found by ARP and ND.
  bool resolves() const;
};

// "no interface eth0", "eth0 is down", "eth0 has no carrier"; empty when it runs.
std::string problem_of(const IfName& name, const LiveLink* link);

class Links {
 public:
  static Result<Links> open();

  int fd() const { return socket_.get(); }  // readable when there is news
  // Takes in what has come. After a loss (ENOBUFS) all links are asked for again.
  Result<> refresh();
  // Asks for all of them: the kernel holds back news of carriers for up to a second.
  Result<> ask();
  const LiveLink* find(const IfName& name) const;
  bool running(const IfName& name) const;

 private:
  Result<bool> receive();  // one datagram; false when there is none
  void take(const char* data, size_t size);
  void take_link(const void* message);

  Fd socket_;
  std::map<uint32_t, IfName> names_;
  std::map<IfName, LiveLink> links_;
  bool asking_ = false;  // the answer to ask() is not complete
};

}  // namespace netcfg::probes
