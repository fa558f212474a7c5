#include "netcfg/spec/binder.h"
#include "netcfg/spec/sections.h"

namespace netcfg {
namespace {

constexpr Field kMatchFields[] = {
    other<&Match::ifname>(Type::text, "name", "its name now", {1, 15}),
    other<&Match::mac>(Type::mac, "mac", "its MAC address"),
    other<&Match::permanent_mac>(Type::mac, "permanent-mac", "the MAC address that is burnt in"),
    other<&Match::pci>(Type::text, "pci", "its PCI address, such as 0000:00:03.0", {1, 64}),
    other<&Match::driver>(Type::text, "driver", "its driver, such as virtio_net", {1, 64}),
    other<&Match::path>(Type::text, "path", "its path as udev has it (ID_PATH)", {1, 255}),
};

}  // namespace

void bind_match(Binder& binder, const IfName& name, const At& at) {
  Match match;
  match.name = name;
  match.origin = at.key_place;
  if (!read_map<Match>(binder.report, at, "match", {}, kMatchFields, match, [](Match& m) { return &m; }))
    return;
  bool any = false;
  for (const Field& field : kMatchFields) any |= field.has(&match);
  if (!any) return binder.report.error(at, "'match' without a criterion", "name at least one, such as mac");
  binder.out.matches.push_back(std::move(match));
}

Section match_section() {
  return {"match",
          "How a NIC is found; all that is given must fit, and exactly one NIC.",
          {},
          {std::begin(kMatchFields), std::end(kMatchFields)}};
}

}  // namespace netcfg
