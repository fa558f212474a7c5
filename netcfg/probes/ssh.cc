// What the kernel knows of the TCP connection that the session comes by.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <net/if.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "netcfg/base/fd.h"
#include "netcfg/probes/task.h"

namespace netcfg::probes {
namespace {

constexpr std::chrono::milliseconds kAgain{100};
constexpr int64_t kSpeaks = 200;  // ms: what is written to a terminal is read, encrypted and sent by others
constexpr int kTick = 10;        // ms: the kernel counts in jiffies, of which there are 100 a second at least
constexpr int kEstablished = 1;  // TCP_ESTABLISHED
constexpr std::string_view kStates[] = {"?",          "ESTABLISHED", "SYN_SENT",  "SYN_RECV",
                                        "FIN_WAIT1",  "FIN_WAIT2",   "TIME_WAIT", "CLOSE",
                                        "CLOSE_WAIT", "LAST_ACK",    "LISTEN",    "CLOSING"};

struct Request {
  nlmsghdr head;
  inet_diag_req_v2 body;
};

Request request_for(const TcpSession& session) {
  Request out{};
  out.head.nlmsg_len = sizeof out;
  out.head.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  out.head.nlmsg_flags = NLM_F_REQUEST;
  out.body.sdiag_family = session.own.family == Family::ipv6 ? AF_INET6 : AF_INET;
  out.body.sdiag_protocol = IPPROTO_TCP;
  out.body.idiag_ext = 1 << (INET_DIAG_INFO - 1);
  out.body.idiag_states = UINT32_MAX;
  inet_diag_sockid& id = out.body.id;
  id.idiag_sport = htons(session.own_port), id.idiag_dport = htons(session.peer_port);
  memcpy(id.idiag_src, session.own.bytes.data(), session.own.size());
  memcpy(id.idiag_dst, session.peer.bytes.data(), session.peer.size());
  if (!session.zone.empty()) id.idiag_if = if_nametoindex(std::string(session.zone.view()).c_str());
  id.idiag_cookie[0] = id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  return out;
}

struct Seen {
  int state = 0;
  tcp_info info{};
};

Result<Seen> parse(const char* data, size_t size) {
  const auto* head = reinterpret_cast<const nlmsghdr*>(data);
  if (!NLMSG_OK(head, size)) return Error{"the kernel's answer is cut off", {}, EBADMSG};
  if (head->nlmsg_type == NLMSG_ERROR) {
    int code = -static_cast<const nlmsgerr*>(NLMSG_DATA(head))->error;
    return Error{code == ENOENT ? "the connection is no more"
                                : fmt::format("the kernel does not tell (tcp_diag): {}", strerror(code)),
                 {},
                 code};
  }
  if (head->nlmsg_len < NLMSG_LENGTH(sizeof(inet_diag_msg)))
    return Error{"the kernel's answer is cut off", {}, EBADMSG};
  const auto* message = static_cast<const inet_diag_msg*>(NLMSG_DATA(head));
  Seen out{message->idiag_state, {}};
  auto left = static_cast<int>(head->nlmsg_len - NLMSG_LENGTH(sizeof *message));
  const auto* at = reinterpret_cast<const rtattr*>(message + 1);
  for (; RTA_OK(at, left); at = RTA_NEXT(at, left))
    if (at->rta_type == INET_DIAG_INFO)
      memcpy(&out.info, RTA_DATA(at), std::min<size_t>(RTA_PAYLOAD(at), sizeof out.info));
  return out;
}

Result<Seen> look_at(const TcpSession& session) {
  Fd fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  if (!fd) return Error{fmt::format("cannot ask the kernel: {}", strerror(errno)), {}, errno};
  Request request = request_for(session);
  // The kernel answers before send() returns.
  if (send(fd.get(), &request, sizeof request, 0) < 0)
    return Error{fmt::format("cannot ask the kernel: {}", strerror(errno)), {}, errno};
  alignas(nlmsghdr) std::array<char, 8192> buffer;
  ssize_t size = recv(fd.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (size < 0) return Error{fmt::format("the kernel does not answer: {}", strerror(errno)), {}, errno};
  return parse(buffer.data(), static_cast<size_t>(size));
}

class Ssh : public Task {
 public:
  explicit Ssh(const Probe& probe) : probe_(probe) {}
  void start() override { look(); }
  void on_timer() override { look(); }

 private:
  void look() {
    again_in(kAgain);
    auto seen = look_at(probe_.session);
    if (!seen) return fail(seen.error().message);
    if (seen->state != kEstablished) {
      bool known = static_cast<size_t>(seen->state) < std::size(kStates);
      // The kernel names the listener where there is no connection.
      bool listens = known && kStates[seen->state] == "LISTEN";
      return fail(listens ? "the connection is no more"
                          : fmt::format("the connection is in state {}", known ? kStates[seen->state] : "?"));
    }
    judge(seen->info);
  }

  void judge(const tcp_info& info) {
    if (info.tcpi_retransmits > 0 || info.tcpi_backoff > 0 || info.tcpi_probes > 0) {
      note_ = fmt::format("{} retransmissions, the last acknowledgement came {} ms ago",
                          info.tcpi_retransmits, info.tcpi_last_ack_recv);
      return;
    }
    if (!probe_.since)
      return succeed(fmt::format("established, last acknowledged {} ms ago", info.tcpi_last_ack_recv));
    auto past = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - *probe_.since).count();
    if (info.tcpi_last_ack_recv + kTick < past && info.tcpi_unacked == 0)
      return succeed(fmt::format("acknowledged {} ms ago, after the change", info.tcpi_last_ack_recv));
    // What was sent before the change and is acknowledged shows nothing about after it.
    if (info.tcpi_unacked > 0 || info.tcpi_last_data_sent + kTick < past) {
      note_ = fmt::format("what was sent {} ms ago is not acknowledged", info.tcpi_last_data_sent);
      return;
    }
    // An idle session is no failure: its time must not end over that.
    int64_t speaks = std::min(kSpeaks, int64_t{probe_.spec.timeout.value_or(kProbeTimeout)} / 2);
    if (past >= 0 && past < speaks) return;
    succeed("established, but nothing was sent since the change: not proven to work");
  }

  const Probe& probe_;
};

}  // namespace

std::unique_ptr<Task> ssh_task(const Probe& probe) {
  return std::make_unique<Ssh>(probe);
}

}  // namespace netcfg::probes
