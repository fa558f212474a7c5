#include <fmt/format.h>

#include "netcfg/spec/binder.h"
#include "netcfg/spec/sections.h"

namespace netcfg {
namespace {

struct AddressDraft {
  Report& report;
  Address address;
};

// The address with its length, which is not guessed.
void read_prefix(AddressDraft& d, const At& at) {
  std::string_view text = at.node.text();
  auto prefix = at.node.is_scalar() ? parse_prefix(text) : std::nullopt;
  if (!prefix)
    return d.report.error(
        at, fmt::format("expected an address with its prefix length, such as 192.0.2.10/24, got {}",
                        describe(at.node)));
  if (text.find('/') == text.npos) {
    bool v6 = prefix->ip.family == Family::ipv6;
    return d.report.error(
        at, fmt::format("{} has no prefix length", text),
        fmt::format("write {}/{}, or /{} for a host alone", text, v6 ? 64 : 24, v6 ? 128 : 32));
  }
  d.address.address = *prefix;
}

constexpr Key<AddressDraft> kKeys[] = {
    {{"address", "the address with its prefix length", "interface-address", true}, read_prefix},
};

struct FamilyOnly {
  std::string_view key;
  Family family;
  std::string_view hint;
};

constexpr FamilyOnly kFamilyOnly[] = {
    {"label", Family::ipv4, "IPv6 addresses have no labels"},
    {"broadcast", Family::ipv4, "IPv6 has no broadcast"},
    {"scope", Family::ipv4, "the kernel takes the scope of an IPv6 address from the address itself"},
    {"nodad", Family::ipv6, "IPv4 has no duplicate address detection"},
    {"home", Family::ipv6, "home addresses are IPv6 (RFC 6275)"},
    {"mngtmpaddr", Family::ipv6, "temporary addresses are IPv6 (RFC 4941)"},
};

void check_family(Report& report, const At& at, const Address& a) {
  bool v4 = a.address.ip.family == Family::ipv4;
  for (const FamilyOnly& row : kFamilyOnly) {
    const Field* field = find_field(kAddressFields, row.key);
    if (row.family == a.address.ip.family || !field->has(&a)) continue;
    for (const Entry& entry : at.node.entries())
      if (entry.key == row.key)
        report.key_error(at.value(entry), fmt::format("'{}' on an {} address", row.key, v4 ? "IPv4" : "IPv6"),
                         fmt::format("remove it: {}", row.hint));
  }
}

// What the item's own values say about each other.
void check_item(Report& report, const At& at, const Address& a) {
  auto value = [&](std::string_view key) {
    for (const Entry& entry : at.node.entries())
      if (entry.key == key) return at.value(entry);
    return at;
  };
  check_family(report, at, a);
  if (a.peer && a.peer->family != a.address.ip.family)
    report.error(value("peer"), "the peer is of the other address family", "name a peer of the same family");
  if (a.preferred.value_or(0) > a.valid.value_or(UINT32_MAX))
    report.error(value("preferred-lifetime"), "the preferred lifetime is longer than the valid lifetime",
                 "make it as long at most");
  if (a.address.ip.family == Family::ipv6 && a.mngtmpaddr.value_or(false) && a.address.length != 64)
    report.error(value("mngtmpaddr"),
                 fmt::format("temporary addresses need a /64, this is a /{}", a.address.length),
                 "remove mngtmpaddr");
}

bool read_address(AddressDraft& d, const At& at) {
  size_t before = d.report.errors();
  if (at.node.is_scalar()) {
    read_prefix(d, at);
  } else if (at.node.is_map()) {
    read_map<AddressDraft>(d.report, at, "address", kKeys, kAddressFields, d,
                           [](AddressDraft& draft) { return &draft.address; });
    if (d.address.address) check_item(d.report, at, d.address);
  } else {
    d.report.error(at, fmt::format("expected an address such as 192.0.2.10/24, or a mapping, got {}",
                                   describe(at.node)));
  }
  return d.report.errors() == before;
}

}  // namespace

void bind_addresses(Binder& binder, const IfName& dev, const At& at) {
  if (!is_list(binder.report, at)) {
    binder.gaps.addresses = true;
    return;
  }
  for (size_t i = 0; i < at.node.size(); ++i) {
    AddressDraft d{binder.report, {}};
    At item = at.item(i);
    if (!read_address(d, item)) binder.gaps.addresses = true;
    if (!d.address.address) continue;
    d.address.dev = dev;
    d.address.order = static_cast<uint32_t>(i);
    d.address.protocol = kOwnProtocol;
    d.address.origin = item.place();
    binder.out.state.addresses.push_back(std::move(d.address));
  }
}

Section address_section() {
  return {"address",
          "An address of an interface.",
          infos<AddressDraft>(kKeys),
          {std::begin(kAddressFields), std::end(kAddressFields)}};
}

}  // namespace netcfg
