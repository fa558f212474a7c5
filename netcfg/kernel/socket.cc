#include "netcfg/kernel/socket.h"

#include <fmt/format.h>
#include <linux/rtnetlink.h>
#include <netlink/errno.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>

#include "netcfg/kernel/attributes.h"

namespace netcfg::nl {
namespace {

// A datagram of a dump has at most 32 KiB; a single link with many virtual functions can be larger.
constexpr size_t kReceiveBuffer = size_t{256} * 1024;
// Room for a whole batch of error replies; the default of 208 KiB holds 256 of them.
constexpr int kSocketBuffer = 4 * 1024 * 1024;
constexpr int kDumpAttempts = 20;

Error failed(const std::string& what, int code) {
  return {what + ": " + errno_text(code), {}, code};
}

void set_buffer(int fd, int forced, int limited) {
  int size = kSocketBuffer;
  // The forced form needs CAP_NET_ADMIN, which reading does not.
  if (setsockopt(fd, SOL_SOCKET, forced, &size, sizeof size) != 0)
    (void)setsockopt(fd, SOL_SOCKET, limited, &size, sizeof size);
}

}  // namespace

void Socket::Close::operator()(nl_sock* socket) const {
  nl_socket_free(socket);
}

Result<Socket> Socket::open(std::chrono::milliseconds timeout) {
  Socket out;
  out.socket_.reset(nl_socket_alloc());
  if (!out.socket_) return failed("cannot make a netlink socket", ENOMEM);
  if (int code = nl_connect(out.socket_.get(), NETLINK_ROUTE); code < 0)
    return Error{std::string("cannot connect to rtnetlink: ") + nl_geterror(code), {}, errno};
  out.fd_ = nl_socket_get_fd(out.socket_.get());
  if (Result<> done = out.configure(timeout); !done) return done.error();
  out.buffer_.resize(kReceiveBuffer);
  return out;
}

Result<> Socket::configure(std::chrono::milliseconds timeout) {
  set_buffer(fd_, SO_RCVBUFFORCE, SO_RCVBUF);
  set_buffer(fd_, SO_SNDBUFFORCE, SO_SNDBUF);
  const int on = 1;
  // Strict checking makes the kernel honour filters of dumps, and refuse what it would otherwise ignore.
  for (int option : {NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK, NETLINK_CAP_ACK})
    if (setsockopt(fd_, SOL_NETLINK, option, &on, sizeof on) != 0)
      return failed("cannot set a netlink option; Linux 5.0 or later is needed", errno);
  timeval wait{};
  wait.tv_sec = timeout.count() / 1000;
  wait.tv_usec = (timeout.count() % 1000) * 1000;
  if (setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) != 0)
    return failed("cannot set a netlink socket's timeout", errno);
  return Done{};
}

uint32_t Socket::take_sequence(uint32_t count) {
  // 0 marks messages that nobody asked for.
  if (sequence_ > UINT32_MAX - count) sequence_ = 1;
  uint32_t first = sequence_;
  sequence_ += count;
  return first;
}

Result<> Socket::send(std::span<const uint8_t> bytes) {
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  ssize_t sent = 0;
  do {
    sent = sendto(fd_, bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&kernel), sizeof kernel);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) return failed("cannot send to the kernel", errno);
  return Done{};
}

Result<std::span<const uint8_t>> Socket::receive() {
  while (true) {
    sockaddr_nl from{};
    iovec part{buffer_.data(), buffer_.size()};
    msghdr header{};
    header.msg_name = &from;
    header.msg_namelen = sizeof from;
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    ssize_t size = recvmsg(fd_, &header, 0);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
      return failed("the kernel does not answer", ETIMEDOUT);
    if (size < 0) return failed("cannot receive from the kernel", errno);
    if (header.msg_flags & MSG_TRUNC)
      return failed(fmt::format("an answer of the kernel exceeds {} bytes", buffer_.size()), EMSGSIZE);
    if (from.nl_pid != 0) continue;  // another process may send to us as well
    return std::span<const uint8_t>(buffer_.data(), static_cast<size_t>(size));
  }
}

Result<> Socket::send_one(Message& request) {
  if (request.overflowed()) return failed(request_name(request.type()) + " is too large", EMSGSIZE);
  request.header()->nlmsg_seq = take_sequence(1);
  return send(request.bytes());
}

Result<Ack> Socket::transact(Message& request) {
  request.header()->nlmsg_flags |= NLM_F_ACK;
  return ask(request, [](const nlmsghdr&) {});
}

Result<Ack> Socket::ask(Message& request, const OnMessage& answer) {
  bool wants_ack = (request.header()->nlmsg_flags & NLM_F_ACK) != 0;
  if (Result<> sent = send_one(request); !sent) return sent.error();
  uint32_t sequence = request.header()->nlmsg_seq;
  std::optional<Ack> ack;
  while (!ack) {
    auto datagram = receive();
    if (!datagram) return datagram.error();
    for_each_message(*datagram, [&](const nlmsghdr& message) {
      if (message.nlmsg_seq != sequence) return;  // late answer to a request that was given up
      if (auto parsed = parse_ack(message)) {
        ack = std::move(parsed);
      } else {
        answer(message);
        if (!wants_ack) ack.emplace();
      }
    });
  }
  return std::move(*ack);
}

Result<> Socket::dump(Message& request, const std::function<void()>& restart, const OnMessage& each) {
  request.header()->nlmsg_flags |= NLM_F_DUMP;
  for (int attempt = 0; attempt < kDumpAttempts; ++attempt) {
    if (attempt > 0) restart();
    Result<bool> consistent = dump_once(request, each);
    if (!consistent) return consistent.error();
    if (*consistent) return Done{};
  }
  return Error{request_name(request.type()) + ": the kernel's tables kept changing while they were read",
               "another program changes the network all the time; try again when it is done", EINTR};
}

Result<bool> Socket::dump_once(Message& request, const OnMessage& each) {
  if (Result<> sent = send_one(request); !sent) return sent.error();
  uint32_t sequence = request.header()->nlmsg_seq;
  bool consistent = true;
  std::optional<Ack> end;
  while (!end) {
    auto datagram = receive();
    if (!datagram) return datagram.error();
    for_each_message(*datagram, [&](const nlmsghdr& message) {
      if (message.nlmsg_seq != sequence || end) return;
      if (message.nlmsg_flags & NLM_F_DUMP_INTR) consistent = false;
      end = parse_ack(message);
      // Even when the rest will be thrown away: the dump must be read to its end.
      if (!end && consistent) each(message);
    });
  }
  if (end->code == 0) return consistent;
  std::string text = request_name(request.type()) + ": " + errno_text(end->code);
  if (!end->extack.empty()) text += " (" + end->extack + ")";
  return Error{text, {}, end->code};
}

}  // namespace netcfg::nl
