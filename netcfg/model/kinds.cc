#include "netcfg/model/kinds.h"

#include <algorithm>

namespace netcfg {
namespace {

template <class V>
FieldsOf visit_fields(const V& v) {
  return std::visit(
      [](const auto& x) {
        return FieldsOf{&x, fields_of<std::remove_cvref_t<decltype(x)>>()};
      },
      v);
}

static_assert(std::variant_size_v<LinkKind> == std::size(kKinds) + 1);

}  // namespace

const KindInfo* find_kind(std::string_view name) {
  const auto* it =
      std::find_if(std::begin(kKinds), std::end(kKinds), [&](const KindInfo& k) { return k.name == name; });
  return it == std::end(kKinds) ? nullptr : it;
}

const KindInfo* kind_info(const LinkKind& kind) {
  return kind.index() == 0 ? nullptr : &kKinds[kind.index() - 1];
}

FieldsOf fields_of(const LinkKind& kind) {
  return visit_fields(kind);
}
FieldsOf fields_of(const PortKind& port) {
  return visit_fields(port);
}

void* object_of(LinkKind& kind) {
  return std::visit([](auto& x) -> void* { return &x; }, kind);
}
void* object_of(PortKind& port) {
  return std::visit([](auto& x) -> void* { return &x; }, port);
}

PortKind port_for(const LinkKind& master) {
  if (std::holds_alternative<Bond>(master)) return BondPort{};
  if (std::holds_alternative<Bridge>(master)) return BridgePort{};
  return {};
}

}  // namespace netcfg
