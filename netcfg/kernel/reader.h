// Reads everything, by one filtered dump for each kind.
#pragma once

#include "netcfg/kernel/names.h"
#include "netcfg/kernel/socket.h"
#include "netcfg/port/kernel.h"

namespace netcfg::nl {

class Reader {
 public:
  Reader(Socket& socket, const Query& query) : socket_(socket), query_(query) {}
  Result<Snapshot> run();

 private:
  Result<> read_links();
  Result<> read_tokens();
  Result<> read_vlans();
  Result<> read_addresses();
  Result<> read_nexthops();
  Result<> read_routes(uint8_t af);
  Result<> read_rules();
  Result<> read_neighbors(bool proxies);
  Result<> read_others();
  void read_sysctls();
  void decode_links();
  Link* link(uint32_t index);

  Socket& socket_;
  const Query& query_;
  Message request_;
  Names names_;
  std::vector<uint8_t> link_messages_;  // kept until all names are known
  std::vector<uint32_t> indexes_;       // of state.links, before these are sorted
  size_t cursor_ = 0;                   // where link() looks first
  Snapshot out_;
};

}  // namespace netcfg::nl
