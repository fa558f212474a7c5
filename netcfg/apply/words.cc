#include "netcfg/apply/words.h"

#include <fmt/format.h>

#include <cerrno>
#include <set>

namespace netcfg {

std::string subject(const Step& step) {
  auto name = [](const auto* value) {
    return fmt::format("{} {}", state_kind<std::remove_cvref_t<decltype(*value)>>().name, id_of(*value));
  };
  return std::visit(
      [&](const auto* before) {
        using P = decltype(before);
        const auto* after = std::get<P>(step.op.after);
        return name(before ? before : after);
      },
      step.op.before);
}

std::string remedy(const Step& step, const Refusal& refusal) {
  const auto* const* qdisc = std::get_if<const Qdisc*>(&step.op.after);
  if (!qdisc || !*qdisc) return {};
  if (refusal.code == ENOENT && refusal.extack.find("kind is unknown") != std::string::npos) {
    // Those of first in, first out are in the kernel itself.
    std::set<std::string> modules{fmt::format("sch_{}", (*qdisc)->name())};
    for (const HtbClass& one : (*qdisc)->classes)
      if (const QueueInfo* leaf = queue_info(one.leaf); leaf && leaf->name.find("fifo") == std::string::npos)
        modules.insert(fmt::format("sch_{}", leaf->name));
    return fmt::format(
        "this kernel lacks {} {}: install the package of modules that has it, or name a kind "
        "that is there, such as pfifo",
        modules.size() == 1 ? "the module" : "one of the modules", fmt::join(modules, ", "));
  }
  if (refusal.code == EOPNOTSUPP && std::holds_alternative<Mq>((*qdisc)->kind))
    return "mq is for cards with several transmit queues: name another kind";
  return {};
}

std::string_view verb(const Step& step) {
  switch (step.op.action) {
    case Action::create:
      return "create";
    case Action::update:
      return "change";
    case Action::remove:
      return "delete";
    case Action::restore:
      return "restore";
  }
  return "change";
}

}  // namespace netcfg
