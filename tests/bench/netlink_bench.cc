// Writing and reading in bulk, each in a network namespace of its own.
#include <benchmark/benchmark.h>
#include <net/if.h>
#include <sched.h>

#include <algorithm>
#include <random>

#include "netcfg/kernel/kernel.h"
#include "netcfg/kernel/route.h"

namespace netcfg {
namespace {

std::unique_ptr<Kernel> fresh_kernel() {
  if (unshare(CLONE_NEWNET) != 0) return nullptr;
  auto opened = open_kernel();
  if (!opened) return nullptr;
  Link link;
  link.name = "a";
  link.kind = Veth{"b"};
  link.state = LinkState::up;
  Link peer = link;
  peer.name = "b";
  peer.kind = Veth{"a"};
  Address address;
  address.dev = "a";
  address.address = *parse_prefix("192.0.2.1/24");
  Op ops[] = {{Action::create, static_cast<Link*>(nullptr), &link},
              {Action::create, static_cast<Link*>(nullptr), &peer},
              {Action::create, static_cast<Address*>(nullptr), &address}};
  if ((*opened)->write(ops, nullptr)) return nullptr;
  return std::move(*opened);
}

std::vector<Route> routes(size_t count) {
  std::vector<Route> out(count);
  for (size_t i = 0; i < count; ++i) {
    Route& r = out[i];
    r.to = {Ip{Family::ipv4,
               {10, static_cast<uint8_t>(i >> 16), static_cast<uint8_t>(i >> 8), static_cast<uint8_t>(i)}},
            32};
    r.hops = {{*parse_ip("192.0.2.2"), "a", 1, false}};
    r.scope = 0;
  }
  std::shuffle(out.begin(), out.end(), std::mt19937(1));
  return out;
}

template <class T>
std::vector<Op> ops_of(const std::vector<T>& values, Action action) {
  std::vector<Op> ops;
  const T* none = nullptr;
  for (const T& value : values)
    ops.push_back(action == Action::create ? Op{action, none, &value} : Op{action, &value, none});
  return ops;
}

void run(benchmark::State& state, Kernel& kernel, const std::vector<Op>& ops) {
  if (auto refusal = kernel.write(ops, nullptr)) state.SkipWithError(refusal->extack.c_str());
}

void BM_Routes(benchmark::State& state) {
  auto kernel = fresh_kernel();
  if (!kernel) return state.SkipWithError("no network namespace");
  auto list = routes(static_cast<size_t>(state.range(0)));
  auto create = ops_of(list, Action::create);
  auto remove = ops_of(list, Action::remove);
  for (auto _ : state) {
    run(state, *kernel, create);
    state.PauseTiming();
    run(state, *kernel, remove);
    state.ResumeTiming();
  }
}
BENCHMARK(BM_Routes)->Arg(1000)->Arg(10000)->Arg(100000)->Unit(benchmark::kMillisecond);

// The floor of BM_Routes: the same requests, encoded in advance.
class OneLink : public nl::Indexes {
 public:
  explicit OneLink(uint32_t index) : index_(index) {}
  uint32_t index(const IfName&) override { return index_; }

