#include "netcfg/kernel/link_read.h"

#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>

#include <algorithm>

#include "netcfg/kernel/attributes.h"
#include "netcfg/kernel/fields.h"

namespace netcfg::nl {
namespace {

constexpr size_t kLinkAttributes = IFLA_PERM_ADDRESS;  // the highest that is of interest
using LinkAttributes = Attributes<kLinkAttributes>;
static_assert(IFLA_PROP_LIST < kLinkAttributes && IFLA_LINKINFO < kLinkAttributes &&
              IFLA_AF_SPEC < kLinkAttributes);

// A link's name, or nothing when the other link is in another namespace: its index means nothing here.
std::optional<IfName> link_name(const LinkAttributes& attributes, const Names& names) {
  auto index = get<uint32_t>(attributes[IFLA_LINK]);
  if (!index || *index == 0 || attributes[IFLA_LINK_NETNSID]) return std::nullopt;
  IfName name = names.name(*index);
  return name.empty() ? std::nullopt : std::optional(name);
}

void decode_common(Link& link, const ifinfomsg& header, const LinkAttributes& a, const Names& names) {
  link.state = header.ifi_flags & IFF_UP ? LinkState::up : LinkState::down;
  link.carrier = (header.ifi_flags & IFF_LOWER_UP) != 0;
  link.arp = !(header.ifi_flags & IFF_NOARP);
  link.multicast = (header.ifi_flags & IFF_MULTICAST) != 0;
  link.allmulticast = (header.ifi_flags & IFF_ALLMULTI) != 0;
  link.mtu = get<uint32_t>(a[IFLA_MTU]);
  link.mac = get_mac(a[IFLA_ADDRESS]);
  link.description = std::string(get_text(a[IFLA_IFALIAS]));
  link.altnames.emplace();
  for_each(a[IFLA_PROP_LIST], [&](const nlattr* property) {
    if (nla_type(property) == IFLA_ALT_IFNAME) link.altnames->emplace_back(get_text(property));
  });
  std::sort(link.altnames->begin(), link.altnames->end());
  link.txqueuelen = get<uint32_t>(a[IFLA_TXQLEN]);
  link.group = get<uint32_t>(a[IFLA_GROUP]);
  auto master = get<uint32_t>(a[IFLA_MASTER]);
  link.master = master ? names.name(*master) : IfName();
  // Links without IPv6 have none.
  Attributes<AF_INET6> families(a[IFLA_AF_SPEC]);
  Attributes<IFLA_INET6_TOKEN> inet6(families[AF_INET6]);
  if (Ip token = get_ip(inet6[IFLA_INET6_TOKEN], Family::ipv6)) link.token = token;
}

// The kinds whose other link is told by IFLA_LINK.
void decode_other_link(LinkKind& kind, const std::optional<IfName>& other) {
  std::visit(
      [&](auto& k) {
        if constexpr (requires { k.peer; })
          k.peer = other;
        else if constexpr (requires { k.parent; } && !std::is_same_v<std::remove_cvref_t<decltype(k)>, Vxlan>)
          k.parent = other;
      },
      kind);
}

void decode_kind(Link& link, std::string_view name, const nlattr* data, const LinkAttributes& attributes,
                 const Names& names) {
  const KindInfo* info = find_kind(name);
  if (!info) {
    link.foreign_kind = name;
    return;
  }
  link.kind = info->make();
  KindAttributes fields(data);
  get_fields(object_of(link.kind), info->fields, attrs_of(link.kind), fields, names);
  get_custom(link.kind, fields);
  decode_other_link(link.kind, link_name(attributes, names));
}

void decode_port(Link& link, std::string_view master_kind, const nlattr* data, const Names& names) {
  const KindInfo* info = find_kind(master_kind);
  if (!info) return;
  link.port = port_for(info->make());
  KindAttributes fields(data);
  get_fields(object_of(link.port), fields_of(link.port).fields, attrs_of(link.port), fields, names);
  // Reported only when there is one.
  if (auto* port = std::get_if<BridgePort>(&link.port); port && !port->backup_port)
    port->backup_port.emplace();
}

}  // namespace

std::optional<LinkId> decode_link_id(const nlmsghdr& message) {
  ifinfomsg header{};
  if (message.nlmsg_type != RTM_NEWLINK || !read_header(message, header)) return std::nullopt;
  auto attributes = Attributes<IFLA_IFNAME>::behind<ifinfomsg>(message);
  return LinkId{static_cast<uint32_t>(header.ifi_index), IfName(get_text(attributes[IFLA_IFNAME]))};
}

std::optional<Link> decode_link(const nlmsghdr& message, const Names& names) {
  ifinfomsg header{};
  if (message.nlmsg_type != RTM_NEWLINK || !read_header(message, header)) return std::nullopt;
  auto attributes = LinkAttributes::behind<ifinfomsg>(message);
  Link link;
  link.name = IfName(get_text(attributes[IFLA_IFNAME]));
  decode_common(link, header, attributes, names);
  Attributes<IFLA_INFO_SLAVE_DATA> info(attributes[IFLA_LINKINFO]);
  if (info[IFLA_INFO_KIND])
    decode_kind(link, get_text(info[IFLA_INFO_KIND]), info[IFLA_INFO_DATA], attributes, names);
  if (info[IFLA_INFO_SLAVE_KIND])
    decode_port(link, get_text(info[IFLA_INFO_SLAVE_KIND]), info[IFLA_INFO_SLAVE_DATA], names);
  return link;
}

std::optional<Nic> decode_nic(const nlmsghdr& message) {
  ifinfomsg header{};
  if (message.nlmsg_type != RTM_NEWLINK || !read_header(message, header)) return std::nullopt;
  auto attributes = LinkAttributes::behind<ifinfomsg>(message);
  Attributes<IFLA_INFO_KIND> info(attributes[IFLA_LINKINFO]);
  if (info[IFLA_INFO_KIND] || header.ifi_type == ARPHRD_LOOPBACK) return std::nullopt;
  Nic nic;
  nic.name = IfName(get_text(attributes[IFLA_IFNAME]));
  nic.mac = get_mac(attributes[IFLA_ADDRESS]).value_or(Mac{});
  nic.permanent_mac = get_mac(attributes[IFLA_PERM_ADDRESS]).value_or(Mac{});
  return nic;
}

}  // namespace netcfg::nl
