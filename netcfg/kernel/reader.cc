#include "netcfg/kernel/reader.h"

#include <fmt/format.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>

#include <algorithm>

#include "netcfg/kernel/address.h"
#include "netcfg/kernel/attributes.h"
#include "netcfg/kernel/link_read.h"
#include "netcfg/kernel/neighbor.h"
#include "netcfg/kernel/nexthop.h"
#include "netcfg/kernel/nftables.h"
#include "netcfg/kernel/nic.h"
#include "netcfg/kernel/others.h"
#include "netcfg/kernel/qdisc_read.h"
#include "netcfg/kernel/resilient_trial.h"
#include "netcfg/kernel/route.h"
#include "netcfg/kernel/rule.h"
#include "netcfg/kernel/sysctl.h"
#include "netcfg/kernel/vlan_table.h"

namespace netcfg::nl {
namespace {

template <class T>
void sort_unique(std::vector<T>& list) {
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
}

}  // namespace

Result<Snapshot> Reader::run() {
  using Part = Result<> (Reader::*)();
  for (Part part : {&Reader::read_links, &Reader::read_vlans, &Reader::read_addresses, &Reader::read_nexthops,
                    &Reader::read_rules, &Reader::read_qdiscs})
    if (Result<> done = (this->*part)(); !done) return done.error();
  for (bool proxies : {false, true})
    if (Result<> done = read_neighbors(proxies); !done) return done.error();
  for (uint8_t af : {uint8_t{AF_INET}, uint8_t{AF_INET6}})
    if (query_.routes)
      if (Result<> done = read_routes(af); !done) return done.error();
  read_sysctls();
  if (Result<> done = read_nft(query_, out_); !done) return done.error();
  if (query_.resilient_groups) out_.resilient_groups = has_resilient_groups();
  out_.state.sort();
  std::sort(out_.nics.begin(), out_.nics.end(), [](const Nic& a, const Nic& b) { return a.name < b.name; });
  sort_unique(out_.others);
  return std::move(out_);
}

Result<> Reader::read_links() {
  // With statistics, since without them the kernel leaves the token out as well (inet6_fill_ifla6_attrs() in
  // net/ipv6/addrconf.c); a dump of its own for that costs more.
  request_.start<ifinfomsg>(RTM_GETLINK, 0);
  auto& links = out_.state.links;
  links.reserve(query_.likely_links);
  auto restart = [&] {
    names_ = {};
    out_ = {};
    indexes_.clear();
    later_.clear();
  };
  auto done = socket_.dump(request_, restart, [&](const nlmsghdr& message) {
    auto id = decode_link_id(message);
    if (!id) return;
    names_.add(id->index, id->name);
    (void)names_.take_unknown();
    auto decoded = decode_link(message, names_);
    if (!decoded) return;
    if (names_.take_unknown()) keep_for_later(message);
    add_link(message, id->index, std::move(*decoded));
  });
  if (!done) return done;
  for (const auto& [place, message] : later_) {
    auto again = decode_link(*reinterpret_cast<const nlmsghdr*>(message.data()), names_);
    again->index = links[place].index;
    links[place] = std::move(*again);
  }
  later_.clear();
  return done;
}

void Reader::keep_for_later(const nlmsghdr& message) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(&message);
  later_.emplace_back(out_.state.links.size(), std::vector<uint8_t>(bytes, bytes + message.nlmsg_len));
}

void Reader::add_link(const nlmsghdr& message, uint32_t index, Link&& link) {
  link.index = index;
  if (!link.foreign_kind.empty())
    out_.others.push_back(fmt::format("{} link {}", link.foreign_kind, link.name.view()));
  if (auto nic = decode_nic(message); nic && fill_from_sysfs(*nic, index))
    out_.nics.push_back(std::move(*nic));
  out_.state.links.push_back(std::move(link));
  indexes_.push_back(index);
}

Link* Reader::link(uint32_t index) {
  // Every dump of links is in the same order, so the next one is most often the one after the last.
  for (size_t i = 0; i < indexes_.size(); ++i) {
    size_t at = (cursor_ + i) % indexes_.size();
    if (indexes_[at] != index) continue;
    cursor_ = at;
    return &out_.state.links[at];
  }
  return nullptr;
}

Result<> Reader::read_vlans() {
  const auto& links = out_.state.links;
  if (std::none_of(links.begin(), links.end(),
                   [](const Link& l) { return std::holds_alternative<Bridge>(l.kind); }))
    return Done{};
  request_.start<br_vlan_msg>(RTM_GETVLAN, 0).family = AF_BRIDGE;
  // A long table comes in several messages.
  std::vector<LinkVlans> tables;
  auto done = socket_.dump(
      request_, [&] { tables.clear(); },
      [&](const nlmsghdr& message) {
        auto part = decode_vlans(message);
        if (!part) return;
        if (tables.empty() || tables.back().index != part->index) tables.push_back({part->index, {}});
        auto& ranges = tables.back().ranges;
        ranges.insert(ranges.end(), part->ranges.begin(), part->ranges.end());
      });
  // A kernel without VLAN filtering has no tables.
  if (!done && done.error().code == EOPNOTSUPP) return Done{};
  if (!done) return done;
  for (Link& l : out_.state.links) set_vlans(l, {});
  for (const LinkVlans& table : tables)
    if (Link* owner = link(table.index)) set_vlans(*owner, table.ranges);
  return Done{};
}

