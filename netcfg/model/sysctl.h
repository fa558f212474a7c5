// A kernel parameter below /proc/sys/net.
#pragma once

#include <string>

#include "netcfg/base/diagnostics.h"
#include "netcfg/model/types.h"

namespace netcfg {

struct Sysctl {
  std::string path;   // with slashes, since names of interfaces hold dots: net/ipv4/conf/bond0.100/rp_filter
  std::string value;  // blanks folded to one
  Place origin;

  bool operator==(const Sysctl& o) const { return path == o.path && value == o.value; }
  const std::string& key() const { return path; }
};

// The interface of net/{ipv4,ipv6}/{conf,neigh}/IF/*, or nothing for others, `all` and `default`.
IfName dev_of(const Sysctl& sysctl);
// "net.ipv4.ip_forward" or "net/ipv4/ip_forward" in slash form. A dotted text that holds a slash is read
// as sysctl(8) reads it: slashes then stand for dots (net.ipv4.conf.bond0/100.rp_filter).
std::string sysctl_path(std::string_view key);

}  // namespace netcfg
