// Queueing disciplines (net/sched/sch_api.c, sch_htb.c).
#include <algorithm>
#include <cerrno>

#include "tests/support/sim_host.h"

namespace netcfg::test {
namespace {

// What the kernel reports: parameters that were left to it have its defaults.
void fill_in(QueueKind& queue) {
  settle(queue);
  for (const Field& field : fields_of(queue))
    if (!field.has(object_of(queue))) reset(field, object_of(queue));
  // Of the MTU and the length of the transmit queue.
  constexpr uint32_t kPacket = 1514, kQueue = 1000;
  if (auto* codel = std::get_if<FqCodel>(&queue); codel && !codel->quantum) codel->quantum = kPacket;
  if (auto* fq = std::get_if<Fq>(&queue)) {
    if (!fq->quantum) fq->quantum = 2 * kPacket;
    if (!fq->initial_quantum) fq->initial_quantum = 10 * kPacket;
  }
  if (auto* sfq = std::get_if<Sfq>(&queue); sfq && !sfq->quantum) sfq->quantum = kPacket;
  if (auto* pfifo = std::get_if<Pfifo>(&queue); pfifo && !pfifo->limit) pfifo->limit = kQueue;
  if (auto* bfifo = std::get_if<Bfifo>(&queue); bfifo && !bfifo->limit) bfifo->limit = kQueue * kPacket;
}

}  // namespace

void SimHost::add_foreign_qdisc(const IfName& dev, const std::string& kind) {
  Qdisc foreign;
  foreign.dev = dev;
  foreign.foreign_kind = kind;
  foreign.handle = 1;
  qdiscs_.edit().push_back(std::move(foreign));
}

Answer SimHost::check_qdisc(const Qdisc& wanted) {
  if (!wanted.foreign_kind.empty()) return {ENOENT, "Specified qdisc kind is unknown"};
  if (const auto* tbf = std::get_if<Tbf>(&wanted.kind); tbf && (!tbf->rate || !tbf->burst))
    return {EINVAL, ""};
  for (const HtbClass& one : wanted.classes) {
    auto is_parent = [&](const HtbClass& other) { return other.id == one.parent; };
    bool there = one.parent == 0 || std::any_of(wanted.classes.begin(), wanted.classes.end(), is_parent);
    if (!there || one.rate.value_or(0) == 0 || one.ceil.value_or(0) == 0) return {EINVAL, ""};
  }
  return {};
}

Answer SimHost::carry_out(Action action, const Qdisc* before, const Qdisc* after) {
  const IfName& dev = (after ? after : before)->dev;
  if (!find(dev)) return {ENODEV, ""};
  auto& all = qdiscs_.edit();
  auto it = std::find_if(all.begin(), all.end(), [&](const Qdisc& q) { return q.dev == dev; });
  bool there = it != all.end();
  if (action == Action::create && there) return {EEXIST, "Exclusivity flag on, cannot override"};
  // tc_get_qdisc(): the kernel's own has no handle. What cannot be changed in place is deleted first.
  bool deletes = action == Action::remove || (action == Action::update && before->handle == after->handle &&
                                              !changes_in_place(*before, *after));
  bool names_it = action == Action::update || action == Action::remove;
  if (names_it && !there)
    return deletes ? Answer{EINVAL, "Invalid handle"} : Answer{ENOENT, "Qdisc not found"};
  if (names_it && it->handle != before->handle) return {EINVAL, "Invalid handle"};
  Qdisc made = after ? *after : *before;
  if (after)
    if (Answer a = check_qdisc(made); a.refused()) return a;
  if (there) all.erase(it);
  if (!after) return {};
  made.origin = {};
  fill_in(made.kind);
  for (HtbClass& one : made.classes) fill_in(one.leaf);
  all.push_back(std::move(made));
  return {};
}

}  // namespace netcfg::test
