#include "netcfg/watch/stream.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>

namespace netcfg::watch {

Result<EchoStream> EchoStream::open(const Ip& target, std::chrono::milliseconds interval) {
  bool v6 = target.family == Family::ipv6;
  int protocol = v6 ? int{IPPROTO_ICMPV6} : int{IPPROTO_ICMP};
  auto fd = probes::open_socket(probes::af_of(target), SOCK_RAW, protocol, std::nullopt);
  if (!fd) return fd.error();
  probes::only_echo_replies(fd->get(), target.family);
  auto request = probes::new_echo(target.family);
  if (!request) return request.error();
  return EchoStream(std::move(*fd), target, *request, interval);
}

EchoStream::EchoStream(Fd fd, const Ip& target, const probes::Echo& request,
                       std::chrono::milliseconds interval)
    : fd_(std::move(fd)),
      family_(target.family),
      request_(request),
      to_(probes::socket_address(target, 0, 0)),
      interval_(interval),
      next_(Clock::now()) {}

void EchoStream::run_timers(Time now) {
  if (now < next_) return;
  next_ = std::max(next_ + interval_, now + interval_ / 2);  // what was missed is not made up for
  probes::Echo packet = probes::numbered(request_, family_, requests_.size());
  requests_.push_back({now, false});
  // One that cannot be sent is as lost as any.
  (void)sendto(fd_.get(), &packet, sizeof packet, MSG_DONTWAIT, to_.get(), to_.size);
}

void EchoStream::on_ready() {
  std::array<char, 512> buffer;
  while (true) {
    ssize_t got = recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got <= 0) return;
    auto reply = probes::echo_reply({buffer.data(), static_cast<size_t>(got)}, family_, request_);
    if (reply && reply->number < requests_.size()) requests_[reply->number].answered = true;
  }
}

Losses EchoStream::losses(Time begin, Time end) const {
  Losses out;
  std::optional<Time> row;
  for (const Request& one : requests_) {
    if (one.sent < begin || one.sent >= end) continue;
    ++out.sent;
    if (one.answered) {
      if (row) out.gap = std::max(out.gap, std::chrono::ceil<std::chrono::milliseconds>(one.sent - *row));
      row.reset();
      continue;
    }
    ++out.lost;
    if (!row) row = one.sent;
  }
  if (row) out.gap = std::max(out.gap, std::chrono::ceil<std::chrono::milliseconds>(end - *row));
  return out;
}

}  // namespace netcfg::watch
