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
  Result<> read_vlans();
  Result<> read_addresses();
  Result<> read_nexthops();
  std::optional<bool> has_resilient_groups() const;
  Result<> read_routes(uint8_t af);
  Result<> read_rules();
  Result<> read_neighbors(bool proxies);
  Result<> read_qdiscs();
  void read_sysctls();
  void keep_for_later(const nlmsghdr& message);
  void add_link(const nlmsghdr& message, uint32_t index, Link&& link);
  Link* link(uint32_t index);

  Socket& socket_;
  const Query& query_;
  Message request_;
  Names names_;
  // Links that name others which come after them, by their place in state.links: decoded again in the end.
  std::vector<std::pair<size_t, std::vector<uint8_t>>> later_;
  std::vector<uint32_t> indexes_;  // of state.links, before these are sorted
  size_t cursor_ = 0;              // where link() looks first
  Snapshot out_;
};

}  // namespace netcfg::nl
