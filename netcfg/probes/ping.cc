#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "netcfg/probes/echo.h"
#include "netcfg/probes/task.h"

namespace netcfg::probes {
namespace {

class Ping : public Task {
 public:
  Ping(const Probe& probe, const Links& links)
      : probe_(probe), spec_(probe.spec), links_(links), v6_(spec_.address.family == Family::ipv6) {}

  void start() override {
    const LiveLink* link = spec_.dev ? links_.find(*spec_.dev) : nullptr;
    auto opened =
        open_for(probe_, SOCK_RAW, v6_ ? int{IPPROTO_ICMPV6} : int{IPPROTO_ICMP}, link ? link->index : 0);
    if (!opened) return fail(opened.error().message);
    fd_ = std::move(*opened);
    only_echo_replies(fd_.get(), spec_.address.family);
    auto request = new_echo(spec_.address.family);
    if (!request) return fail(request.error().message);
    request_ = *request;
    uint32_t timeout = spec_.timeout.value_or(kProbeTimeout);
    pause_ = std::chrono::milliseconds(std::min<uint32_t>(1000, std::max<uint32_t>(1, timeout / count())));
    ask();
  }
  void add_polls(std::vector<pollfd>& polls) override { polls.push_back({fd_.get(), POLLIN, 0}); }
  void on_timer() override { ask(); }
  void on_ready(int) override {
    std::array<char, 512> buffer;
    while (!outcome()) {
      sockaddr_storage from{};
      socklen_t length = sizeof from;
      ssize_t size =
          recvfrom(fd_.get(), buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&from), &length);
      if (size < 0) return;
      take(buffer.data(), static_cast<size_t>(size), from);
    }
  }

 private:
  uint32_t count() const { return spec_.count.value_or(kPingCount); }

  void ask() {
    if (tried_ == count()) return;
    again_in(pause_);
    ++tried_;
    Echo request = numbered(request_, spec_.address.family, tried_);
    const LiveLink* link = spec_.dev ? links_.find(*spec_.dev) : nullptr;
    SocketAddress to = socket_address(spec_.address, 0, link ? link->index : 0);
    if (sendto(fd_.get(), &request, sizeof request, 0, to.get(), to.size) < 0) {
      note_ = text_of(errno);
      return;
    }
    ++sent_;
    note_ = fmt::format("no answer to {} echo {}", sent_, sent_ == 1 ? "request" : "requests");
  }

  bool is_target(const sockaddr_storage& from) const {
    const void* at = v6_ ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in6&>(from).sin6_addr)
                         : static_cast<const void*>(&reinterpret_cast<const sockaddr_in&>(from).sin_addr);
    return memcmp(at, spec_.address.bytes.data(), spec_.address.size()) == 0;
  }

  void take(const char* data, size_t size, const sockaddr_storage& from) {
    auto reply = is_target(from) ? echo_reply({data, size}, spec_.address.family, request_) : std::nullopt;
    if (!reply) return;
    succeed(fmt::format("answer to request {} of {}", reply->number, count()));
  }

  const Probe& probe_;
  const ProbeSpec& spec_;
  const Links& links_;
  const bool v6_;
  Fd fd_;
  Echo request_;
  std::chrono::milliseconds pause_{};
  uint32_t tried_ = 0, sent_ = 0;
};

}  // namespace

std::unique_ptr<Task> ping_task(const Probe& probe, const Links& links) {
  return std::make_unique<Ping>(probe, links);
}

}  // namespace netcfg::probes
