#include "netcfg/kernel/neighbor.h"

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

#include "netcfg/kernel/attributes.h"

namespace netcfg::nl {

static_assert(std::size(kNeighborFields) == 2);

MissingLink encode_neighbor(Message& m, Action action, const Neighbor& n, Indexes& indexes) {
  uint32_t index = 0;
  bool remove = action == Action::remove;
  // Not NLM_F_EXCL: an entry that the kernel learnt by itself is no obstacle.
  auto& header =
      m.start<ndmsg>(remove ? RTM_DELNEIGH : RTM_NEWNEIGH, remove ? 0 : NLM_F_CREATE | NLM_F_REPLACE);
  if (auto missing = find_index(indexes, n.dev, index)) return missing;
  header.ndm_family = af_of(n.address.family);
  header.ndm_ifindex = static_cast<int>(index);
  // Of proxy entries too: others go when the link loses its carrier (neigh_carrier_down()).
  header.ndm_state = NUD_PERMANENT;
  if (n.proxy) header.ndm_flags |= NTF_PROXY;
  if (n.router.value_or(false)) header.ndm_flags |= NTF_ROUTER;
  m.put_ip(NDA_DST, n.address);
  if (remove) return std::nullopt;
  if (n.mac && !n.proxy) m.put(NDA_LLADDR, *n.mac);
  if (n.protocol != 0) m.put(NDA_PROTOCOL, n.protocol);
  return std::nullopt;
}

std::optional<Neighbor> decode_neighbor(const nlmsghdr& message, const Names& names) {
  ndmsg header{};
  if (message.nlmsg_type != RTM_NEWNEIGH || !read_header(message, header)) return std::nullopt;
  Family family = family_of(header.ndm_family);
  Neighbor n;
  n.proxy = (header.ndm_flags & NTF_PROXY) != 0;
  if (family == Family::none || (!n.proxy && !(header.ndm_state & NUD_PERMANENT))) return std::nullopt;
  auto attributes = Attributes<NDA_PROTOCOL>::behind<ndmsg>(message);
  n.dev = names.name(static_cast<uint32_t>(header.ndm_ifindex));
  n.address = get_ip(attributes[NDA_DST], family);
  if (!n.address || n.dev.empty()) return std::nullopt;
  if (!n.proxy) n.mac = get_mac(attributes[NDA_LLADDR]);
  if (family == Family::ipv6) n.router = (header.ndm_flags & NTF_ROUTER) != 0;
  n.protocol = get<uint8_t>(attributes[NDA_PROTOCOL]).value_or(0);
  return n;
}

std::optional<Unresolved> decode_unresolved(const nlmsghdr& message) {
  ndmsg header{};
  if (message.nlmsg_type != RTM_NEWNEIGH || !read_header(message, header)) return std::nullopt;
  Family family = family_of(header.ndm_family);
  if (family == Family::none || (header.ndm_state & NUD_INCOMPLETE) == 0) return std::nullopt;
  auto attributes = Attributes<NDA_DST>::behind<ndmsg>(message);
  Ip ip = get_ip(attributes[NDA_DST], family);
  if (!ip) return std::nullopt;
  return Unresolved{static_cast<uint32_t>(header.ndm_ifindex), ip};
}

}  // namespace netcfg::nl
