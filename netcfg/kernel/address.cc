#include "netcfg/kernel/address.h"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "netcfg/kernel/attributes.h"

namespace netcfg::nl {
namespace {

// Whoever adds a field encodes and decodes it here.
static_assert(std::size(kAddressFields) == 12);

struct FlagField {
  std::optional<bool> Address::*field;
  uint32_t bit;
  bool ipv4;  // IPv4 has it too
};
constexpr FlagField kFlags[] = {
    {&Address::nodad, IFA_F_NODAD, false},
    {&Address::home, IFA_F_HOMEADDRESS, false},
    {&Address::mngtmpaddr, IFA_F_MANAGETEMPADDR, false},
    {&Address::noprefixroute, IFA_F_NOPREFIXROUTE, true},
    {&Address::autojoin, IFA_F_MCAUTOJOIN, true},
};

constexpr uint32_t kForever = UINT32_MAX;

uint16_t flags_of(Action action) {
  switch (action) {
    case Action::create:
      return NLM_F_CREATE | NLM_F_EXCL;
    case Action::update:
      // The kernel finds the address by its prefix, and changes flags, metric and lifetimes; see also
      // kept_by_kernel().
      return NLM_F_REPLACE;
    case Action::restore:
      return NLM_F_CREATE | NLM_F_REPLACE;
    case Action::remove:
      break;
  }
  return 0;
}

void put_identity(Message& m, const Address& a) {
  m.put_ip(IFA_LOCAL, a.address.ip);
  // IPv4 wants both, IPv6 takes a peer only when the two differ.
  m.put_ip(IFA_ADDRESS, a.peer && *a.peer ? *a.peer : a.address.ip);
  if (a.label && !a.label->empty() && a.address.ip.family == Family::ipv4) m.put_text(IFA_LABEL, *a.label);
}

void put_options(Message& m, const Address& a) {
  if (a.broadcast && *a.broadcast) m.put_ip(IFA_BROADCAST, *a.broadcast);
  uint32_t flags = 0;
  for (const FlagField& flag : kFlags)
    if ((a.*flag.field).value_or(false)) flags |= flag.bit;
  m.put(IFA_FLAGS, flags);
  if (a.metric) m.put(IFA_RT_PRIORITY, *a.metric);
  if (a.preferred || a.valid) {
    ifa_cacheinfo lifetimes{};
    lifetimes.ifa_valid = a.valid.value_or(kForever);
    lifetimes.ifa_prefered = a.preferred.value_or(lifetimes.ifa_valid);
    m.put(IFA_CACHEINFO, lifetimes);
  }
  if (a.protocol != 0) m.put(IFA_PROTO, a.protocol);
}

}  // namespace

MissingLink encode_address(Message& m, Action action, const Address& a, Indexes& indexes) {
  uint32_t index = 0;
  uint16_t type = action == Action::remove ? RTM_DELADDR : RTM_NEWADDR;
  auto& header = m.start<ifaddrmsg>(type, flags_of(action));
  header.ifa_family = af_of(a.address.ip.family);
  header.ifa_prefixlen = a.address.length;
  // iproute2's default: 127.0.0.0/8 is for this host only. IPv6 derives scopes itself.
  bool loopback = a.address.ip.family == Family::ipv4 && a.address.ip.is_loopback();
  header.ifa_scope = a.scope.value_or(loopback ? RT_SCOPE_HOST : RT_SCOPE_UNIVERSE);
  if (auto missing = find_index(indexes, a.dev, index)) return missing;
  header.ifa_index = index;
  put_identity(m, a);
  if (action != Action::remove) put_options(m, a);
  return std::nullopt;
}

// IPv4 changes only metric and lifetimes of an address that is there (inet_rtm_newaddr() in
// net/ipv4/devinet.c). Both take what identifies an address for another address, or overlook it.
std::string_view kept_by_kernel(const Address& before, const Address& after) {
  for (const Field& field : kAddressFields)
    if (field.change == Mutability::recreate && field.has(&after) && !field.equal(&before, &after))
      return field.name;
  return {};
}

std::optional<Address> decode_address(const nlmsghdr& message, const Names& names) {
  ifaddrmsg header{};
  if (message.nlmsg_type != RTM_NEWADDR || !read_header(message, header)) return std::nullopt;
  Family family = family_of(header.ifa_family);
  if (family == Family::none || header.ifa_prefixlen > address_bits(family)) return std::nullopt;
  auto attributes = Attributes<IFA_PROTO>::behind<ifaddrmsg>(message);
  Ip other = get_ip(attributes[IFA_ADDRESS], family);
  Ip local = get_ip(attributes[IFA_LOCAL], family);
  Address a;
  a.dev = names.name(header.ifa_index);
  a.address = {local ? local : other, header.ifa_prefixlen};
  if (!a.address || a.dev.empty()) return std::nullopt;
  if (local && other && local != other) a.peer = other;
  a.scope = header.ifa_scope;
  a.metric = get<uint32_t>(attributes[IFA_RT_PRIORITY]).value_or(0);
  auto lifetimes = get<ifa_cacheinfo>(attributes[IFA_CACHEINFO]);
  a.valid = lifetimes ? lifetimes->ifa_valid : kForever;
  a.preferred = lifetimes ? lifetimes->ifa_prefered : kForever;
  uint32_t flags = get<uint32_t>(attributes[IFA_FLAGS]).value_or(header.ifa_flags);
  for (const FlagField& flag : kFlags)
    if (flag.ipv4 || family == Family::ipv6) a.*flag.field = (flags & flag.bit) != 0;
  a.protocol = get<uint8_t>(attributes[IFA_PROTO]).value_or(0);
  if (family == Family::ipv4) {
    // IFA_F_TEMPORARY of IPv6 is the same bit.
    a.secondary = (flags & IFA_F_SECONDARY) != 0;
    a.label = std::string(get_text(attributes[IFA_LABEL]));
    if (Ip broadcast = get_ip(attributes[IFA_BROADCAST], family)) a.broadcast = broadcast;
  }
  return a;
}

}  // namespace netcfg::nl
