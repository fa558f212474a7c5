#include <fmt/format.h>

#include <map>

#include "netcfg/spec/check.h"

namespace netcfg {
namespace {

void check_kind_of_address(const Checker& check, const Address& a) {
  const Ip& ip = a.address.ip;
  std::string_view what = ip.is_zero() ? "no address" : ip.is_multicast() ? "a multicast group" : "";
  if (ip.family == Family::ipv4 && ip.bytes[0] == 255) what = "the broadcast address";
  if (a.dev != IfName("lo") && ip.is_loopback()) what = "a loopback address";
  bool joined = ip.is_multicast() && a.autojoin.value_or(false);  // how autojoin is used
  if (!what.empty() && !joined)
    check.error(check.of_address(a), fmt::format("{} is {}", to_string(ip), what),
                ip.is_loopback() ? "addresses of 127.0.0.0/8 and ::1 belong to lo" : "");
}

void check_place_in_network(const Checker& check, const Address& a) {
  if (a.peer) return;
  if (a.address.length == 0)
    return check.warning(check.of_address(a), "a prefix of length 0 takes every address as a neighbour",
                         "give the length of the network, such as /24");
  Ip broadcast = broadcast_of(a.address);
  if (!broadcast || a.address.ip.is_multicast()) return;
  bool last = broadcast == a.address.ip, first = a.address.network().ip == a.address.ip;
  if (first || last)
    check.warning(check.of_address(a),
                  fmt::format("{} is the {} address of {}", to_string(a.address.ip),
                              first ? "network" : "broadcast", to_string(a.address.network())),
                  "choose an address between the first and the last");
}

void check_label(const Checker& check, const Address& a) {
  if (!a.label || a.address.ip.family != Family::ipv4) return;
  std::string_view dev = a.dev.view(), label = *a.label;
  bool fits = label.starts_with(dev) && (label.size() == dev.size() || label[dev.size()] == ':');
  if (!fits)
    check.warning(check.of_address(a, "label"),
                  fmt::format("the label does not begin with the interface's name, {}", dev),
                  fmt::format("ip(8) and ifconfig(8) expect {}:NAME", dev));
}

// The VRF that a link's addresses belong to; none for the host's own tables.
IfName vrf_of(const Checker& check, const IfName& dev) {
  const Link* link = check.state.link(dev);
  const Link* master = link && link->master ? check.state.link(*link->master) : nullptr;
  if (link && std::holds_alternative<Vrf>(link->kind)) return dev;
  return master && std::holds_alternative<Vrf>(master->kind) ? master->name : IfName{};
}

void check_twice(const Checker& check) {
  std::map<std::pair<IfName, Ip>, const Address*> owners;
  std::map<std::pair<IfName, Ip>, const Address*> on_link;
  for (const Address& a : check.state.addresses) {
    auto [same, first_here] = on_link.emplace(std::pair(a.dev, a.address.ip), &a);
    if (!first_here && a.peer == same->second->peer) {
      check.error(check.of_address(a),
                  fmt::format("{} is given twice; first at {}", to_string(a.address.ip),
                              check.report.where(same->second->origin)),
                  "remove one");
      continue;
    }
    bool shared =
        a.dev == IfName("lo") || a.peer || a.address.ip.is_link_local() || a.address.ip.is_multicast();
    if (shared) continue;
    auto [first, fresh] = owners.emplace(std::pair(vrf_of(check, a.dev), a.address.ip), &a);
    if (!fresh && first->second->dev != a.dev)
      check.error(check.of_address(a),
                  fmt::format("{} is an address of {} already, at {}", to_string(a.address.ip),
                              first->second->dev.view(), check.report.where(first->second->origin)),
                  "an address belongs to one interface");
  }
}

}  // namespace

void check_addresses(const Checker& check) {
  for (const Address& address : check.state.addresses) {
    check_kind_of_address(check, address);
    check_place_in_network(check, address);
    check_label(check, address);
  }
  check_twice(check);
}

void check_neighbors(const Checker& check) {
  const auto& all = check.state.neighbors;
  for (size_t i = 1; i < all.size(); ++i)
    if (all[i - 1].key() == all[i].key())
      check.error({all[i].origin, path_with(path_with("interfaces", all[i].dev.view()), "neighbors")},
                  fmt::format("{} is given twice; first at {}", to_string(all[i].address),
                              check.report.where(all[i - 1].origin)),
                  "remove one");
}

}  // namespace netcfg
