#include "netcfg/kernel/rule.h"

#include <endian.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

#include "netcfg/kernel/attributes.h"

namespace netcfg::nl {
namespace {

// Whoever adds a selector encodes and decodes it here.
static_assert(std::size(kRuleFields) == 15);

void put_ports(Message& m, uint16_t type, const std::optional<Span>& ports) {
  if (ports)
    m.put(type, fib_rule_port_range{static_cast<uint16_t>(ports->first), static_cast<uint16_t>(ports->last)});
}

std::optional<Span> get_ports(const nlattr* attribute) {
  auto range = get<fib_rule_port_range>(attribute);
  if (!range) return std::nullopt;
  return Span{range->start, range->end};
}

void put_selectors(Message& m, const Rule& r) {
  if (r.from && r.from->length > 0) m.put_ip(FRA_SRC, r.from->ip);
  if (r.to && r.to->length > 0) m.put_ip(FRA_DST, r.to->ip);
  if (r.iif && !r.iif->empty()) m.put_name(FRA_IIFNAME, *r.iif);
  if (r.oif && !r.oif->empty()) m.put_name(FRA_OIFNAME, *r.oif);
  if (r.fwmark) {
    m.put(FRA_FWMARK, r.fwmark->value);
    m.put(FRA_FWMASK, r.fwmark->mask);
  }
  if (r.ip_proto) m.put(FRA_IP_PROTO, *r.ip_proto);
  put_ports(m, FRA_SPORT_RANGE, r.sport);
  put_ports(m, FRA_DPORT_RANGE, r.dport);
  if (r.uid_range) m.put(FRA_UID_RANGE, fib_rule_uid_range{r.uid_range->first, r.uid_range->last});
  if (r.tun_id) m.put(FRA_TUN_ID, htobe64(*r.tun_id));
  if (r.l3mdev.value_or(false)) m.put<uint8_t>(FRA_L3MDEV, 1);
}

void put_action(Message& m, fib_rule_hdr& header, const Rule& r) {
  header.action = static_cast<uint8_t>(r.action.value_or(RuleAction::lookup));
  if (uint32_t table = r.table.value_or(0); table < 256)
    header.table = static_cast<uint8_t>(table);
  else
    m.put(FRA_TABLE, table);
  if (r.goto_priority) m.put(FRA_GOTO, *r.goto_priority);
  if (r.suppress_prefix_length)
    m.put(FRA_SUPPRESS_PREFIXLEN, static_cast<uint32_t>(*r.suppress_prefix_length));
  if (r.suppress_group) m.put(FRA_SUPPRESS_IFGROUP, static_cast<uint32_t>(*r.suppress_group));
}

using RuleAttributes = Attributes<FRA_DPORT_RANGE>;

void get_selectors(const fib_rule_hdr& header, const RuleAttributes& a, Rule& r) {
  if (header.src_len > 0) r.from = Prefix{get_ip(a[FRA_SRC], r.family), header.src_len};
  if (header.dst_len > 0) r.to = Prefix{get_ip(a[FRA_DST], r.family), header.dst_len};
  if (a[FRA_IIFNAME]) r.iif = IfName(get_text(a[FRA_IIFNAME]));
  if (a[FRA_OIFNAME]) r.oif = IfName(get_text(a[FRA_OIFNAME]));
  auto mark = get<uint32_t>(a[FRA_FWMARK]);
  auto mask = get<uint32_t>(a[FRA_FWMASK]);
  if (mark || mask) r.fwmark = Mark{mark.value_or(0), mask.value_or(UINT32_MAX)};
  if (header.tos != 0) r.tos = header.tos;
  r.ip_proto = get<uint8_t>(a[FRA_IP_PROTO]);
  r.sport = get_ports(a[FRA_SPORT_RANGE]);
  r.dport = get_ports(a[FRA_DPORT_RANGE]);
  if (auto uids = get<fib_rule_uid_range>(a[FRA_UID_RANGE])) r.uid_range = Span{uids->start, uids->end};
  if (auto tunnel = get<uint64_t>(a[FRA_TUN_ID])) r.tun_id = be64toh(*tunnel);
  if (get<uint8_t>(a[FRA_L3MDEV]).value_or(0) != 0) r.l3mdev = true;
}

// The suppressors are always reported, -1 for none.
std::optional<int32_t> get_limit(const nlattr* attribute) {
  auto value = get<int32_t>(attribute);
  return value && *value >= 0 ? value : std::nullopt;
}

void get_action(const fib_rule_hdr& header, const RuleAttributes& a, Rule& r) {
  r.action = static_cast<RuleAction>(header.action);
  uint32_t table = get<uint32_t>(a[FRA_TABLE]).value_or(header.table);
  if (r.action == RuleAction::lookup && table != 0) r.table = table;
  if (r.action == RuleAction::goto_) r.goto_priority = get<uint32_t>(a[FRA_GOTO]);
  r.suppress_prefix_length = get_limit(a[FRA_SUPPRESS_PREFIXLEN]);
  r.suppress_group = get_limit(a[FRA_SUPPRESS_IFGROUP]);
  if (header.flags & FIB_RULE_INVERT) r.invert = true;
}

}  // namespace

void encode_rule(Message& m, Action action, const Rule& r) {
  bool remove = action == Action::remove;
  auto& header = m.start<fib_rule_hdr>(remove ? RTM_DELRULE : RTM_NEWRULE, remove ? 0 : NLM_F_CREATE);
  header.family = af_of(r.family);
  header.src_len = r.from ? r.from->length : 0;
  header.dst_len = r.to ? r.to->length : 0;
  header.tos = r.tos.value_or(0);
  if (r.invert.value_or(false)) header.flags |= FIB_RULE_INVERT;
  // Without it the kernel takes a priority of its own; 0 is one as well.
  m.put(FRA_PRIORITY, r.priority);
  put_selectors(m, r);
  put_action(m, header, r);
  m.put(FRA_PROTOCOL, r.protocol);
}

std::optional<Rule> decode_rule(const nlmsghdr& message) {
  fib_rule_hdr header{};
  if (message.nlmsg_type != RTM_NEWRULE || !read_header(message, header)) return std::nullopt;
  Rule r;
  // Multicast routing has rules of its own (RTNL_FAMILY_IPMR).
  r.family = family_of(header.family);
  if (r.family == Family::none) return std::nullopt;
  uint8_t bits = address_bits(r.family);
  if (header.src_len > bits || header.dst_len > bits) return std::nullopt;
  auto attributes = RuleAttributes::behind<fib_rule_hdr>(message);
  r.priority = get<uint32_t>(attributes[FRA_PRIORITY]).value_or(0);
  r.protocol = get<uint8_t>(attributes[FRA_PROTOCOL]).value_or(0);
  get_selectors(header, attributes, r);
  get_action(header, attributes, r);
  return r;
}

}  // namespace netcfg::nl
