#include "netcfg/kernel/error.h"

#include <linux/rtnetlink.h>

#include <cstring>

#include "netcfg/kernel/attributes.h"

namespace netcfg::nl {
namespace {

// Where the attributes of an error begin: behind the request that it quotes, of which only the header is
// there when the answer is capped (NETLINK_CAP_ACK; netlink_ack() in net/netlink/af_netlink.c).
size_t error_attributes(const nlmsghdr& message, const nlmsgerr& error) {
  size_t quoted = NLMSG_HDRLEN;
  if (!(message.nlmsg_flags & NLM_F_CAPPED) && error.msg.nlmsg_len > quoted) quoted = error.msg.nlmsg_len;
  return NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(int) + quoted);
}

std::string extack_text(const nlmsghdr& message, size_t offset) {
  if (!(message.nlmsg_flags & NLM_F_ACK_TLVS) || offset > message.nlmsg_len) return {};
  Attributes<NLMSGERR_ATTR_MSG> attributes(reinterpret_cast<const char*>(&message) + offset,
                                           message.nlmsg_len - offset);
  return std::string(get_text(attributes[NLMSGERR_ATTR_MSG]));
}

}  // namespace

std::optional<Ack> parse_ack(const nlmsghdr& message) {
  if (message.nlmsg_type == NLMSG_ERROR) {
    nlmsgerr error{};
    if (!read_header(message, error)) return Ack{EBADMSG, {}};
    return Ack{-error.error, extack_text(message, error_attributes(message, error))};
  }
  if (message.nlmsg_type == NLMSG_DONE) {
    int code = 0;
    if (!read_header(message, code)) return Ack{};
    return Ack{code < 0 ? -code : 0, extack_text(message, NLMSG_HDRLEN + NLMSG_ALIGN(sizeof code))};
  }
  return std::nullopt;
}

std::string request_name(uint16_t type) {
  struct Name {
    uint16_t type;
    const char* name;
  };
  static constexpr Name names[] = {
      {RTM_NEWLINK, "RTM_NEWLINK"},         {RTM_DELLINK, "RTM_DELLINK"},
      {RTM_GETLINK, "RTM_GETLINK"},         {RTM_SETLINK, "RTM_SETLINK"},
      {RTM_NEWADDR, "RTM_NEWADDR"},         {RTM_DELADDR, "RTM_DELADDR"},
      {RTM_GETADDR, "RTM_GETADDR"},         {RTM_NEWROUTE, "RTM_NEWROUTE"},
      {RTM_DELROUTE, "RTM_DELROUTE"},       {RTM_GETROUTE, "RTM_GETROUTE"},
      {RTM_NEWNEIGH, "RTM_NEWNEIGH"},       {RTM_DELNEIGH, "RTM_DELNEIGH"},
      {RTM_GETNEIGH, "RTM_GETNEIGH"},       {RTM_NEWRULE, "RTM_NEWRULE"},
      {RTM_DELRULE, "RTM_DELRULE"},         {RTM_GETRULE, "RTM_GETRULE"},
      {RTM_GETQDISC, "RTM_GETQDISC"},       {RTM_NEWQDISC, "RTM_NEWQDISC"},
      {RTM_DELQDISC, "RTM_DELQDISC"},       {RTM_GETTCLASS, "RTM_GETTCLASS"},
      {RTM_NEWTCLASS, "RTM_NEWTCLASS"},     {RTM_DELTCLASS, "RTM_DELTCLASS"},
      {RTM_GETNEXTHOP, "RTM_GETNEXTHOP"},   {RTM_NEWNEXTHOP, "RTM_NEWNEXTHOP"},
      {RTM_DELNEXTHOP, "RTM_DELNEXTHOP"},   {RTM_NEWLINKPROP, "RTM_NEWLINKPROP"},
      {RTM_DELLINKPROP, "RTM_DELLINKPROP"}, {RTM_GETVLAN, "RTM_GETVLAN"},
  };
  for (const Name& row : names)
    if (row.type == type) return row.name;
  return "netlink request " + std::to_string(type);
}

std::string errno_text(int code) {
  const char* name = strerrorname_np(code);
  std::string number = name ? name : std::to_string(code);
  const char* text = strerrordesc_np(code);
  return text ? number + ": " + text : number;
}

}  // namespace netcfg::nl
