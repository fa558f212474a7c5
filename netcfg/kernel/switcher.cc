#include "netcfg/kernel/switcher.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/nexthop.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "netcfg/base/fd.h"
#include "netcfg/kernel/attributes.h"
#include "netcfg/kernel/names.h"
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

void take_group(const nlattr* attribute, Nexthop& out) {
  const auto* at = static_cast<const nexthop_grp*>(nla_data(attribute));
  for (size_t n = static_cast<size_t>(nla_len(attribute)) / sizeof *at; n > 0; --n, ++at)
    out.group.push_back({at->id, static_cast<uint16_t>(at->weight + 1)});
  std::ranges::sort(out.group);
}

void take_resilient(const nlattr* attribute, Nexthop& out) {
  Attributes<NHA_RES_GROUP_MAX> res(attribute);
  out.resilient.emplace();
  out.resilient->buckets = get<uint16_t>(res[NHA_RES_GROUP_BUCKETS]).value_or(1);
  out.resilient->idle_timer = get<uint32_t>(res[NHA_RES_GROUP_IDLE_TIMER]).value_or(0);
  out.resilient->unbalanced_timer = get<uint32_t>(res[NHA_RES_GROUP_UNBALANCED_TIMER]).value_or(0);
}

// Without its device: what is there counts, not by which index.
std::optional<Nexthop> decode(const nlmsghdr& message) {
  nhmsg head{};
  if (message.nlmsg_type != RTM_NEWNEXTHOP || !read_header(message, head)) return std::nullopt;
  auto attributes = Attributes<NHA_MAX>::behind<nhmsg>(message);
  Nexthop out;
  out.id = get<uint32_t>(attributes[NHA_ID]).value_or(0);
  out.family = family_of(head.nh_family);
  out.protocol = head.nh_protocol;
  out.via = get_ip(attributes[NHA_GATEWAY], out.family);
  out.blackhole = attributes[NHA_BLACKHOLE] != nullptr;
  out.onlink = (head.nh_flags & RTNH_F_ONLINK) != 0;
  if (attributes[NHA_GROUP]) take_group(attributes[NHA_GROUP], out);
  if (attributes[NHA_RES_GROUP]) take_resilient(attributes[NHA_RES_GROUP], out);
  return out;
}

void put_group(Message& m, const Nexthop& nexthop) {
  std::vector<nexthop_grp> members;
  for (const NexthopMember& member : nexthop.group)
    members.push_back({member.id, static_cast<uint8_t>(member.weight - 1), 0, 0});
  m.put_bytes(NHA_GROUP, members.data(), members.size() * sizeof members[0]);
  if (!nexthop.resilient) return;
  m.put<uint16_t>(NHA_GROUP_TYPE, NEXTHOP_GRP_TYPE_RES);
  Nest nest(m, NHA_RES_GROUP);
  if (nexthop.resilient->buckets) m.put(NHA_RES_GROUP_BUCKETS, *nexthop.resilient->buckets);
  if (nexthop.resilient->idle_timer) m.put(NHA_RES_GROUP_IDLE_TIMER, *nexthop.resilient->idle_timer);
  if (nexthop.resilient->unbalanced_timer)
    m.put(NHA_RES_GROUP_UNBALANCED_TIMER, *nexthop.resilient->unbalanced_timer);
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
    message_.start<nhmsg>(RTM_GETNEXTHOP, NLM_F_REQUEST);
    auto done = socket_.dump(
        message_, [&] { out.clear(); },
        [&](const nlmsghdr& message) {
          auto one = decode(message);
          if (one && one->id >= first && one->id <= last) out.push_back(std::move(*one));
        });
    if (!done) return done.error();
    std::ranges::sort(out, {}, &Nexthop::id);
    return out;
  }

  Result<> put(const Nexthop& nexthop) override {
    uint32_t index = nexthop.dev.empty() ? 0 : LiveIndexes(socket_).index(nexthop.dev);
    if (index == 0 && !nexthop.dev.empty())
      return Error{fmt::format("no interface {}", nexthop.dev.view()), {}, ENODEV};
    auto& head = message_.start<nhmsg>(RTM_NEWNEXTHOP, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_REPLACE);
    head.nh_family = nexthop.is_group() ? uint8_t{AF_UNSPEC} : nl::af_of(nexthop.family);
    head.nh_protocol = nexthop.protocol;
    if (nexthop.onlink) head.nh_flags |= RTNH_F_ONLINK;
    message_.put(NHA_ID, nexthop.id);
    if (nexthop.is_group()) put_group(message_, nexthop);
    if (nexthop.blackhole) message_.put_flag(NHA_BLACKHOLE);
    if (nexthop.via) message_.put_ip(NHA_GATEWAY, nexthop.via);
    if (index != 0) message_.put(NHA_OIF, index);
    return outcome(fmt::format("RTM_NEWNEXTHOP {}", nexthop.id), socket_.transact(message_));
  }

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