 private:
  uint32_t index_;
};

std::vector<std::vector<uint8_t>> encoded(const std::vector<Route>& list, uint32_t index) {
  OneLink link(index);
  nl::Message message;
  std::vector<std::vector<uint8_t>> batches;
  for (size_t i = 0; i < list.size(); ++i) {
    if (i % 128 == 0) batches.emplace_back();
    (void)nl::encode_route(message, Action::create, list[i], link);
    message.header()->nlmsg_seq = 7;
    if (i % 128 == 127 || i + 1 == list.size()) message.header()->nlmsg_flags |= NLM_F_ACK;
    batches.back().insert(batches.back().end(), message.bytes().begin(), message.bytes().end());
  }
  return batches;
}

void BM_RoutesFloor(benchmark::State& state) {
  auto kernel = fresh_kernel();
  auto socket = nl::Socket::open(std::chrono::seconds(60));
  if (!kernel || !socket) return state.SkipWithError("no network namespace");
  auto list = routes(static_cast<size_t>(state.range(0)));
  auto batches = encoded(list, if_nametoindex("a"));
  auto remove = ops_of(list, Action::remove);
  for (auto _ : state) {
    for (const auto& batch : batches) {
      if (!socket->send(batch) || !socket->receive()) state.SkipWithError("no answer");
    }
    state.PauseTiming();
    run(state, *kernel, remove);
    state.ResumeTiming();
  }
}
BENCHMARK(BM_RoutesFloor)->Arg(1000)->Arg(10000)->Arg(100000)->Unit(benchmark::kMillisecond);

void BM_ReadRoutes(benchmark::State& state) {
  auto kernel = fresh_kernel();
  if (!kernel) return state.SkipWithError("no network namespace");
  auto list = routes(static_cast<size_t>(state.range(0)));
  run(state, *kernel, ops_of(list, Action::create));
  for (auto _ : state) benchmark::DoNotOptimize(kernel->read({}));
}
BENCHMARK(BM_ReadRoutes)->Arg(0)->Arg(10000)->Arg(100000)->Unit(benchmark::kMillisecond);

void BM_RemoveRoutes(benchmark::State& state) {
  auto kernel = fresh_kernel();
  if (!kernel) return state.SkipWithError("no network namespace");
  auto list = routes(static_cast<size_t>(state.range(0)));
  for (auto _ : state) {
    state.PauseTiming();
    run(state, *kernel, ops_of(list, Action::create));
    state.ResumeTiming();
    run(state, *kernel, ops_of(list, Action::remove));
  }
}
BENCHMARK(BM_RemoveRoutes)->Arg(100000)->Unit(benchmark::kMillisecond);

void BM_Rules(benchmark::State& state) {
  auto kernel = fresh_kernel();
  if (!kernel) return state.SkipWithError("no network namespace");
  std::vector<Rule> rules(static_cast<size_t>(state.range(0)));
  for (size_t i = 0; i < rules.size(); ++i) {
    rules[i].priority = static_cast<uint32_t>(30000 - i);
    rules[i].table = 100;
    rules[i].action = RuleAction::lookup;
  }
  auto create = ops_of(rules, Action::create);
  auto remove = ops_of(rules, Action::remove);
  std::reverse(remove.begin(), remove.end());
  for (auto _ : state) {
    run(state, *kernel, create);
    state.PauseTiming();
    run(state, *kernel, remove);
    state.ResumeTiming();
  }
}
BENCHMARK(BM_Rules)->Arg(10000)->Unit(benchmark::kMillisecond);

std::vector<Link> vxlans(size_t count) {
  std::vector<Link> links(count);
  for (size_t i = 0; i < links.size(); ++i) {
    Vxlan options;
    options.id = static_cast<uint32_t>(i + 1);
    options.port = 4789;
    links[i].name = IfName("vx" + std::to_string(i));
    links[i].kind = options;
  }
  return links;
}

void BM_Links(benchmark::State& state) {
  auto kernel = fresh_kernel();
  if (!kernel) return state.SkipWithError("no network namespace");
  auto links = vxlans(static_cast<size_t>(state.range(0)));
  for (auto _ : state) {
    run(state, *kernel, ops_of(links, Action::create));
    state.PauseTiming();
    run(state, *kernel, ops_of(links, Action::remove));
    state.ResumeTiming();
  }
}
BENCHMARK(BM_Links)->Arg(200)->Arg(1000)->Unit(benchmark::kMillisecond);

void BM_RemoveLinks(benchmark::State& state) {
  auto kernel = fresh_kernel();
  if (!kernel) return state.SkipWithError("no network namespace");
  auto links = vxlans(static_cast<size_t>(state.range(0)));
  for (auto _ : state) {
    state.PauseTiming();
    run(state, *kernel, ops_of(links, Action::create));
    state.ResumeTiming();
    run(state, *kernel, ops_of(links, Action::remove));
  }
}
BENCHMARK(BM_RemoveLinks)->Arg(200)->Unit(benchmark::kMillisecond);

void BM_ReadLinks(benchmark::State& state) {
  auto kernel = fresh_kernel();
  if (!kernel) return state.SkipWithError("no network namespace");
  auto links = vxlans(static_cast<size_t>(state.range(0)));
  run(state, *kernel, ops_of(links, Action::create));
  for (auto _ : state) benchmark::DoNotOptimize(kernel->read({}));
}
BENCHMARK(BM_ReadLinks)->Arg(1000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace netcfg
