// The addresses that this host has, kept current by the kernel's notices.
#pragma once

#include <set>

#include "netcfg/base/fd.h"
#include "netcfg/base/result.h"
#include "netcfg/model/ip.h"

namespace netcfg::watch {

class Addresses {
 public:
  static Result<Addresses> open();

  int fd() const { return socket_.get(); }  // readable when there is news
  void refresh();
  bool has(const Ip& ip) const { return all_.contains(ip); }

 private:
  void read_all();

  Fd socket_;
  std::set<Ip> all_;
};

}  // namespace netcfg::watch
