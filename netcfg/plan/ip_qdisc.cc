// Queueing disciplines as commands of tc(8).
#include <fmt/format.h>

#include <algorithm>

#include "netcfg/plan/ip_words.h"

namespace netcfg {
namespace {

// tc has a word alone where we have true and false, or a choice.
std::string cake_word(const Field& field, int64_t number) {
  constexpr std::string_view kAcks[] = {"no-ack-filter", "ack-filter", "ack-filter-aggressive"};
  if (field.name == "ack-filter") return std::string(kAcks[number]);
  if (field.type == Type::choice) return std::string(field.choices[number].name);
  if (field.name == "ingress") return number != 0 ? "ingress" : "egress";
  std::string no = field.name == "split-gso" ? "no-" : "no";
  return (number != 0 ? "" : no) + std::string(field.name);
}

std::string flag_word(const QueueKind& queue, const Field& field, int64_t number) {
  if (std::holds_alternative<Cake>(queue)) return cake_word(field, number);
  if (field.name == "horizon-drop") return number != 0 ? "horizon_drop" : "horizon_cap";
  return (number != 0 ? "" : "no") + std::string(field.name);
}

// tc knows no minutes and hours.
std::string time_word(int64_t nanoseconds) {
  if (nanoseconds % kSecond == 0) return fmt::format("{}s", nanoseconds / kSecond);
  if (nanoseconds % kMillisecond == 0) return fmt::format("{}ms", nanoseconds / kMillisecond);
  return fmt::format("{}us", nanoseconds / kMicrosecond);
}

std::string value_word(const Field& field, const void* object) {
  if (field.type == Type::duration) return time_word(field.number(object) * field.unit);
  if (field.type == Type::rate && field.number(object) == 0) return "unlimited";
  return field.type == Type::size ? std::to_string(field.number(object))
                                  : to_string(field.get(field, object));
}

std::string option_of(const QueueKind& queue, const Field& field) {
  const void* object = object_of(queue);
  bool flag = field.type == Type::boolean || field.type == Type::choice;
  if (flag) return flag_word(queue, field, field.number(object));
  std::string word(field.name);
  std::replace(word.begin(), word.end(), '-', '_');
  std::string value = value_word(field, object);
  if (std::holds_alternative<Cake>(queue)) {
    if (word == "bandwidth") return value == "unlimited" ? value : "bandwidth " + value;
    if (word == "memory_limit") word = "memlimit";
  }
  if (word == "perturb") value = std::to_string(field.number(object));
  return word + " " + value;
}

std::string queue_words(const QueueKind& queue, const QueueKind* before) {
  const QueueInfo* info = queue_info(queue);
  std::string out(info->name);
  for (const Field& field : info->fields) {
    bool same = before && before->index() == queue.index() && info->name != Tbf::kind &&
                field.equal(object_of(queue), object_of(*before));
    if (field.has(object_of(queue)) && !same) out += " " + option_of(queue, field);
  }
  return out;
}

std::string class_words(const HtbClass& one) {
  auto rate = [](const std::optional<uint64_t>& bytes) {
    return rate_to_string(static_cast<int64_t>(bytes.value_or(0)));
  };
  return fmt::format("htb rate {} ceil {} burst {} cburst {} prio {}", rate(one.rate), rate(one.ceil),
                     one.burst.value_or(0), one.cburst.value_or(0), one.priority.value_or(0));
}

const HtbClass* class_of(const Qdisc* tree, uint16_t id) {
  if (!tree) return nullptr;
  auto it = std::find_if(tree->classes.begin(), tree->classes.end(),
                         [&](const HtbClass& one) { return one.id == id; });
  return it == tree->classes.end() ? nullptr : &*it;
}

// The classes of `after` that are not so in `before`; null: none is there.
void add_classes(const Qdisc& after, const Qdisc* before, std::vector<std::string>& out) {
  std::string dev = shell_word(after.dev.view());
  auto name = [](uint16_t id) {
    return id == 0 ? fmt::format("{:x}:", kOwnHandle) : fmt::format("{:x}:{:x}", kOwnHandle, id);
  };
  if (before)
    for (const HtbClass& one : before->classes)
      if (!class_of(&after, one.id))
        out.push_back(fmt::format("tc class del dev {} classid {}", dev, name(one.id)));
  for (const HtbClass& one : after.classes) {
    const HtbClass* there = class_of(before, one.id);
    HtbClass rates = there ? *there : HtbClass{};
    rates.leaf = one.leaf;
    if (!(rates == one))
      out.push_back(fmt::format("tc class {} dev {} parent {} classid {} {}", there ? "change" : "add", dev,
                                name(one.parent), name(one.id), class_words(one)));
    if (one.leaf.index() == 0 || (there && there->leaf == one.leaf)) continue;
    bool anew = !there || must_recreate(there->leaf, one.leaf);
    out.push_back(fmt::format("tc qdisc {} dev {} parent {} {}", anew ? "replace" : "change", dev,
                              name(one.id), queue_words(one.leaf, anew ? nullptr : &there->leaf)));
  }
}

}  // namespace

std::vector<std::string> qdisc_commands(const Op& op) {
  const Qdisc* before = std::get<const Qdisc*>(op.before);
  const Qdisc* after = std::get<const Qdisc*>(op.after);
  std::string dev = shell_word((after ? after : before)->dev.view());
  std::vector<std::string> out;
  if (!after) return {fmt::format("tc qdisc del dev {} root", dev)};
  bool change = op.action == Action::update && changes_in_place(*before, *after);
  if (op.action == Action::update && !change && before->handle == after->handle)
    out.push_back(fmt::format("tc qdisc del dev {} root", dev));
  std::string_view verb = change ? "change" : op.action == Action::create ? "add" : "replace";
  std::string start = fmt::format("tc qdisc {} dev {} root handle {:x}:", verb, dev, after->handle);
  if (!after->is_htb()) {
    out.push_back(fmt::format("{} {}", start, queue_words(after->kind, change ? &before->kind : nullptr)));
    return out;
  }
  if (!change) out.push_back(fmt::format("{} htb default 0x{:x}", start, after->default_class));
  add_classes(*after, change ? before : nullptr, out);
  return out;
}

}  // namespace netcfg
