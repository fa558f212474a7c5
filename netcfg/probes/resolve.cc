// Whether a neighbour answers: ARP (RFC 826) and neighbour solicitations (RFC 4861), asked anew rather than
// read from the kernel's cache, which believes for a minute what was true before the change.
#include <fmt/format.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/icmp6.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "netcfg/model/neighbor_messages.h"
#include "netcfg/probes/sockets.h"
#include "netcfg/probes/task.h"

namespace netcfg::probes {
namespace {

constexpr std::chrono::milliseconds kAgain{200};

// Asks again and again, over a link that may be made anew meanwhile.
class Resolve : public Task {
 public:
  Resolve(const Probe& probe, const Links& links)
      : dev_(probe.spec.dev.value_or(IfName{})),
        target_(probe.spec.address),
        source_(probe.source),
        links_(links) {}

  void start() override {
    forget_outcome();
    requests_ = 0;
    // What is there already, an error (the link was down) included, answers nothing.
    for (int empty = 0; fd_ && empty < 2;)
      if (!receive()) ++empty;
    ask();
  }
  bool can_start_again() const override { return true; }
  void on_timer() override { ask(); }
  void on_link() override {
    if (!asked_) ask();
  }
  void add_polls(std::vector<pollfd>& polls) override {
    if (fd_) polls.push_back({fd_.get(), POLLIN, 0});
  }
  void on_ready(int) override {
    while (!outcome()) {
      auto got = receive();
      if (!got) return;
      if (*got) succeed(fmt::format("{} answers on {}", to_string(target_), dev_.view()));
    }
  }

 protected:
  virtual Result<Fd> open(const LiveLink& link) = 0;
  // 0, or an errno.
  virtual int send(const LiveLink& link) = 0;
  // Whether the next packet is the answer; nothing when there is none.
  virtual std::optional<bool> receive() = 0;

  int fd() const { return fd_.get(); }
  const IfName dev_;
  const Ip target_, source_;

 private:
  void ask() {
    again_in(kAgain);
    const LiveLink* link = links_.find(dev_);
    note_ = links_.problem(dev_);
    asked_ = note_.empty();
    if (!asked_) return;
    if (!link->resolves())  // it was made anew, as another
      return succeed(fmt::format("{} has a carrier; no addresses are resolved on it", dev_.view()));
    if (link->index != index_) {
      fd_ = Fd();
      auto opened = open(*link);
      if (!opened) {
        note_ = opened.error().message;
        return;
      }
      fd_ = std::move(*opened);
      index_ = link->index;
    }
    int code = send(*link);
    if (code == 0) ++requests_;
    note_ = code == 0 ? fmt::format("no answer to {} {}", requests_, requests_ == 1 ? "request" : "requests")
                      : fmt::format("cannot ask: {}", text_of(code));
  }

  const Links& links_;
  Fd fd_;
  uint32_t index_ = 0;
  unsigned requests_ = 0;
  bool asked_ = false;
};

// The answer to a probe, and a little more.
using Received = std::array<uint8_t, 128>;

Mac mac_of(const LiveLink& link) {
  Mac out;
  std::copy_n(link.mac.begin(), std::min(link.mac.size(), out.bytes.size()), out.bytes.begin());
  return out;
}

sockaddr_ll everyone_on(const LiveLink& link) {
  sockaddr_ll out{};
  out.sll_family = AF_PACKET;
  out.sll_protocol = htons(ETH_P_ARP);
  out.sll_ifindex = static_cast<int>(link.index);
  out.sll_halen = 6;
  memset(out.sll_addr, 0xff, 6);
  return out;
}

class ArpTask : public Resolve {
  using Resolve::Resolve;

  Result<Fd> open(const LiveLink& link) override {
    auto fd = open_socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_ARP), std::nullopt);
    if (!fd) return fd;
    sockaddr_ll own = everyone_on(link);
    if (bind(fd->get(), reinterpret_cast<sockaddr*>(&own), sizeof own) != 0)
      return Error{fmt::format("cannot listen on {}: {}", dev_.view(), text_of(errno)), {}, errno};
    return fd;
  }

  int send(const LiveLink& link) override {
    // Without an address of its own it asks like one that looks for duplicates (RFC 5227).
    Ip own = source_.family == Family::ipv4 ? source_ : source_towards(target_, dev_, link.index);
    ArpBytes request = arp_request(mac_of(link), own, target_);
    sockaddr_ll all = everyone_on(link);
    auto* to = reinterpret_cast<sockaddr*>(&all);
    return sendto(fd(), request.data(), request.size(), 0, to, sizeof all) < 0 ? errno : 0;
  }

  std::optional<bool> receive() override {
    Received reply{};
    ssize_t size = recv(fd(), reply.data(), reply.size(), 0);
    if (size < 0) return std::nullopt;
    return is_arp_reply({reply.data(), static_cast<size_t>(size)}, target_);
  }
};

class NdTask : public Resolve {
  using Resolve::Resolve;

  Result<Fd> open(const LiveLink& link) override {
    auto fd = open_socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6, dev_);
    if (!fd) return fd;
    icmp6_filter only{};
    ICMP6_FILTER_SETBLOCKALL(&only);
    ICMP6_FILTER_SETPASS(ND_NEIGHBOR_ADVERT, &only);
    bool ready = setsockopt(fd->get(), IPPROTO_ICMPV6, ICMP6_FILTER, &only, sizeof only) == 0 &&
                 set_option(fd->get(), IPPROTO_IPV6, IPV6_MULTICAST_HOPS, kNdHopLimit) &&
                 set_option(fd->get(), IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1) &&
                 set_option(fd->get(), IPPROTO_IPV6, IPV6_MULTICAST_IF, static_cast<int>(link.index));
    if (!ready) return Error{fmt::format("cannot set a socket up: {}", text_of(errno)), {}, errno};
    return fd;
  }

  int send(const LiveLink& link) override {
    NdBytes request = neighbor_solicitation(mac_of(link), target_);
    SocketAddress to = socket_address(solicited_node(target_), 0, link.index);
    return sendto(fd(), request.data(), request.size(), 0, to.get(), to.size) < 0 ? errno : 0;
  }

  std::optional<bool> receive() override {
    Received reply{};
    iovec part{reply.data(), reply.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &part, message.msg_iovlen = 1;
    message.msg_control = control.data(), message.msg_controllen = control.size();
    ssize_t size = recvmsg(fd(), &message, 0);
    if (size < 0) return std::nullopt;
    int hops = 0;
    const cmsghdr* extra = CMSG_FIRSTHDR(&message);
    if (extra && extra->cmsg_level == IPPROTO_IPV6 && extra->cmsg_type == IPV6_HOPLIMIT)
      memcpy(&hops, CMSG_DATA(extra), sizeof hops);
    return hops == kNdHopLimit &&
           is_neighbor_advertisement({reply.data(), static_cast<size_t>(size)}, target_);
  }
};

}  // namespace

std::unique_ptr<Task> arp_task(const Probe& probe, const Links& links) {
  return std::make_unique<ArpTask>(probe, links);
}
std::unique_ptr<Task> nd_task(const Probe& probe, const Links& links) {
  return std::make_unique<NdTask>(probe, links);
}

}  // namespace netcfg::probes
