#include "netcfg/diff/mtus.h"

namespace netcfg {
namespace {

constexpr uint32_t kEthernet = 1500, kVrf = 65575;
constexpr int kDeepest = 16;  // links stand on each other eight deep at most (MAX_NEST_DEV)

template <class Kind>
bool is_a(const Link* link) {
  return link && std::holds_alternative<Kind>(link->kind);
}

bool is_bond(const Link* link) {
  return is_a<Bond>(link);
}

}  // namespace

uint32_t vxlan_headers(const Vxlan& vxlan) {
  auto six = [](const std::optional<Ip>& end) { return end && end->family == Family::ipv6; };
  return six(vxlan.remote) || six(vxlan.local) ? 70 : 50;
}

bool Mtus::stays(const Link& link) const {
  const Link* wanted = desired_.state.link(link.name);
  return wanted ? !wanted->absent() : !owner_.owns(link);
}

// What the link will belong to, and nothing where that goes.
IfName Mtus::master_of(const Link* wanted, const Link* live) const {
  IfName master = master_in_the_end(wanted, live, owner_);
  const Link* there = live_.link(master);
  return !there || stays(*there) ? master : IfName{};
}

std::optional<uint32_t> Mtus::usual(const Link& link, int depth) const {
  if (is_a<Vrf>(&link)) return kVrf;
  IfName parent = parent_of(link);
  if (parent.empty()) return kEthernet;
  std::optional<uint32_t> most = of(parent, depth + 1);
  const auto* vxlan = std::get_if<Vxlan>(&link.kind);
  if (!vxlan || !most) return most;
  uint32_t headers = vxlan_headers(*vxlan);
  return *most > headers ? *most - headers : *most;
}

std::optional<uint32_t> Mtus::of(const IfName& name, int depth) const {
  const Link* wanted = desired_.state.link(name);
  const Link* live = live_.link(name);
  if (depth > kDeepest || (!wanted && !live)) return std::nullopt;
  if (wanted && wanted->mtu) return wanted->mtu;
  IfName master = master_of(wanted, live);
  const Link* upper = desired_.state.link(master);
  if (is_bond(upper ? upper : live_.link(master))) return of(master, depth + 1);
  const Link& link = wanted && wanted->kind.index() != 0 ? *wanted : live ? *live : *wanted;
  const Link* applied = owner_.applied(link);
  const Link* original = owner_.original(link);
  bool dropped = applied && applied->mtu;
  if (live && is_bond(live_.link(live->master.value_or(IfName{}))) && !(original && original->mtu))
    return std::nullopt;
  if (is_a<Bridge>(&link) && !dropped) return of_bridge(name, live, depth);
  bool moves = live && parent_of(*live) != parent_of(link);
  if (!live || moves) return usual(link, depth);
  if (!dropped) return live->mtu;
  return original && original->mtu ? original->mtu : usual(link, depth);
}

// Until somebody gives a bridge an MTU it is the least of its ports' (br_mtu_auto_adjust() in
// net/bridge/br_if.c). Nobody is told whether somebody did: the values say it, unless they are the same.
std::optional<uint32_t> Mtus::of_bridge(const IfName& name, const Link* live, int depth) const {
  std::optional<uint32_t> now, then;
  bool known = true;
  auto least = [](std::optional<uint32_t>& of, uint32_t value) { of = std::min(of.value_or(value), value); };
  auto take = [&](const IfName& port) {
    std::optional<uint32_t> mtu = of(port, depth + 1);
    known = known && mtu;
    least(then, mtu.value_or(0));
  };
  for (const Link& port : live_.links) {
    if (port.master == name) least(now, port.mtu.value_or(0));
    const Link* wanted = desired_.state.link(port.name);
    if (stays(port) && master_of(wanted, &port) == name) take(port.name);
  }
  for (const Link& port : desired_.state.links)
    if (port.master == name && !live_.link(port.name)) take(port.name);
  if (live && live->mtu != now.value_or(kEthernet)) return live->mtu;
  if (!known) return std::nullopt;
  uint32_t follows = then.value_or(kEthernet);
  return !live || follows <= live->mtu.value_or(0) ? std::optional(follows) : std::nullopt;
}

}  // namespace netcfg