Result<> Reader::read_addresses() {
  request_.start<ifaddrmsg>(RTM_GETADDR, 0);
  auto& addresses = out_.state.addresses;
  return socket_.dump(
      request_, [&] { addresses.clear(); },
      [&](const nlmsghdr& message) {
        if (auto address = decode_address(message, names_)) {
          address->order = static_cast<uint32_t>(addresses.size());
          addresses.push_back(std::move(*address));
        }
      });
}

// Where one is, there is no need to try.
std::optional<bool> Reader::has_resilient_groups() const {
  if (std::ranges::any_of(out_.state.nexthops, [](const Nexthop& n) { return n.resilient.has_value(); }))
    return true;
  return try_resilient_group();
}

Result<> Reader::read_nexthops() {
  request_.start<nhmsg>(RTM_GETNEXTHOP, 0);
  auto& nexthops = out_.state.nexthops;
  auto done = socket_.dump(
      request_, [&] { nexthops.clear(); },
      [&](const nlmsghdr& message) {
        if (auto nexthop = decode_nexthop(message, names_))
          nexthops.push_back(std::move(*nexthop));
        else if (auto text = describe_nexthop(message))
          out_.others.push_back(std::move(*text));
      });
  // Linux before 5.3 has none.
  return !done && done.error().code == EOPNOTSUPP ? Result<>(Done{}) : done;
}

Result<> Reader::read_routes(uint8_t af) {
  auto& header = request_.start<rtmsg>(RTM_GETROUTE, 0);
  header.rtm_family = af;
  if (query_.own_routes_only) header.rtm_protocol = kOwnProtocol;
  auto& routes = out_.state.routes;
  const size_t before = routes.size();
  const Family family = family_of(af);
  routes.reserve(query_.likely_routes);
  return socket_.dump(
      request_, [&] { routes.resize(before); },
      [&](const nlmsghdr& message) {
        Route& route = routes.emplace_back();
        RouteUse use = decode_route(message, names_, route);
        if (route.hops.size() > 1) std::sort(route.hops.begin(), route.hops.end());
        if (use == RouteUse::unspoken) out_.others.push_back("source-specific route " + id_of(route));
        // Without IPv6 the kernel answers with all families it has (rtnetlink_rcv_msg()).
        if (use != RouteUse::state || route.family() != family) routes.pop_back();
      });
}

Result<> Reader::read_rules() {
  request_.start<fib_rule_hdr>(RTM_GETRULE, 0);
  auto& rules = out_.state.rules;
  rules.reserve(query_.likely_rules);
  return socket_.dump(
      request_, [&] { rules.clear(); },
      [&](const nlmsghdr& message) {
        if (auto rule = decode_rule(message)) {
          rule->order = static_cast<uint32_t>(rules.size());
          rules.push_back(*rule);
        }
      });
}

Result<> Reader::read_neighbors(bool proxies) {
  auto& header = request_.start<ndmsg>(RTM_GETNEIGH, 0);
  if (proxies) header.ndm_flags = NTF_PROXY;
  auto& neighbors = out_.state.neighbors;
  const size_t before = neighbors.size();
  return socket_.dump(
      request_, [&] { neighbors.erase(neighbors.begin() + static_cast<ptrdiff_t>(before), neighbors.end()); },
      [&](const nlmsghdr& message) {
        if (auto neighbor = decode_neighbor(message, names_)) neighbors.push_back(*neighbor);
      });
}

Result<> Reader::read_qdiscs() {
  if (!query_.qdiscs) return Done{};
  QdiscTrees trees;
  request_.start<tcmsg>(RTM_GETQDISC, 0);
  auto done = socket_.dump(
      request_, [&] { trees.clear(); }, [&](const nlmsghdr& message) { trees.add(message); });
  // Kernels can be built without.
  if (!done && done.error().code == EOPNOTSUPP) return Done{};
  if (!done) return done;
  for (uint32_t link : trees.with_classes()) {
    auto& header = request_.start<tcmsg>(RTM_GETTCLASS, 0);
    header.tcm_ifindex = static_cast<int>(link);
    header.tcm_parent = handle_of(kOwnHandle);  // the root's alone
    auto read = socket_.dump(
        request_, [&] { trees.clear_classes(link); },
        [&](const nlmsghdr& message) { trees.add_class(link, message); });
    if (!read) return read;
  }
  trees.for_each([&](uint32_t link, Qdisc tree) {
    tree.dev = names_.name(link);
    if (tree.dev.empty()) return;
    if (query_.others && !tree.foreign_kind.empty())
      out_.others.push_back(describe_qdisc(tree.name(), tree.dev));
    out_.state.qdiscs.push_back(std::move(tree));
  });
  trees.for_each_ingress([&](uint32_t link, std::string_view name) {
    if (query_.others) out_.others.push_back(describe_qdisc(name, names_.name(link)));
  });
  return done;
}

void Reader::read_sysctls() {
  auto& sysctls = out_.state.sysctls;
  if (query_.sysctls_of_links) sysctls = read_link_sysctls();
  std::sort(sysctls.begin(), sysctls.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  const size_t known = sysctls.size();
  std::vector<std::string> paths;
  for (const std::string& path : query_.sysctls) expand_sysctl(path, paths);
  std::sort(paths.begin(), paths.end());
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  for (const std::string& path : paths) {
    auto less = [](const Sysctl& s, const std::string& wanted) { return s.path < wanted; };
    auto end = sysctls.begin() + static_cast<ptrdiff_t>(known);
    auto it = std::lower_bound(sysctls.begin(), end, path, less);
    if (it != end && it->path == path) continue;
    if (auto value = read_sysctl(path)) sysctls.push_back({path, std::move(*value), {}});
  }
}

}  // namespace netcfg::nl
