#include "netcfg/model/link.h"

namespace netcfg {

Link::Link() = default;
Link::Link(const Link& other) = default;
Link::Link(Link&& other) noexcept = default;
Link& Link::operator=(const Link& other) = default;
Link& Link::operator=(Link&& other) noexcept = default;
Link::~Link() = default;

bool Link::operator==(const Link& o) const {
  return name == o.name && kind == o.kind && foreign_kind == o.foreign_kind && state == o.state &&
         mtu == o.mtu && mac == o.mac && description == o.description && altnames == o.altnames &&
         txqueuelen == o.txqueuelen && group == o.group && arp == o.arp && multicast == o.multicast &&
         allmulticast == o.allmulticast && token == o.token && master == o.master && port == o.port;
}

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
