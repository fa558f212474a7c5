#include "netcfg/kernel/names.h"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "netcfg/kernel/attributes.h"

namespace netcfg::nl {
namespace {

// Indexes count up as long as a namespace lives; only a sane number of them goes into the vector.
constexpr uint32_t kLowIndexes = 1U << 17;

}  // namespace

void Names::add(uint32_t index, const IfName& name) {
  if (index >= kLowIndexes) {
    high_[index] = name;
    return;
  }
  if (index >= low_.size()) low_.resize(index + 1);
  low_[index] = name;
}

IfName Names::name(uint32_t index) const {
  IfName name;
  if (index < low_.size())
    name = low_[index];
  else if (auto it = high_.find(index); it != high_.end())
    name = it->second;
  if (name.empty() && index != 0) unknown_ = true;
  return name;
}

uint32_t LiveIndexes::index(const IfName& name) {
  if (last_index_ != 0 && name == last_) return last_index_;
  if (name.empty()) return 0;
  auto it = known_.find(name);
  uint32_t index = it != known_.end() ? it->second : look_up(name);
  if (index == 0) return 0;
  if (it == known_.end()) known_.emplace(name, index);
  last_ = name;
  last_index_ = index;
  return index;
}

uint32_t LiveIndexes::look_up(const IfName& name) {
  request_.start<ifinfomsg>(RTM_GETLINK, 0);
  request_.put_name(IFLA_IFNAME, name);
  request_.put<uint32_t>(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
  uint32_t index = 0;
  (void)socket_.ask(request_, [&](const nlmsghdr& message) {
    ifinfomsg link{};
    if (message.nlmsg_type != RTM_NEWLINK || !read_header(message, link)) return;
    auto attributes = Attributes<IFLA_IFNAME>::behind<ifinfomsg>(message);
    // The kernel also finds links by their alternative names (__dev_get_by_name() in net/core/dev.c).
    if (get_text(attributes[IFLA_IFNAME]) == name.view()) index = static_cast<uint32_t>(link.ifi_index);
  });
  return index;
}

}  // namespace netcfg::nl
