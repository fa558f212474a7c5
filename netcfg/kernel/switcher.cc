#include "netcfg/kernel/switcher.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "netcfg/base/fd.h"
#include "netcfg/kernel/attributes.h"
#include "netcfg/kernel/nexthop.h"
#include "netcfg/kernel/route.h"
#include "netcfg/kernel/socket.h"

namespace netcfg {
namespace {

using namespace nl;

// The kernel answers at once; a watcher must not hang on it.
constexpr std::chrono::milliseconds kPatience{5000};

Error refused(const std::string& what, const Ack& ack) {
  std::string text = fmt::format("{}: {}", what, errno_text(ack.code));
  if (!ack.extack.empty()) text += fmt::format(" ({})", ack.extack);
  return {text, {}, ack.code};
}

Result<> outcome(const std::string& what, const Result<Ack>& ack, int harmless = 0) {
  if (!ack) return ack.error();
  if (ack->code == 0 || ack->code == harmless) return Done{};
  return refused(what, *ack);
}

// ctnetlink is another netlink family, and not always there.
class Conntrack {
 public:
  Result<> forget(const Mark& mark) {
    if (!fd_) fd_ = Fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER));
    if (!fd_) return Error{"cannot reach conntrack: " + errno_text(errno), {}, errno};
    Message m;
    constexpr uint16_t kDelete = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE;
    auto& head = m.start<nfgenmsg>(kDelete, NLM_F_REQUEST | NLM_F_ACK);
    head.nfgen_family = AF_UNSPEC;
    m.put(CTA_MARK, htonl(mark.value));
    m.put(CTA_MARK_MASK, htonl(mark.mask));
    auto bytes = m.bytes();
    if (send(fd_.get(), bytes.data(), bytes.size(), 0) < 0)
      return Error{"cannot ask conntrack: " + errno_text(errno), {}, errno};
    return answer();
  }

 private:
  // The kernel answers before send(2) returns.
  Result<> answer() {
    alignas(nlmsghdr) std::array<uint8_t, 8192> buffer;
    ssize_t size = recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (size < 0) return Error{"conntrack does not answer: " + errno_text(errno), {}, errno};
    std::optional<Ack> ack;
    for_each_message(std::span(buffer.data(), static_cast<size_t>(size)), [&](const nlmsghdr& message) {
      if (!ack) ack = parse_ack(message);
    });
    if (!ack) return Error{"conntrack does not answer", {}, EBADMSG};
    return outcome("IPCTNL_MSG_CT_DELETE", *ack, ENOENT);
  }

  Fd fd_;
};

class NetlinkSwitcher : public Switcher {
 public:
  explicit NetlinkSwitcher(Socket socket) : socket_(std::move(socket)) {}

  Result<std::vector<Nexthop>> nexthops(uint32_t first, uint32_t last) override {
    std::vector<Nexthop> out;
    const Names no_names;  // what is there counts, not by which link
    message_.start<nhmsg>(RTM_GETNEXTHOP, NLM_F_REQUEST);
    auto done = socket_.dump(
        message_, [&] { out.clear(); },
        [&](const nlmsghdr& message) {
          auto one = decode_nexthop(message, no_names);
          if (one && one->id >= first && one->id <= last) out.push_back(std::move(*one));
        });
    if (!done) return done.error();
    std::ranges::sort(out, {}, &Nexthop::id);
    return out;
  }

  Result<> make(const Nexthop& nexthop) override { return put(nexthop, NLM_F_CREATE | NLM_F_REPLACE); }
  Result<> replace(const Nexthop& nexthop) override { return put(nexthop, NLM_F_REPLACE); }

  Result<> restore(const Route& route) override {
    LiveIndexes indexes(socket_);
    if (auto missing = encode_route(message_, Action::create, route, indexes))
      return Error{fmt::format("no interface for route {}", to_string(route.to)), {}, ENODEV};
    return outcome(fmt::format("RTM_NEWROUTE {} table {}", to_string(route.to), route.table),
                   socket_.transact(message_), EEXIST);
  }

  Result<> forget_connections(const Mark& mark) override {
    if (mark.value == 0 || (mark.value & mark.mask) != mark.value) return Done{};
    return conntrack_.forget(mark);
  }

 private:
  Result<> put(const Nexthop& nexthop, uint16_t how) {
    LiveIndexes indexes(socket_);
    if (auto missing = encode_nexthop(message_, Action::restore, nexthop, indexes))
      return Error{fmt::format("no interface {}", missing->view()), {}, ENODEV};
    uint16_t& flags = message_.header()->nlmsg_flags;
    flags = static_cast<uint16_t>((flags & ~(NLM_F_CREATE | NLM_F_REPLACE)) | how);
    return outcome(fmt::format("RTM_NEWNEXTHOP {}", nexthop.id), socket_.transact(message_));
  }

  Socket socket_;
  Message message_;
  Conntrack conntrack_;
};

}  // namespace

Result<std::unique_ptr<Switcher>> open_switcher() {
  auto socket = Socket::open(kPatience);
  if (!socket) return socket.error();
  return std::unique_ptr<Switcher>(std::make_unique<NetlinkSwitcher>(std::move(*socket)));
}

}  // namespace netcfg
