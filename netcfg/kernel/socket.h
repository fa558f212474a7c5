// The connection to the kernel: requests and their acknowledgements, dumps.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "netcfg/base/result.h"
#include "netcfg/kernel/error.h"
#include "netcfg/kernel/message.h"

struct nl_sock;

namespace netcfg::nl {

using OnMessage = std::function<void(const nlmsghdr&)>;

class Socket {
 public:
  static Result<Socket> open(std::chrono::milliseconds timeout);

  // `count` numbers in a row, for messages that are sent together; the first of them.
  uint32_t take_sequence(uint32_t count);

  Result<> send(std::span<const uint8_t> bytes);
  // One datagram, valid until the next call.
  Result<std::span<const uint8_t>> receive();

  // One request and its acknowledgement. An Error means that there was no answer.
  Result<Ack> transact(Message& request);
  // A request for one object: `answer` sees it, unless the kernel says no.
  Result<Ack> ask(Message& request, const OnMessage& answer);
  // All objects. When the kernel says that they changed meanwhile (NLM_F_DUMP_INTR), `restart` is called
  // and the dump begins again, a bounded number of times.
  Result<> dump(Message& request, const std::function<void()>& restart, const OnMessage& each);

 private:
  struct Close {
    void operator()(nl_sock* socket) const;
  };
  Socket() = default;
  Result<> configure(std::chrono::milliseconds timeout);
  Result<> send_one(Message& request);
  // Whether the dump was consistent.
  Result<bool> dump_once(Message& request, const OnMessage& each);

  std::unique_ptr<nl_sock, Close> socket_;
  int fd_ = -1;
  uint32_t sequence_ = 1;
  std::vector<uint8_t> buffer_;
};

}  // namespace netcfg::nl
