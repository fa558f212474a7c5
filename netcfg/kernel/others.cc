#include "netcfg/kernel/others.h"

#include <fmt/format.h>
#include <linux/nexthop.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include "netcfg/kernel/attributes.h"

namespace netcfg::nl {

std::optional<std::string> describe_qdisc(const nlmsghdr& message, const Names& names) {
  tcmsg header{};
  if (message.nlmsg_type != RTM_NEWQDISC || !read_header(message, header)) return std::nullopt;
  // Those that the kernel attaches by itself have no handle (attach_one_default_qdisc() in
  // net/sched/sch_generic.c). Inner ones come with their parent.
  bool top = header.tcm_parent == TC_H_ROOT || header.tcm_parent == TC_H_INGRESS;
  if (TC_H_MAJ(header.tcm_handle) == 0 || !top) return std::nullopt;
  auto attributes = Attributes<TCA_KIND>::behind<tcmsg>(message);
  IfName link = names.name(static_cast<uint32_t>(header.tcm_ifindex));
  return fmt::format("qdisc {} on {}", get_text(attributes[TCA_KIND]), link.view());
}

std::optional<std::string> describe_nexthop(const nlmsghdr& message) {
  nhmsg header{};
  if (message.nlmsg_type != RTM_NEWNEXTHOP || !read_header(message, header)) return std::nullopt;
  auto attributes = Attributes<NHA_GROUP>::behind<nhmsg>(message);
  auto id = get<uint32_t>(attributes[NHA_ID]);
  if (!id) return std::nullopt;
  return fmt::format("nexthop {}{}", attributes[NHA_GROUP] ? "group " : "", *id);
}

}  // namespace netcfg::nl
