#include "netcfg/apply/undo.h"

#include <fmt/format.h>

#include <algorithm>

#include "netcfg/apply/moved.h"
#include "netcfg/apply/words.h"

namespace netcfg {
namespace {

constexpr int kPasses = 3;

std::vector<std::string> describe(const Plan& plan) {
  std::vector<std::string> out;
  for (const Step& step : plan.steps)
    if (step.verdict != Verdict::adopt) out.push_back(fmt::format("{} {}", verb(step), subject(step)));
  return out;
}

// What cannot be brought back: a NIC that was pulled out, or another program's link that is gone. It is
// nobody's fault, but the state is not the one before.
void add_gone(std::vector<std::string>& out, const State& now, const State& before) {
  for (const Link& link : before.links) {
    if (link.kind.index() != 0 || now.link(link.name)) continue;
    auto same = [&](const Link& other) { return link.index != 0 && other.index == link.index; };
    if (!std::ranges::any_of(now.links, same))
      out.push_back(fmt::format("link {} is gone, and netcfg cannot make it", link.name.view()));
  }
}

// A refusal is no end: the next pass plans from what came of it.
size_t write(Kernel& kernel, const Plan& plan, Moved& moved) {
  std::vector<Op> ops;
  for (const Step& step : plan.steps)
    if (step.writes) ops.push_back(step.op), moved.note(step.op);
  (void)kernel.write(ops, [] { return false; });
  return ops.size();
}

}  // namespace

Undone undo(Kernel& kernel, const State& before, const std::vector<IfName>& made, const Query& query) {
  Undone out;
  Moved moved;
  for (int pass = 0; pass <= kPasses; ++pass) {
    auto now = kernel.read(query);
    if (!now) {
      out.leftover = {"the state cannot be read: " + now.error().message};
      continue;
    }
    Diagnostics problems;
    auto back = plan_back(now->state, before, made, problems);
    out.leftover = back ? describe(*back) : std::vector<std::string>{problems.sorted().front().message};
    add_gone(out.leftover, now->state, before);
    bool over = back && back->steps.empty();
    if (over || pass == kPasses) kernel.announce(moved.announcements(now->state));
    if (over) {
      out.verified = out.leftover.empty();
      return out;
    }
    if (back && pass < kPasses) out.writes += write(kernel, *back, moved);
  }
  return out;
}

}  // namespace netcfg
