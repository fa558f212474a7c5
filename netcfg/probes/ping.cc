#include <fmt/format.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "netcfg/probes/sockets.h"
#include "netcfg/probes/task.h"

namespace netcfg::probes {
namespace {

// ICMP and ICMPv6 have the same form here (RFC 792, RFC 4443).
struct Echo {
  uint8_t type = 0, code = 0;
  uint16_t checksum = 0, id = 0, sequence = 0;
  std::array<uint8_t, 16> cookie{};
};

uint16_t checksum(const Echo& echo) {
  std::array<uint16_t, sizeof echo / 2> words{};
  memcpy(words.data(), &echo, sizeof echo);
  uint32_t sum = 0;
  for (uint16_t word : words) sum += word;
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

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
    if (v6_) {
      icmp6_filter only{};
      ICMP6_FILTER_SETBLOCKALL(&only);
      ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &only);
      (void)setsockopt(fd_.get(), IPPROTO_ICMPV6, ICMP6_FILTER, &only, sizeof only);
    }
    // Tells this probe from every other ping on the host.
    if (getrandom(&request_.id, sizeof request_.id, 0) < 0 ||
        getrandom(request_.cookie.data(), request_.cookie.size(), 0) < 0)
      return fail(text_of(errno));
    request_.type = v6_ ? ICMP6_ECHO_REQUEST : ICMP_ECHO;
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
    request_.sequence = htons(static_cast<uint16_t>(tried_));
    request_.checksum = 0;
    if (!v6_) request_.checksum = checksum(request_);  // of ICMPv6 the kernel makes it
    const LiveLink* link = spec_.dev ? links_.find(*spec_.dev) : nullptr;
    SocketAddress to = socket_address(spec_.address, 0, link ? link->index : 0);
    if (sendto(fd_.get(), &request_, sizeof request_, 0, to.get(), to.size) < 0) {
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
    size_t head = 0;
    if (!v6_ && size > 0) head = static_cast<size_t>(data[0] & 0xf) * 4;  // the IP header comes along
    if (size < head + sizeof(Echo) || !is_target(from)) return;
    Echo reply;
    memcpy(static_cast<void*>(&reply), data + head, sizeof reply);
    uint8_t wanted = v6_ ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY;
    if (reply.type != wanted || reply.id != request_.id || reply.cookie != request_.cookie) return;
    succeed(fmt::format("answer to request {} of {}", ntohs(reply.sequence), count()));
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
