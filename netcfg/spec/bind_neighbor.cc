#include "netcfg/spec/binder.h"
#include "netcfg/spec/sections.h"

namespace netcfg {
namespace {

struct NeighborSpec {
  std::optional<Ip> address;
  std::optional<bool> proxy;
};

struct NeighborDraft {
  Report& report;
  Neighbor neighbor;
  NeighborSpec spec;
};

constexpr Field kOwnFields[] = {
    other<&NeighborSpec::address>(Type::ip, "address", "the neighbour's address").needed(),
    boolean<&NeighborSpec::proxy>("proxy", "answer for this address on behalf of others", "false"),
};

constexpr Key<NeighborDraft> kKeys[] = {
    {{"address", "the neighbour's address", "ip", true},
     [](NeighborDraft& d, const At& at) { read_field(d.report, at, kOwnFields[0], &d.spec); }},
    {{"proxy", "answer for this address on behalf of others", "boolean"},
     [](NeighborDraft& d, const At& at) { read_field(d.report, at, kOwnFields[1], &d.spec); }},
};

void check_item(Report& report, const At& at, const Neighbor& n) {
  if (!n.proxy && !n.mac)
    missing_key(report, at, "mac", "mac: \"02:00:00:00:00:01\"; or proxy: true to answer for others");
  if (n.proxy && n.mac) report.error(at, "a proxy entry has no MAC address", "remove mac, or proxy");
  if (n.router && n.address.family == Family::ipv4)
    report.error(at, "'router' is for IPv6 neighbours", "remove router");
}

}  // namespace

void bind_neighbors(Binder& binder, const IfName& dev, const At& at) {
  if (!is_list(binder.report, at)) return;
  for (size_t i = 0; i < at.node.size(); ++i) {
    At item = at.item(i);
    NeighborDraft d{binder.report, {}, {}};
    if (!read_map<NeighborDraft>(binder.report, item, "neighbor", kKeys, kNeighborFields, d,
                                 [](NeighborDraft& draft) { return &draft.neighbor; }))
      continue;
    d.neighbor.dev = dev;
    d.neighbor.address = d.spec.address.value_or(Ip{});
    d.neighbor.proxy = d.spec.proxy.value_or(false);
    d.neighbor.protocol = kOwnProtocol;
    d.neighbor.origin = item.place();
    check_item(binder.report, item, d.neighbor);
    binder.out.state.neighbors.push_back(d.neighbor);
  }
}

Section neighbor_section() {
  return {"neighbor",
          "A permanent neighbour entry of an interface.",
          infos<NeighborDraft>(kKeys),
          {std::begin(kNeighborFields), std::end(kNeighborFields)}};
}

}  // namespace netcfg
