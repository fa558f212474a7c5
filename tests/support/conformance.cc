#include "tests/support/conformance.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>

#include "tests/support/netns.h"
#include "tests/support/random_state.h"

namespace netcfg::test {
namespace {

// What is chance, or comes only when the kernel finds the time: link-local addresses with their routes, and
// MAC addresses that no operation gave.
State comparable(State state) {
  for (Link& link : state.links) {
    bool given = link.mac && link.mac->bytes[0] == kGivenMac[0] && link.mac->bytes[1] == kGivenMac[1];
    if (!given) link.mac = Mac{};
    link.index = 0;
    if (auto* bond = std::get_if<Bond>(&link.kind)) bond->active_slave.reset();
  }
  std::erase_if(state.addresses, [](const Address& a) {
    return a.address.ip.family == Family::ipv6 && a.address.ip.is_link_local();
  });
  std::erase_if(state.routes, [](const Route& r) {
    return r.family() == Family::ipv6 && r.to.ip.is_link_local() && r.protocol == 2;
  });
  state.sort();
  return state;
}

// What a kernel without VLAN filtering in bridges does not report; and timers that read back one tick off
// where its ticks are 4 ms (CONFIG_HZ=250).
void follow(Fields fields, void* sim, const void* real) {
  for (const Field& field : fields) {
    if (!field.has(real)) {
      field.clear(sim);
    } else if (field.type == Type::duration && field.has(sim)) {
      int64_t off = field.number(sim) - field.number(real);
      if (off >= -1 && off <= 1) field.copy(sim, real);
    }
  }
}

void follow_bridges(State& sim, const State& real) {
  for (Link& link : sim.links) {
    const Link* there = real.link(link.name);
    if (!there || there->kind.index() != link.kind.index() || there->port.index() != link.port.index())
      continue;
    if (auto* bridge = std::get_if<Bridge>(&link.kind))
      follow(kBridgeFields, bridge, &std::get<Bridge>(there->kind));
    if (auto* port = std::get_if<BridgePort>(&link.port))
      follow(kBridgePortFields, port, &std::get<BridgePort>(there->port));
  }
}

std::string code_name(int code) {
  return code == 0 ? "accepted" : strerrorname_np(code);
}

// One operation with the values it changes.
std::string line(const SomeOp& some) {
  State before, after;
  std::visit(
      [&](const auto& value) {
        using T = std::remove_cvref_t<decltype(value)>;
        if (some.action != Action::create) table_of<T>(before).push_back(value);
        if (some.action != Action::remove) table_of<T>(after).push_back(std::get<T>(some.after));
      },
      some.before);
  Op op = some.op();
  if (some.action == Action::update) return to_string(op) + "\n" + difference(before, after);
  return to_string(op) + "\n" + describe(some.action == Action::create ? after : before);
}

// The route of a new IPv6 address is put in by a worker of the kernel; until then it is no address yet.
void await(const SomeOp& some) {
  const auto* address = std::get_if<Address>(&some.after);
  if (!address || some.action == Action::remove || address->nodad != true) return;
  std::string route = fmt::format("local {} dev {} ", to_string(address->address.ip), address->dev.view());
  for (int tries = 0; tries < 300; ++tries)
    if (run("ip -6 route show table local").output.find(route) != std::string::npos) return;
}

// Newer kernels look for IPv6 hops without gateway before they look at anything else of the hops.
bool agree(const std::optional<Refusal>& real, const std::optional<Refusal>& sim) {
  if (!real || !sim) return !real && !sim;
  return real->code == sim->code || (real->code == EINVAL && real->extack.starts_with("Device only routes"));
}

// What the kernel refuses only because a worker of its own has not run yet, it takes, or refuses otherwise,
// a little later.
std::optional<Refusal> write(Kernel& real, const Op& op, const std::optional<Refusal>& expected) {
  auto until = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  for (;;) {
    auto refusal = real.write({&op, 1}, {});
    if (!refusal || agree(refusal, expected) || std::chrono::steady_clock::now() > until) return refusal;
  }
}

}  // namespace

std::string disagreement(Kernel& real, uint64_t seed, int operations, const OpMix& mix) {
  Rng rng(seed);
  SimKernel sim;
  std::string trail;
  for (int i = 0; i < operations; ++i) {
    SomeOp some = random_op(rng, sim.host(), mix);
    Op op = some.op();
    auto by_sim = sim.write({&op, 1}, {});
    auto by_real = write(real, op, by_sim);
    int sim_code = by_sim ? by_sim->code : 0, real_code = by_real ? by_real->code : 0;
    if (!by_real) await(some);
    trail += fmt::format("{}: {}{}", i, line(some), real_code ? "  " + code_name(real_code) + "\n" : "");
    if (!agree(by_real, by_sim))
      return fmt::format("seed {}\n{}the kernel: {} {}\nsimulated: {} {}\n{}", seed, trail,
                         code_name(real_code), by_real ? by_real->extack : "", code_name(sim_code),
                         by_sim ? by_sim->extack : "", describe(sim.state()));
    auto there = real.read({});
    if (!there) return fmt::format("seed {}\ncannot read: {}\n", seed, there.error().message);
    State found = comparable(there->state), expected = comparable(sim.state());
    follow_bridges(expected, found);
    std::string differs = difference(found, expected);
    if (!differs.empty())
      return fmt::format("seed {}\n{}the kernel has -, the simulation has +:\n{}", seed, trail, differs);
  }
  return {};
}

}  // namespace netcfg::test
