// Reading a long list of routes: the text into a tree, and all of read_spec().
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "netcfg/spec/spec.h"

namespace netcfg {
namespace {

std::string long_spec(int64_t routes) {
  std::string out =
      "netcfg: 1\ninterfaces:\n  eth0:\n    addresses: [192.0.2.10/24]\n  eth1:\n    addresses: "
      "[198.51.100.1/24]\n"
      "routes:\n";
  for (int64_t i = 0; i < routes; ++i)
    out += fmt::format("  - to: 10.{}.{}.{}/32\n    via: {}\n    metric: 100\n", i >> 16 & 255, i >> 8 & 255,
                       i & 255, i % 2 == 0 ? "192.0.2.1" : "198.51.100.7");
  return out;
}

void parse_routes(benchmark::State& state) {
  std::string text = long_spec(state.range(0));
  for (auto _ : state) {
    Sources sources;
    Diagnostics diagnostics;
    auto document = read(sources, diagnostics, {{"spec.yaml", text}});
    benchmark::DoNotOptimize(document);
  }
}
BENCHMARK(parse_routes)->Arg(100'000)->Unit(benchmark::kMillisecond);

void read_routes(benchmark::State& state) {
  SpecFile file{"spec.yaml", long_spec(state.range(0))};
  for (auto _ : state) {
    Sources sources;
    Diagnostics diagnostics;
    auto desired = read_spec({&file, 1}, sources, diagnostics);
    if (!desired) state.SkipWithError("the spec has errors");
    benchmark::DoNotOptimize(desired);
  }
}
BENCHMARK(read_routes)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace netcfg
