#include "netcfg/guard/reverter.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>

#include "netcfg/host/clock.h"
#include "netcfg/host/detached.h"
#include "netcfg/host/transient_unit.h"

namespace netcfg {
namespace {

Error not_armed(std::string why) {
  return {"the process that would take the change back could not be armed: " + std::move(why),
          "nothing was changed; without it a lost connection could not be mended", 0};
}

std::string unit_of(const ReverterOrder& order) {
  return fmt::format("{}-{}.service", order.unit, order.generation);
}

Result<> start(const ReverterOrder& order, int channel) {
  if (order.unit.empty()) return start_detached(order.argv, channel, order.lock);
  TransientUnit unit;
  unit.name = unit_of(order);
  unit.description = "Takes a change of the network back unless it is kept";
  unit.argv = order.argv;
  unit.stdin_fd = channel;
  unit.stdout_fd = order.lock;
  unit.patience = std::chrono::milliseconds(order.patience / kMillisecond);
  return start_transient(unit);
}

}  // namespace

Result<Reverter> Reverter::arm(const ReverterOrder& order) {
  auto ends = Channel::pair();
  if (!ends) return not_armed(ends.error().message);
  {
    Channel theirs = std::move(ends->second);  // closed here, so that its end shows
    if (auto started = start(order, theirs.fd()); !started) return not_armed(started.error().message);
  }
  Reverter out(std::move(ends->first));
  int64_t until = boottime() + order.patience;
  for (int64_t left = order.patience; left > 0; left = until - boottime()) {
    pollfd wanted{out.fd(), POLLIN, 0};
    if (poll(&wanted, 1, static_cast<int>(left / kMillisecond + 1)) < 0 && errno != EINTR) break;
    auto heard = out.channel_.hear();
    if (!heard) continue;
    if (heard->end) return not_armed("it ended at once");
    if (heard->text == kWordArmed) return out;
    return not_armed(heard->text);
  }
  return not_armed("it does not answer");
}

Fd Reverter::comes_back(const ReverterOrder& order) {
  if (order.unit.empty()) return {};
  auto process = start_again(unit_of(order));
  return process ? std::move(*process) : Fd{};
}

bool Reverter::holds() const {
  auto heard = channel_.hear();
  return !heard || !heard->end;
}

}  // namespace netcfg
