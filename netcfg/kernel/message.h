// One netlink request under construction. The buffer is reused: start() begins the next message in it.
#pragma once

#include <linux/netlink.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>

#include "netcfg/model/ip.h"
#include "netcfg/model/types.h"

struct nl_msg;

namespace netcfg::nl {

class Message;

// An attribute that holds others; it ends where the object does. Empty ones are kept: an empty list of
// ARP targets means "none", where libnl's nla_nest_end() would drop it.
class Nest {
 public:
  Nest(Message& message, uint16_t type);
  Nest(const Nest&) = delete;
  Nest& operator=(const Nest&) = delete;
  ~Nest();

 private:
  Message& message_;
  nlattr* start_;
};

class Message {
 public:
  Message();

  // Drops what was there and begins a request with a zeroed fixed header, to be filled in.
  template <class Header>
  Header& start(uint16_t type, uint16_t flags) {
    static_assert(std::is_trivially_copyable_v<Header>);
    return *static_cast<Header*>(start_bytes(type, flags, sizeof(Header)));
  }

  void put_bytes(uint16_t type, const void* data, size_t size);
  template <class T>
  void put(uint16_t type, const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    put_bytes(type, &value, sizeof value);
  }
  void put_text(uint16_t type, std::string_view text);  // with its end mark
  void put_name(uint16_t type, const IfName& name) { put_text(type, name.view()); }
  void put_ip(uint16_t type, const Ip& ip) { put_bytes(type, ip.bytes.data(), ip.size()); }
  void put_flag(uint16_t type) { put_bytes(type, nullptr, 0); }
  // Room for a structure in the middle of attributes (struct rtnexthop, a veth peer's ifinfomsg).
  void* append(size_t size);

  nlmsghdr* header() const;
  uint16_t type() const { return header()->nlmsg_type; }
  std::span<const uint8_t> bytes() const;
  // Something did not fit; such a message must not be sent.
  bool overflowed() const { return overflowed_; }

 private:
  friend class Nest;
  void* start_bytes(uint16_t type, uint16_t flags, size_t header_size);

  struct Free {
    void operator()(nl_msg* message) const;
  };
  std::unique_ptr<nl_msg, Free> message_;
  bool overflowed_ = false;
};

}  // namespace netcfg::nl
