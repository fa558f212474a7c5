#include "netcfg/spec/check.h"

#include <fmt/format.h>

#include <algorithm>

#include "netcfg/base/text.h"

namespace netcfg {

std::string_view kind_name(const Link& link) {
  const KindInfo* info = kind_info(link.kind);
  return info ? info->name : "interface";
}

Spot Checker::in_block(const Link& link, std::string_view field) const {
  return locate.value({"interfaces", link.name, kind_name(link), field});
}

Spot Checker::of_member(const Link& master, const Link& member) const {
  return locate.key({"interfaces", master.name, kind_name(master), "members", member.name});
}

Spot Checker::in_port(const Link& master, const Link& member, std::string_view field) const {
  return locate.value({"interfaces", master.name, kind_name(master), "members", member.name, field});
}

Spot Checker::of_address(const Address& address, std::string_view field) const {
  if (field.empty()) field = "address";
  Spot spot = locate.value({"interfaces", address.dev, "addresses", size_t{address.order}, field});
  return spot;
}

const Link* Checker::present(const IfName& name) const {
  const Link* link = state.link(name);
  return link && !link->absent() ? link : nullptr;
}

const Address* Checker::address(const Ip& ip) const {
  auto at = std::ranges::find_if(state.addresses, [&](const Address& a) { return a.address.ip == ip; });
  return at == state.addresses.end() ? nullptr : &*at;
}

std::string undeclared_hint(const Checker& check, const IfName& name) {
  if (check.report.full()) return {};
  std::vector<std::string_view> names;
  for (const Link& link : check.state.links) names.push_back(link.name.view());
  auto near = nearest(name.view(), names);
  std::string declare = fmt::format("add `{}: {{}}` under interfaces", name.view());
  return near ? fmt::format("did you mean '{}'? Otherwise {}", *near, declare) : declare;
}

}  // namespace netcfg
