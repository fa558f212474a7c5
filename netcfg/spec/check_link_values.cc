#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "netcfg/spec/check.h"

namespace netcfg {
namespace {

// "… (from defaults)" where the link does not say it itself.
std::string mtu_text(const Checker& check, const Link& link) {
  bool own = check.locate.given({"interfaces", link.name, "mtu"});
  return fmt::format("MTU {}{}", *link.mtu, own ? "" : " (from defaults)");
}

void check_mtu_above_parent(const Checker& check, const Link& link) {
  const Link* parent = check.state.link(parent_of(link));
  if (!parent || !link.mtu || !parent->mtu || std::holds_alternative<Vxlan>(link.kind)) return;
  if (*link.mtu > *parent->mtu)
    check.error(check.in_link(link, "mtu"),
                fmt::format("{} is more than {} has: {}", mtu_text(check, link), parent->name.view(),
                            mtu_text(check, *parent)),
                fmt::format("lower it to {} or raise that of {}", *parent->mtu, parent->name.view()));
}

void check_mtu_of_member(const Checker& check, const Link& link) {
  if (!std::holds_alternative<BondPort>(link.port) || !link.mtu) return;
  const Link* bond = check.state.link(*link.master);
  if (bond && bond->mtu && *bond->mtu != *link.mtu)
    check.error(
        check.in_link(link, "mtu"),
        fmt::format("a bond's MTU is that of all its members: {} has {}", bond->name.view(), *bond->mtu),
        "remove the MTU here: the bond sets it");
}

void check_small_mtu(const Checker& check) {
  const Address* last = nullptr;
  for (const Address& address : check.state.addresses) {
    if (address.address.ip.family != Family::ipv6 || (last && last->dev == address.dev)) continue;
    last = &address;
    const Link* link = check.state.link(address.dev);
    if (link && link->mtu && *link->mtu < 1280)
      check.error(
          check.in_link(*link, "mtu"),
          fmt::format("IPv6 needs an MTU of 1280 at least, and {} has an IPv6 address", link->name.view()),
          "raise the MTU to 1280, or remove the IPv6 addresses");
  }
}

// A member's frames go to its master, so an address on it is never reached.
void check_member_addresses(const Checker& check) {
  for (const Address& address : check.state.addresses) {
    const Link* link = check.state.link(address.dev);
    bool member = link && (std::holds_alternative<BondPort>(link->port) ||
                           std::holds_alternative<BridgePort>(link->port));
    if (member)
      check.error(check.of_address(address),
                  fmt::format("{} is a member of {}, so it cannot have addresses", link->name.view(),
                              link->master->view()),
                  fmt::format("move the address to {}", link->master->view()));
  }
}

void check_disabled_ipv6(const Checker& check) {
  std::unordered_set<std::string_view> disabled;
  for (const Sysctl& sysctl : check.state.sysctls)
    if (sysctl.path.starts_with("net/ipv6/conf/") && sysctl.path.ends_with("/disable_ipv6") &&
        sysctl.value == "1")
      disabled.insert(sysctl.path);
  if (disabled.empty()) return;
  for (const Address& address : check.state.addresses) {
    if (address.address.ip.family != Family::ipv6) continue;
    std::string path = fmt::format("net/ipv6/conf/{}/disable_ipv6", address.dev.view());
    if (disabled.contains(path))
      check.error(check.of_address(address), fmt::format("IPv6 is disabled on {}", address.dev.view()),
                  "remove the address, or do not disable IPv6");
  }
}

}  // namespace

void check_link_values(const Checker& check) {
  for (const Link& link : check.state.links) {
    check_mtu_above_parent(check, link);
    check_mtu_of_member(check, link);
    if (std::holds_alternative<Ipvlan>(link.kind) && link.mac)
      check.error(check.in_link(link, "mac"), "an ipvlan has its parent's MAC address", "remove mac");
  }
  check_small_mtu(check);
  check_member_addresses(check);
  check_disabled_ipv6(check);
}

}  // namespace netcfg
