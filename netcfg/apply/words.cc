#include "netcfg/apply/words.h"

#include <fmt/format.h>

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
