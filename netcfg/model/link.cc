#include "netcfg/model/link.h"

namespace netcfg {

IfName parent_of(const Link& link) {
  return std::visit(
      [](const auto& kind) -> IfName {
        if constexpr (requires { kind.parent; })
          return kind.parent.value_or(IfName{});
        else
          return {};
      },
      link.kind);
}

}  // namespace netcfg
