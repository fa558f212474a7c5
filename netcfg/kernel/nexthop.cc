#include "netcfg/kernel/nexthop.h"

#include <linux/nexthop.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <cerrno>

#include "netcfg/kernel/attributes.h"

namespace netcfg::nl {
namespace {

constexpr uint16_t kResilientAttrs[] = {NHA_RES_GROUP_BUCKETS, NHA_RES_GROUP_IDLE_TIMER,
                                        NHA_RES_GROUP_UNBALANCED_TIMER};
static_assert(std::size(kResilientAttrs) == std::size(kResilientFields));
static_assert(kResilientFields[0].name == "buckets" && kResilientFields[1].name == "idle-timer" &&
              kResilientFields[2].name == "unbalanced-timer");

void put_group(Message& m, const Nexthop& n) {
  std::vector<nexthop_grp> members;
  for (const NexthopMember& member : n.group) {
    nexthop_grp& entry = members.emplace_back();
    entry = {};
    entry.id = member.id;
    entry.weight = static_cast<uint8_t>(member.weight - 1);
  }
  m.put_bytes(NHA_GROUP, members.data(), members.size() * sizeof(nexthop_grp));
  if (!n.resilient) return;
  m.put<uint16_t>(NHA_GROUP_TYPE, NEXTHOP_GRP_TYPE_RES);
  Nest nest(m, NHA_RES_GROUP);
  if (n.resilient->buckets) m.put(NHA_RES_GROUP_BUCKETS, *n.resilient->buckets);
  if (n.resilient->idle_timer) m.put(NHA_RES_GROUP_IDLE_TIMER, *n.resilient->idle_timer);
  if (n.resilient->unbalanced_timer) m.put(NHA_RES_GROUP_UNBALANCED_TIMER, *n.resilient->unbalanced_timer);
}

void get_group(const nlattr* group, Nexthop& out) {
  size_t count = static_cast<size_t>(nla_len(group)) / sizeof(nexthop_grp);
  const char* at = static_cast<const char*>(nla_data(group));
  for (size_t i = 0; i < count; ++i) {
    nexthop_grp entry{};
    memcpy(&entry, at + i * sizeof entry, sizeof entry);
    // resvd1 is the upper byte of weights beyond 256 (Linux 6.12 and later).
    uint32_t weight = (static_cast<uint32_t>(entry.resvd1) << 8 | entry.weight) + 1;
    out.group.push_back({entry.id, static_cast<uint16_t>(std::min<uint32_t>(weight, UINT16_MAX))});
  }
  std::sort(out.group.begin(), out.group.end());
}

void get_resilient(const nlattr* nest, Nexthop& out) {
  Attributes<NHA_RES_GROUP_UNBALANCED_TIMER> a(nest);
  Resilient& resilient = out.resilient.emplace();
  resilient.buckets = get<uint16_t>(a[NHA_RES_GROUP_BUCKETS]);
  resilient.idle_timer = get<uint32_t>(a[NHA_RES_GROUP_IDLE_TIMER]);
  resilient.unbalanced_timer = get<uint32_t>(a[NHA_RES_GROUP_UNBALANCED_TIMER]);
}

}  // namespace

MissingLink encode_nexthop(Message& m, Action action, const Nexthop& n, Indexes& indexes) {
  bool remove = action == Action::remove;
  auto& header = m.start<nhmsg>(remove ? RTM_DELNEXTHOP : RTM_NEWNEXTHOP, write_flags(action));
  if (remove) {
    // Nothing else may be said (nh_valid_get_del_req()).
    m.put(NHA_ID, n.id);
    return std::nullopt;
  }
  header.nh_family = n.is_group() ? uint8_t{AF_UNSPEC} : af_of(n.family);
  header.nh_protocol = n.protocol;
  if (n.onlink) header.nh_flags |= RTNH_F_ONLINK;
  m.put(NHA_ID, n.id);
  if (n.is_group()) {
    put_group(m, n);
  } else if (n.blackhole) {
    m.put_flag(NHA_BLACKHOLE);
  } else {
    uint32_t index = 0;
    if (!n.dev.empty()) {
      if (auto missing = find_index(indexes, n.dev, index)) return missing;
      m.put(NHA_OIF, index);
    }
    if (n.via) m.put_ip(NHA_GATEWAY, n.via);
  }
  if (n.fdb) m.put_flag(NHA_FDB);
  return std::nullopt;
}

std::optional<Nexthop> decode_nexthop(const nlmsghdr& message, const Names& names) {
  nhmsg header{};
  if (message.nlmsg_type != RTM_NEWNEXTHOP || !read_header(message, header)) return std::nullopt;
  auto a = Attributes<NHA_RES_GROUP>::behind<nhmsg>(message);
  Nexthop n;
  n.id = get<uint32_t>(a[NHA_ID]).value_or(0);
  if (n.id == 0 || a[NHA_ENCAP_TYPE]) return std::nullopt;
  n.protocol = header.nh_protocol;
  n.onlink = (header.nh_flags & RTNH_F_ONLINK) != 0;
  n.fdb = a[NHA_FDB] != nullptr;
  if (a[NHA_GROUP]) {
    get_group(a[NHA_GROUP], n);
    if (get<uint16_t>(a[NHA_GROUP_TYPE]).value_or(0) == NEXTHOP_GRP_TYPE_RES)
      get_resilient(a[NHA_RES_GROUP], n);
    return n.group.empty() ? std::nullopt : std::optional(std::move(n));
  }
  n.family = family_of(header.nh_family);
  n.blackhole = a[NHA_BLACKHOLE] != nullptr;
  if (auto index = get<uint32_t>(a[NHA_OIF]); index && !n.blackhole) n.dev = names.name(*index);
  n.via = get_ip(a[NHA_GATEWAY], n.family);
  return n.family == Family::none ? std::nullopt : std::optional(std::move(n));
}

}  // namespace netcfg::nl
