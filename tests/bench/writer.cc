// The netlink part of applying: netcfg's own plan for COUNT routes or rules, given to netcfg's own writer in
// the network namespace that tests/bench/run has made, then the plan to be without them. Prints the processor
// time that each writing takes, in ms; planning and reading are not counted.
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <span>
#include <string_view>

#include "netcfg/kernel/kernel.h"
#include "netcfg/plan/plan.h"

namespace netcfg {
namespace {

constexpr size_t kSlice = 1024;  // as apply() hands them over, but for rules, which stay together

double cpu_ms() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  auto ms = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_usec) / 1e3;
  };
  return ms(used.ru_utime) + ms(used.ru_stime);
}

// 10.x.y.z/32 via 192.0.2.2 on va, as the floor has them.
Desired routes(uint32_t count) {
  Desired out;
  out.state.routes.resize(count);
  for (uint32_t i = 0; i < count; ++i) {
    Route& route = out.state.routes[i];
    route.to = {
        Ip{Family::ipv4,
           {10, static_cast<uint8_t>(i >> 16), static_cast<uint8_t>(i >> 8), static_cast<uint8_t>(i)}},
        32};
    route.hops = {{*parse_ip("192.0.2.2"), "va", 1, false}};
    route.scope = 0;
  }
  return out;
}

// Priorities from 1000 on, as the floor has them.
Desired rules(uint32_t count) {
  Desired out;
  out.state.rules.resize(count);
  for (uint32_t i = 0; i < count; ++i) {
    Rule& rule = out.state.rules[i];
    rule.priority = 1000 + i, rule.table = 100, rule.action = RuleAction::lookup;
  }
  return out;
}

// The time of writing; negative when that is not possible.
double carry_out(Kernel& kernel, Desired& desired) {
  Query query;
  query.own_routes_only = true;
  auto live = kernel.read(query);
  Diagnostics problems;
  const Ledger nothing;
  auto plan = live ? make_plan({*live, desired, nothing}, problems) : std::nullopt;
  if (!plan) return -1;
  std::vector<Op> ops;
  for (const Step& step : plan->steps) ops.push_back(step.op);
  bool rules = !ops.empty() && std::holds_alternative<const Rule*>(ops.front().after);
  size_t slice = rules ? ops.size() : kSlice;
  double begin = cpu_ms();
  for (size_t i = 0; i < ops.size(); i += slice)
    if (kernel.write(std::span(ops).subspan(i, std::min(slice, ops.size() - i)), nullptr)) return -1;
  return cpu_ms() - begin;
}

int run(Desired all) {
  auto kernel = open_kernel();
  if (!kernel) return 1;
  Desired none;
  double add = carry_out(**kernel, all);
  double remove = carry_out(**kernel, none);
  fmt::print("{:.1f} {:.1f}\n", add, remove);
  return add < 0 || remove < 0;
}

}  // namespace
}  // namespace netcfg

int main(int argc, char** argv) {
  std::string_view what = argc == 3 ? argv[1] : "";
  if (what != "routes" && what != "rules")
    return fmt::print(stderr, "usage: netcfg_writer routes|rules COUNT\n"), 64;
  auto count = static_cast<uint32_t>(strtoul(argv[2], nullptr, 10));
  return netcfg::run(what == "routes" ? netcfg::routes(count) : netcfg::rules(count));
}
