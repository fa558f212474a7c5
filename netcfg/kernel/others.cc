#include "netcfg/kernel/others.h"

#include <fmt/format.h>
#include <linux/nexthop.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include "netcfg/kernel/attributes.h"

namespace netcfg::nl {

std::string describe_qdisc(std::string_view kind, const IfName& dev) {
  return fmt::format("qdisc {} on {}", kind, dev.view());
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
