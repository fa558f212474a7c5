// Random queueing disciplines, of random specs and of others.
#include "tests/support/random_qdiscs.h"

#include "tests/support/random_draft.h"

namespace netcfg::test {
namespace {

constexpr uint64_t kMegabit = 125'000;

QueueKind some_leaf(Rng& rng) {
  switch (rng.below(4)) {
    case 0:
      return FqCodel{};
    case 1:
      return Pfifo{.limit = rng.between(10, 12)};
    case 2:
      return Bfifo{.limit = 15'000};
    default:
      return Sfq{.limit = {}, .quantum = {}, .perturb = rng.below(2)};
  }
}

HtbClass some_class(Rng& rng, uint16_t id, uint16_t parent, uint64_t rate) {
  HtbClass out;
  out.id = id;
  out.parent = parent;
  out.rate = rate;
  out.ceil = parent == 0 ? rate : rate + kMegabit * rng.below(2);
  out.burst = usual_burst(*out.rate);
  out.cburst = usual_burst(*out.ceil);
  out.priority = parent == 0 ? 0 : rng.below(2);  // of one with classes below it cannot be changed
  if (parent != 0) out.leaf = some_leaf(rng);
  return out;
}

}  // namespace

Qdisc some_htb(Rng& rng, const IfName& dev) {
  Qdisc out;
  out.dev = dev;
  out.classes.push_back(some_class(rng, 1, 0, 10 * kMegabit));
  out.default_class = static_cast<uint16_t>(2 + rng.below(2));
  for (uint16_t id = 2; id < 5; ++id)
    if (id == out.default_class || rng.chance(60))
      out.classes.push_back(some_class(rng, id, 1, kMegabit * rng.between(1, 2)));
  return out;
}

Qdisc some_qdisc(Rng& rng, const IfName& dev) {
  if (rng.chance(40)) return some_htb(rng, dev);
  Qdisc out;
  out.dev = dev;
  switch (rng.below(5)) {
    case 0: {
      FqCodel codel;
      if (rng.chance(50)) codel.target = 5000 + 1000 * rng.below(2);
      if (rng.chance(30)) codel.flows = rng.chance(50) ? 512 : 1024;
      out.kind = codel;
      break;
    }
    case 1:
      out.kind = Tbf{kMegabit * rng.between(1, 3), usual_burst(kMegabit * 3), 20'000};
      settle(out.kind);
      break;
    case 2:
      out.kind = Noqueue{};
      break;
    case 3:
      out.kind = Cake{};
      if (rng.chance(60)) std::get<Cake>(out.kind).bandwidth = kMegabit * rng.below(3);
      break;
    default:
      out.kind = some_leaf(rng);
  }
  return out;
}

// By numbers of their own: those that follow are for other things.
void Draft::add_qdiscs() {
  Rng rng = rng_;
  for (const Link& link : out_.state.links)
    if (!link.absent() && rng.chance(12)) out_.state.qdiscs.push_back(some_qdisc(rng, link.name));
}

}  // namespace netcfg::test
