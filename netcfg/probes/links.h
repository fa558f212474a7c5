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
  uint32_t parent = 0;     // index of the link without whose carrier it has none: a VLAN's, a macvlan's …
  uint32_t master = 0;     // of the link that it is a member of
  bool told_late = false;  // the kernel may hold back the news of its carrier for a second
  bool operator==(const LiveLink&) const = default;

  // Up, and the kernel says that it can carry packets.
  bool running() const;
  // Whether its neighbours are found by ARP and ND.
  bool resolves() const;
};

class Links {
 public:
  static Result<Links> open();

  int fd() const { return socket_.get(); }  // readable when there is news
  // Takes in what has come. After a loss (ENOBUFS) all links are asked for again.
  Result<> refresh();
  // Asks for all of them: the kernel holds back news of carriers for up to a second.
  Result<> ask();
  const LiveLink* find(const IfName& name) const;
  // "no interface eth0", "eth0 is down", "eth0 has no carrier"; empty when it runs. Of a VLAN also where its
  // parent has none and the VLAN was not told yet.
  std::string problem(const IfName& name) const;
  bool running(const IfName& name) const { return problem(name).empty(); }

  // It and what it stands on, as far as their news may come late: indexes, the lowest first.
  std::vector<uint32_t> told_late(const IfName& name) const;
  // Asks for these alone, which takes the kernel some microseconds each. Since Linux 6.8 it also lets out
  // what it held back of them (linkwatch_sync_dev() in net/core/link_watch.c). Takes in what else has come,
  // as well.
  Result<> look(const std::vector<uint32_t>& indexes);
  // Another number after each change of any link, whoever took it in.
  uint64_t changes() const { return changes_; }
  // How often any link was told to run no more, or to be gone. Who compares this does not miss a carrier that
  // came back before anybody looked.
  uint64_t stops() const { return stops_; }

 private:
  Result<bool> receive();  // one datagram; false when there is none
  void take(const char* data, size_t size);
  void take_link(const void* message);
  const LiveLink* find(uint32_t index) const;

  Fd socket_;
  std::map<uint32_t, IfName> names_;
  std::map<IfName, LiveLink> links_;
  bool asking_ = false;  // the answer to ask() is not complete
  uint64_t changes_ = 0, stops_ = 0;
};

}  // namespace netcfg::probes
