#include "netcfg/model/qdisc.h"

#include <limits>

namespace netcfg {
namespace {

__extension__ using U128 = unsigned __int128;

constexpr uint64_t kNanosecond = 1'000'000'000;  // in a second
constexpr uint64_t kTick = 64;                   // nanoseconds
constexpr uint32_t kPacket = 1600;               // tc's MTU with all headers

template <class T>
T clamp_to(U128 number) {
  return static_cast<T>(std::min<U128>(number, std::numeric_limits<T>::max()));
}

// A person's number rather than another one: with more zeros at its end.
int zeros(uint32_t number) {
  int out = 0;
  for (; number != 0 && number % 10 == 0; number /= 10) ++out;
  return out;
}

void settle_time(std::optional<uint32_t>& us) {
  if (us) us = nominal_codel_time(codel_time(*us));
}

}  // namespace

// CODEL_SHIFT and codel_time_to_us() in include/net/codel.h.
uint32_t codel_time(uint32_t us) {
  constexpr int kShift = 10;
  uint64_t units = uint64_t{us} * 1000 >> kShift;
  return static_cast<uint32_t>((units << kShift) / 1000);
}

uint32_t nominal_codel_time(uint32_t read) {
  uint32_t best = read;
  bool found = false;
  for (uint32_t us = read; us <= read + 2; ++us) {
    if (codel_time(us) != read || (found && zeros(us) < zeros(best))) continue;
    best = us;
    found = true;
  }
  return best;
}

uint32_t usual_burst(uint64_t rate) {
  constexpr uint64_t kHz = 1000;
  return settled_burst(rate, clamp_to<uint32_t>(U128{rate / kHz} + kPacket));
}

uint32_t burst_to_ticks(uint64_t rate, uint32_t bytes) {
  if (rate == 0) return 0;
  // At least one: without any, nothing would ever be sent.
  return std::max<uint32_t>(1, clamp_to<uint32_t>(U128{bytes} * kNanosecond / (U128{rate} * kTick)));
}

// Rounded up: where a tick is less than a byte, that undoes what burst_to_ticks() cut off.
uint32_t ticks_to_burst(uint64_t rate, uint32_t ticks) {
  return clamp_to<uint32_t>((U128{ticks} * kTick * rate + kNanosecond - 1) / kNanosecond);
}

const QueueInfo* find_queue(std::string_view kind) {
  const auto* it = std::find_if(std::begin(kQueues), std::end(kQueues),
                                [&](const QueueInfo& q) { return q.name == kind; });
  return it == std::end(kQueues) ? nullptr : it;
}

const QueueInfo* queue_info(const QueueKind& queue) {
  return queue.index() == 0 ? nullptr : &kQueues[queue.index() - 1];
}

const void* object_of(const QueueKind& queue) {
  return std::visit([](const auto& one) -> const void* { return &one; }, queue);
}

void* object_of(QueueKind& queue) {
  return std::visit([](auto& one) -> void* { return &one; }, queue);
}

Fields fields_of(const QueueKind& queue) {
  const QueueInfo* info = queue_info(queue);
  return info ? info->fields : Fields{};
}

void settle(QueueKind& queue) {
  if (auto* codel = std::get_if<FqCodel>(&queue))
    for (auto* time : {&codel->target, &codel->interval, &codel->ce_threshold}) settle_time(*time);
  if (auto* tbf = std::get_if<Tbf>(&queue); tbf && tbf->rate && tbf->burst)
    tbf->burst = settled_burst(*tbf->rate, *tbf->burst);
}

bool must_recreate(const QueueKind& before, const QueueKind& after) {
  if (before.index() != after.index()) return true;
  // SFQ changes nothing of itself in place: it has no change() in struct Qdisc_ops.
  if (std::holds_alternative<Sfq>(after)) return !(before == after);
  Fields fields = fields_of(after);
  return std::any_of(fields.begin(), fields.end(), [&](const Field& field) {
    return field.change == Mutability::recreate && !field.equal(object_of(before), object_of(after));
  });
}

std::string_view Qdisc::name() const {
  if (!foreign_kind.empty()) return foreign_kind;
  const QueueInfo* info = queue_info(kind);
  return info ? info->name : std::string_view("htb");
}

// HTB takes another default class only with a new tree: it has no change() in struct Qdisc_ops.
bool changes_in_place(const Qdisc& before, const Qdisc& after) {
  if (before.handle != after.handle || !before.foreign_kind.empty() || before.is_htb() != after.is_htb())
    return false;
  if (!after.is_htb()) return !must_recreate(before.kind, after.kind);
  auto moved = [&](const HtbClass& now) {
    return std::any_of(after.classes.begin(), after.classes.end(), [&](const HtbClass& then) {
      bool level = (now.leaf.index() == 0) != (then.leaf.index() == 0);
      return now.id == then.id && (now.parent != then.parent || level);
    });
  };
  return before.default_class == after.default_class &&
         std::none_of(before.classes.begin(), before.classes.end(), moved);
}

}  // namespace netcfg
