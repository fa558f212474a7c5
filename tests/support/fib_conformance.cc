#include "tests/support/fib_conformance.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "netcfg/fib/lookup.h"
#include "netcfg/kernel/kernel.h"
#include "tests/support/getroute.h"
#include "tests/support/netns.h"

namespace netcfg::test {
namespace {

std::string text(const Way& way) {
  return fmt::format("dev {} via {} src {}", way.dev.view(), way.gateway ? to_string(way.gateway) : "-",
                     way.source ? to_string(way.source) : "-");
}

std::string text(const KernelAnswer& a) {
  if (a.error != 0) return strerrorname_np(a.error);
  return fmt::format("type {} table {} {}", static_cast<int>(a.type), a.table, text(a.way));
}

std::string text(const Decision& d) {
  if (!d.goes()) return strerrorname_np(d.error);
  std::string out = fmt::format("type {} table {}", static_cast<int>(d.type), d.table);
  for (const Way& way : d.ways) out += "  " + text(way);
  return out;
}

bool agree(const Decision& ours, const KernelAnswer& kernel, const Flow& flow) {
  // Which of several ways it takes only the kernel knows, and on some of them a packet may be dropped.
  bool partly = ours.goes() && !ours.note.empty() && (kernel.error == EINVAL || kernel.error == EXDEV);
  // The reverse path filter's EXDEV is told since Linux 6.14 as EINVAL, like other martians.
  if (ours.error != kernel.error && !(ours.error == EXDEV && kernel.error == EINVAL) && !partly) return false;
  if (!ours.goes() || kernel.error != 0) return true;
  if (ours.type != kernel.type) return false;
  return std::ranges::any_of(ours.ways, [&](const Way& way) {
    // The answer tells a source only for a packet that has none.
    bool source = flow.source || !flow.iif.empty() || way.source == kernel.way.source;
    return way.dev == kernel.way.dev && way.gateway == kernel.way.gateway && source;
  });
}

std::vector<std::string> sysctls_for(const std::vector<Link>& links) {
  std::vector<std::string> out;
  for (const Link& link : links)
    for (std::string& path : lookup_sysctls(link.name)) out.push_back(std::move(path));
  std::ranges::sort(out);
  out.erase(std::ranges::unique(out).begin(), out.end());
  return out;
}

// IPv6 comes up on a link, and routes of its addresses are put in, by workers of the kernel.
bool await_local_routes(Kernel& kernel) {
  for (int tries = 0; tries < 10'000; ++tries) {
    auto live = kernel.read({});
    if (!live) return false;
    auto table = run("ip -6 route show table all").output;
    auto has = [&](const std::string& route, const IfName& dev) {
      return table.find(fmt::format("{} dev {} ", route, dev.view())) != std::string::npos;
    };
    bool addresses = std::ranges::all_of(live->state.addresses, [&](const Address& a) {
      return a.nodad != true || has("local " + to_string(a.address.ip), a.dev);
    });
    bool links = std::ranges::all_of(live->state.links, [&](const Link& link) {
      bool none = link.name == IfName("lo") || std::holds_alternative<Vrf>(link.kind);
      return none || !link.is_up() || has("multicast ff00::/8", link.name);
    });
    if (addresses && links) return true;
  }
  return false;
}

void set_filters(Rng& rng, const State& state) {
  std::string command = "true";
  for (const Link& link : state.links) {
    if (rng.chance(50))
      command += fmt::format("; echo 1 > /proc/sys/net/ipv4/conf/{}/forwarding", link.name.view());
    if (rng.chance(40))
      command +=
          fmt::format("; echo {} > /proc/sys/net/ipv4/conf/{}/rp_filter", rng.below(3), link.name.view());
  }
  (void)run(command);
}

std::string listing() {
  return run("ip addr; ip rule; ip -6 rule; ip route show table all; ip -6 route show table all").output;
}

}  // namespace

std::string fib_difference(uint64_t seed, int lookups, const FibMix& mix) {
  Rng rng(seed);
  auto kernel = open_kernel();
  auto socket = nl::Socket::open(std::chrono::seconds(5));
  if (!kernel || !socket) return "no netlink";
  // What the kernel does in its own time: no source address while duplicates are looked for, and link-local
  // addresses some time after a link is up.
  (void)run(
      "cd /proc/sys/net/ipv6/conf; echo 0 > all/accept_dad; echo 0 > default/accept_dad; "
      "echo 1 > default/addr_gen_mode");
  random_network(rng, **kernel, mix);
  if (!await_local_routes(**kernel)) return "addresses without routes";
  auto links = (*kernel)->read({});
  if (!links) return links.error().message;
  set_filters(rng, links->state);
  Query query;
  query.sysctls = sysctls_for(links->state.links);
  auto live = (*kernel)->read(query);
  if (!live) return live.error().message;
  Tables tables(live->state);
  for (int i = 0; i < lookups; ++i) {
    Flow flow = random_flow(rng, live->state);
    auto answer = get_route(*socket, flow, live->state.links);
    if (!answer) return answer.error().message;
    Decision ours = lookup(tables, flow);
    if (!agree(ours, *answer, flow))
      return fmt::format("seed {}, lookup {}\nip route get {}\nkernel: {}\nours:   {}\n{}", seed, i,
                         to_string(flow), text(*answer), text(ours), listing());
  }
  return {};
}

}  // namespace netcfg::test
