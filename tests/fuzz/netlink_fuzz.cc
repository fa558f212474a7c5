// Whatever the kernel, or somebody in its place, sends: the decoders look at nothing outside of it.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "netcfg/kernel/address.h"
#include "netcfg/kernel/attributes.h"
#include "netcfg/kernel/error.h"
#include "netcfg/kernel/link_read.h"
#include "netcfg/kernel/neighbor.h"
#include "netcfg/kernel/nexthop.h"
#include "netcfg/kernel/others.h"
#include "netcfg/kernel/qdisc.h"
#include "netcfg/kernel/route.h"
#include "netcfg/kernel/rule.h"
#include "netcfg/kernel/vlan_table.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace netcfg;
  nl::Names names;
  names.add(1, "lo");
  names.add(2, "eth0");
  // As aligned as a receive buffer is, and exactly as long.
  std::vector<uint8_t> datagram(data, data + size);
  nl::for_each_message(datagram, [&](const nlmsghdr& message) {
    (void)nl::parse_ack(message);
    (void)nl::decode_link_id(message);
    if (auto link = nl::decode_link(message, names))
      if (auto vlans = nl::decode_vlans(message)) nl::set_vlans(*link, vlans->ranges);
    if (auto vlans = nl::decode_vlans(message)) {
      Link bridge;
      bridge.kind = Bridge{};
      nl::set_vlans(bridge, vlans->ranges);
    }
    (void)nl::decode_nic(message);
    (void)nl::decode_address(message, names);
    (void)nl::decode_neighbor(message, names);
    (void)nl::decode_nexthop(message, names);
    (void)nl::decode_rule(message);
    Route route;
    (void)nl::decode_route(message, names, route);
    (void)nl::decode_class(message);
    (void)nl::decode_qdisc(message);
    (void)nl::describe_nexthop(message);
  });
  return 0;
}
