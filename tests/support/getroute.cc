#include "tests/support/getroute.h"

#include <fmt/format.h>

#include <algorithm>

#include "netcfg/kernel/attributes.h"

namespace netcfg::test {
namespace {

uint32_t index_of(const std::vector<Link>& links, const IfName& name) {
  auto at = std::ranges::find(links, name, &Link::name);
  return at == links.end() ? 0 : at->index;
}

IfName name_of(const std::vector<Link>& links, uint32_t index) {
  auto at = std::ranges::find(links, index, &Link::index);
  return at == links.end() ? IfName{} : at->name;
}

void put_port(nl::Message& message, uint16_t type, uint16_t port) {
  if (port != 0) message.put(type, __builtin_bswap16(port));
}

void build(nl::Message& m, const Flow& flow, const std::vector<Link>& links) {
  auto& header = m.start<rtmsg>(RTM_GETROUTE, 0);
  header.rtm_family = nl::af_of(flow.destination.family);
  header.rtm_dst_len = address_bits(flow.destination.family);
  header.rtm_src_len = flow.source ? address_bits(flow.source.family) : uint8_t{0};
  header.rtm_tos = flow.tos;
  // Strict checking lets only IPv4 requests ask for the table; IPv6 answers tell it anyway.
  if (flow.destination.family == Family::ipv4) header.rtm_flags = RTM_F_LOOKUP_TABLE;
  m.put_ip(RTA_DST, flow.destination);
  if (flow.source) m.put_ip(RTA_SRC, flow.source);
  if (!flow.iif.empty()) m.put(RTA_IIF, index_of(links, flow.iif));
  if (!flow.oif.empty()) m.put(RTA_OIF, index_of(links, flow.oif));
  if (flow.mark != 0) m.put(RTA_MARK, flow.mark);
  if (flow.uid) m.put(RTA_UID, *flow.uid);
  if (flow.ip_proto) m.put(RTA_IP_PROTO, *flow.ip_proto);
  put_port(m, RTA_SPORT, flow.sport);
  put_port(m, RTA_DPORT, flow.dport);
}

KernelAnswer decode(const nlmsghdr& message, const std::vector<Link>& links) {
  KernelAnswer out;
  rtmsg header;
  if (!nl::read_header(message, header)) return out;
  auto at = nl::Attributes<RTA_MAX>::behind<rtmsg>(message);
  Family family = nl::family_of(header.rtm_family);
  out.type = static_cast<RouteType>(header.rtm_type);
  out.table = nl::get<uint32_t>(at[RTA_TABLE]).value_or(header.rtm_table);
  out.way.dev = name_of(links, nl::get<uint32_t>(at[RTA_OIF]).value_or(0));
  out.way.source = nl::get_ip(at[RTA_PREFSRC], family);
  out.way.gateway = nl::get_ip(at[RTA_GATEWAY], family);
  if (const nlattr* via = at[RTA_VIA]; via && nla_len(via) == 18) {
    out.way.gateway.family = Family::ipv6;
    memcpy(out.way.gateway.bytes.data(), static_cast<const char*>(nla_data(via)) + 2, 16);
  }
  return out;
}

}  // namespace

Result<KernelAnswer> get_route(nl::Socket& socket, const Flow& flow, const std::vector<Link>& links) {
  nl::Message message;
  build(message, flow, links);
  KernelAnswer out;
  auto ack = socket.ask(message, [&](const nlmsghdr& answer) { out = decode(answer, links); });
  if (!ack) return ack.error();
  out.error = ack->code;
  return out;
}

std::string to_string(const Flow& flow) {
  std::string out = to_string(flow.destination);
  auto add = [&](const char* word, const auto& value) { out += fmt::format(" {} {}", word, value); };
  if (flow.source) add("from", to_string(flow.source));
  if (!flow.iif.empty()) add("iif", flow.iif.view());
  if (!flow.oif.empty()) add("oif", flow.oif.view());
  if (flow.mark != 0) add("mark", flow.mark);
  if (flow.tos != 0) add("tos", fmt::format("{:#x}", flow.tos));
  if (flow.ip_proto) add("ipproto", *flow.ip_proto);
  if (flow.sport != 0) add("sport", flow.sport);
  if (flow.dport != 0) add("dport", flow.dport);
  if (flow.uid) add("uid", *flow.uid);
  return out;
}

}  // namespace netcfg::test
