// Ledgers and saved plans of many routes: the bytes per second and per route of JSON.
#include <benchmark/benchmark.h>

#include "netcfg/json/read.h"
#include "netcfg/json/write.h"

namespace netcfg {
namespace {

State many_routes(int64_t count) {
  State state;
  for (int64_t i = 0; i < count; ++i) {
    Route route;
    route.to = {{Family::ipv4,
                 {10, static_cast<uint8_t>(i >> 16), static_cast<uint8_t>(i >> 8), static_cast<uint8_t>(i)}},
                32};
    route.hops = {{*parse_ip("192.0.2.1"), "bond0"}};
    route.scope = 0;
    route.origin = {static_cast<uint32_t>(i + 10), 5, 0};
    state.routes.push_back(std::move(route));
  }
  return state;
}

std::string text_of(const State& state, Origins origins) {
  std::string text;
  JsonText json(text, Bytes::exact);
  write(json, state, origins);
  return text;
}

void WriteRoutes(benchmark::State& run) {
  State state = many_routes(run.range(0));
  size_t bytes = 0;
  for (auto _ : run) bytes = text_of(state, Origins::drop).size();
  run.SetItemsProcessed(run.iterations() * run.range(0));
  run.counters["bytes/route"] = static_cast<double>(bytes) / static_cast<double>(run.range(0));
}
BENCHMARK(WriteRoutes)->Arg(100'000)->Unit(benchmark::kMillisecond);

void ReadRoutes(benchmark::State& run) {
  std::string text = text_of(many_routes(run.range(0)), Origins::keep);
  for (auto _ : run) {
    auto state = state_from_json(text);
    if (!state || state->routes.size() != static_cast<size_t>(run.range(0))) run.SkipWithError("not read");
    benchmark::DoNotOptimize(state);
  }
  run.SetItemsProcessed(run.iterations() * run.range(0));
  run.SetBytesProcessed(run.iterations() * static_cast<int64_t>(text.size()));
}
BENCHMARK(ReadRoutes)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace netcfg
