#include "netcfg/kernel/resilient_trial.h"

#include <array>
#include <chrono>
#include <string>

#include "netcfg/kernel/apart.h"
#include "netcfg/kernel/socket.h"
#include "netcfg/kernel/writer.h"

namespace netcfg::nl {
namespace {

constexpr std::chrono::milliseconds kPatience{5000};
constexpr std::string_view kYes = "yes", kNo = "no";

// A blackhole is the one next hop that needs no link but lo.
std::string try_it() {
  auto socket = Socket::open(kPatience);
  if (!socket) return {};
  Link down, up;
  down.name = up.name = IfName("lo");
  up.state = LinkState::up;
  Nexthop member, group;
  member.id = 1, member.family = Family::ipv4, member.blackhole = true;
  group.id = 2, group.group = {{1, 1}}, group.resilient = Resilient{uint16_t{1}, 0U, 0U};
  std::array<Op, 3> ops{Op{Action::update, &down, &up},
                        Op{Action::create, static_cast<const Nexthop*>(nullptr), &member},
                        Op{Action::create, static_cast<const Nexthop*>(nullptr), &group}};
  auto refusal = Writer(*socket, kPatience).run(ops, [] { return false; });
  if (!refusal) return std::string(kYes);
  return refusal->op + 1 == ops.size() ? std::string(kNo) : std::string();
}

}  // namespace

std::optional<bool> try_resilient_group() {
  auto said = run_apart(try_it);
  if (!said || said->empty()) return std::nullopt;
  return *said == kYes;
}

}  // namespace netcfg::nl
