#include "tests/support/show_again.h"

#include <fmt/format.h>

#include "netcfg/probe/show.h"
#include "netcfg/spec/spec.h"
#include "tests/support/managed.h"
#include "tests/support/random_state.h"

namespace netcfg::test {
namespace {

constexpr int kBetween = 5;  // operations between two looks

template <class Value>
void disown(Value& value) {
  if (auto* address = std::get_if<Address>(&value)) address->protocol = 0;
  if (auto* neighbor = std::get_if<Neighbor>(&value)) neighbor->protocol = 0;
  if (auto* nexthop = std::get_if<Nexthop>(&value)) nexthop->protocol = 4;
  if (auto* rule = std::get_if<Rule>(&value)) rule->protocol = 0;
  if (auto* route = std::get_if<Route>(&value)) route->protocol = 4;  // RTPROT_STATIC: a person's
}

}  // namespace

std::string not_as_shown(Kernel& kernel) {
  auto live = kernel.read({.sysctls = {"net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding"}});
  if (!live) return "cannot read: " + live.error().message;
  std::string yaml = show_yaml(*live, {});
  Sources sources;
  Diagnostics problems;
  SpecFile file{"shown.yaml", yaml};
  auto desired = read_spec({&file, 1}, sources, problems);
  if (!desired) return format(problems, sources, false) + yaml;
  auto planned = Managed(kernel).plan(*desired);
  if (planned->plan && planned->plan->empty()) return {};
  return planned->text() + yaml + describe(planned->live.state);
}

std::string not_as_shown_at_random(Kernel& kernel, uint64_t seed, int operations, const OpMix& mix,
                                   size_t& states) {
  Rng rng(seed);
  SimKernel sim;  // what the operations are chosen by
  std::string trail;
  for (int i = 1; i <= operations; ++i) {
    SomeOp some = random_op(rng, sim.host(), mix);
    // Made by another: what a spec cannot say is then foreign, and not ours to be removed.
    for (auto* value : {&some.before, &some.after}) disown(*value);
    Op op = some.op();
    static_cast<void>(sim.write({&op, 1}, {}));
    auto refusal = kernel.write({&op, 1}, {});
    trail += fmt::format("  {}{}\n", to_string(op), refusal ? " (refused)" : "");
    if (i % kBetween != 0) continue;
    ++states;
    if (std::string wrong = not_as_shown(kernel); !wrong.empty())
      return fmt::format("seed {}\n{}{}", seed, wrong, trail);
  }
  return {};
}

}  // namespace netcfg::test
