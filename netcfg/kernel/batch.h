// Requests that are sent together: one system call for many, and one acknowledgement for all.
#pragma once

#include <functional>
#include <vector>

#include "netcfg/kernel/link_write.h"
#include "netcfg/kernel/message.h"
#include "netcfg/kernel/socket.h"

namespace netcfg::nl {

class Batch {
 public:
  explicit Batch(Socket& socket) : socket_(socket) {}

  // A copy of the message, for operation number `op`.
  void add(const Message& message, size_t op);
  bool full() const { return entries_.size() >= kMessages || bytes_.size() >= kBytes; }
  bool empty() const { return entries_.empty(); }
  // Sends what was gathered. The kernel carries all of it out, also what follows a message that it
  // refuses. The first refusal is returned that `second_chance`, called after all is done, does not make
  // good in another way.
  using SecondChance = std::function<Outcome(const Refusal&)>;
  Outcome flush(const SecondChance& second_chance);

 private:
  // Beyond 16 nothing gets faster. An error reply takes 1 to 2 KiB of the socket's receive buffer, which must
  // hold one for each message: the kernel drops those that do not fit.
  static constexpr size_t kMessages = 128;
  static constexpr size_t kBytes = size_t{128} * 1024;

  struct Entry {
    size_t offset;
    size_t op;
  };
  nlmsghdr& header(const Entry& entry) { return *reinterpret_cast<nlmsghdr*>(bytes_.data() + entry.offset); }
  // The refusals in the order of the operations.
  std::vector<Refusal> await(uint32_t first);
  Refusal unanswered(const Error& error);

  Socket& socket_;
  std::vector<uint8_t> bytes_;
  std::vector<Entry> entries_;
  Outcome rejected_;  // a message that is too large to be sent
};

}  // namespace netcfg::nl
