// What the kernel's implementation decides by itself: the order of a bond's options, changes of VLAN tables,
// which rule a deletion would hit, a NIC's path.
#include <gmock/gmock.h>
#include <linux/if_bridge.h>

#include "netcfg/kernel/bond_order.h"
#include "netcfg/kernel/nic.h"
#include "netcfg/kernel/rule_table.h"
#include "netcfg/kernel/sysctl.h"
#include "netcfg/kernel/vlan_table.h"

namespace netcfg::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> names(const nl::Rows& rows) {
  std::vector<std::string> out;
  for (size_t i = 0; i < std::size(kBondFields); ++i)
    if (rows[i]) out.emplace_back(kBondFields[i].name);
  return out;
}

nl::Rows rows(std::initializer_list<const char*> list) {
  nl::Rows out;
  for (const char* name : list) out.set(nl::row_of(kBondFields, name));
  return out;
}

TEST(BondOrder, DelaysGoAlongWithTheirInterval) {
  Bond before;
  before.mode = BondMode::active_backup;
  before.miimon = 100;
  before.updelay = 400;
  before.downdelay = 0;
  Bond after = before;
  after.miimon = 200;
  EXPECT_THAT(names(nl::bond_steps(&before, after, rows({"miimon"})).second),
              ElementsAre("miimon", "updelay", "downdelay"));
  after.miimon = 0;
  after.updelay = 0;
  EXPECT_THAT(names(nl::bond_steps(&before, after, rows({"miimon", "updelay"})).second),
              ElementsAre("miimon"));
  EXPECT_THAT(names(nl::bond_steps(nullptr, after, rows({"mode", "miimon", "updelay", "downdelay"})).second),
              ElementsAre("mode", "miimon"));
}

TEST(BondOrder, OptionsOfTheOldModeGoFirst) {
  Bond before;
  before.mode = BondMode::active_backup;
  before.arp_interval = 100;
  Bond after;
  after.mode = BondMode::lacp;
  after.arp_interval = 0;
  after.lacp_rate = 1;
  after.miimon = 100;
  auto steps = nl::bond_steps(&before, after, rows({"mode", "arp-interval", "lacp-rate", "miimon"}));
  EXPECT_THAT(names(steps.first), ElementsAre("arp-interval"));
  EXPECT_THAT(names(steps.second), ElementsAre("mode", "miimon", "lacp-rate"));
  // What neither mode has is left alone.
  EXPECT_THAT(names(nl::bond_steps(nullptr, after, rows({"arp-interval", "active-slave"})).second),
              IsEmpty());
}

constexpr uint16_t kPvid = BRIDGE_VLAN_INFO_PVID | BRIDGE_VLAN_INFO_UNTAGGED;
constexpr uint16_t kUntagged = BRIDGE_VLAN_INFO_UNTAGGED;

VidSet vids(std::initializer_list<Span> ranges) {
  VidSet out;
  for (Span range : ranges) out.add(range);
  return out;
}

Link port_of(std::optional<uint16_t> pvid, std::optional<VidSet> all, std::optional<VidSet> untagged) {
  BridgePort port;
  port.pvid = pvid;
  port.vlans = std::move(all);
  port.untagged = std::move(untagged);
  Link link;
  link.port = port;
  return link;
}

TEST(VlanTable, ANewPvidComesLast) {
  nl::VlanRange now[] = {{1, 1, kPvid}};
  auto changes = nl::vlan_changes(port_of(10, vids({{10, 30}}), vids({{20, 21}})), now);
  EXPECT_THAT(changes.remove, ElementsAre(nl::VlanRange{1, 1, 0}));
  EXPECT_THAT(changes.add, ElementsAre(nl::VlanRange{11, 19, 0}, nl::VlanRange{20, 21, kUntagged},
                                       nl::VlanRange{22, 30, 0}, nl::VlanRange{10, 10, kPvid}));
}

TEST(VlanTable, NothingToDo) {
  nl::VlanRange now[] = {{1, 1, kPvid}, {5, 9, 0}, {10, 10, kUntagged}};
  auto changes = nl::vlan_changes(port_of(1, vids({{1, 1}, {5, 10}}), vids({{10, 10}})), now);
  EXPECT_THAT(changes.remove, IsEmpty());
  EXPECT_THAT(changes.add, IsEmpty());
}

TEST(VlanTable, UnsetFieldsKeepWhatIsThere) {
  nl::VlanRange now[] = {{1, 1, kPvid}, {5, 9, 0}, {10, 10, kUntagged}};
  auto changes = nl::vlan_changes(port_of(5, {}, {}), now);
  EXPECT_THAT(changes.remove, IsEmpty());
  EXPECT_THAT(changes.add, ElementsAre(nl::VlanRange{1, 1, 0}, nl::VlanRange{5, 5, kPvid}));
  changes = nl::vlan_changes(port_of({}, vids({{1, 1}, {10, 11}}), {}), now);
  EXPECT_THAT(changes.remove, ElementsAre(nl::VlanRange{5, 9, 0}));
  EXPECT_THAT(changes.add, ElementsAre(nl::VlanRange{11, 11, 0}));
  changes = nl::vlan_changes(port_of(0, {}, {}), now);
  EXPECT_THAT(changes.add, ElementsAre(nl::VlanRange{1, 1, 0}));
}

TEST(VlanTable, ABridgeTakesItsPvidFromItsUntaggedVlans) {
  Bridge bridge;
  bridge.default_pvid = 7;
  bridge.vlans = vids({{5, 9}});
  bridge.untagged = vids({{6, 7}});
  Link link;
  link.kind = bridge;
  auto changes = nl::vlan_changes(link, {});
  EXPECT_THAT(changes.add, ElementsAre(nl::VlanRange{5, 5, 0}, nl::VlanRange{6, 6, kUntagged},
                                       nl::VlanRange{8, 9, 0}, nl::VlanRange{7, 7, kPvid}));
  std::get<Bridge>(link.kind).default_pvid = 1;
  EXPECT_EQ(nl::vlan_changes(link, {}).add.back(), (nl::VlanRange{6, 6, kPvid}));
}

TEST(VlanTable, ReadBack) {
  Link link = port_of({}, {}, {});
  nl::set_vlans(link, std::vector<nl::VlanRange>{{1, 1, kPvid}, {2, 5, 0}, {6, 6, kUntagged}});
  const auto& port = std::get<BridgePort>(link.port);
  EXPECT_EQ(port.pvid, 1);
  EXPECT_EQ(port.vlans, vids({{1, 6}}));
  EXPECT_EQ(port.untagged, vids({{6, 6}}));
}

Rule rule(const char* from, bool invert = false, uint8_t protocol = kOwnProtocol) {
  Rule r;
  r.priority = 1000;
  r.action = RuleAction::lookup;
  r.table = 5;
  r.protocol = protocol;
  if (*from) r.from = parse_prefix(from);
  if (invert) r.invert = true;
  return r;
}

TEST(RuleTable, WhatADeletionWouldHit) {
  EXPECT_TRUE(nl::deletion_matches(rule(""), rule("10.0.0.0/8")));
  EXPECT_FALSE(nl::deletion_matches(rule("10.0.0.0/8"), rule("")));
  EXPECT_TRUE(nl::deletion_matches(rule("10.0.0.0/8"), rule("10.0.0.0/8", true)));
  EXPECT_FALSE(nl::deletion_matches(rule(""), rule("", false, 4)));
  EXPECT_TRUE(nl::deletion_matches(rule("", false, 0), rule("", false, 4)));
}

TEST(RuleTable, RulesInTheWayMoveBehind) {
  nl::RuleTable table;
  for (const Rule& r : {rule("10.0.0.0/8", true), rule("", false, 4), rule("10.0.0.0/8"), rule("")})
    table.add(r);
  EXPECT_TRUE(table.contains(rule("")));
  EXPECT_FALSE(table.contains(rule("11.0.0.0/8")));
  EXPECT_EQ(table.take(rule("11.0.0.0/8")), std::nullopt);
  EXPECT_THAT(*table.take(rule("")), ElementsAre(rule("10.0.0.0/8", true), rule("10.0.0.0/8")));
  EXPECT_THAT(*table.take(rule("10.0.0.0/8", true)), IsEmpty());
  EXPECT_THAT(*table.take(rule("10.0.0.0/8")), IsEmpty());
  // What is left is somebody else's.
  EXPECT_EQ(table.take(rule("")), std::nullopt);
  EXPECT_TRUE(table.contains(rule("")));
}

TEST(IdPath, AsUdevHasIt) {
  auto subsystem = [](const std::string& folder) -> std::string {
    std::string name = folder.substr(folder.rfind('/') + 1);
    if (name.starts_with("0000:")) return "pci";
    if (name.starts_with("virtio")) return "virtio";
    if (name.starts_with("usb") || name.starts_with("1-")) return "usb";
    if (name.find("pcie") != name.npos) return "platform";
    return "";
  };
  EXPECT_EQ(nl::id_path("/sys/devices/pci0000:00/0000:00:03.0/virtio0", subsystem), "pci-0000:00:03.0");
  EXPECT_EQ(nl::id_path("/sys/devices/pci0000:00/0000:00:01.0/0000:01:00.1", subsystem), "pci-0000:01:00.1");
  EXPECT_EQ(nl::id_path("/sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2.3/1-2.3:1.0", subsystem),
            "pci-0000:00:14.0-usb-0:2.3:1.0");
  EXPECT_EQ(nl::id_path("/sys/devices/platform/scb/fd500000.pcie/pci0000:00/0000:01:00.0", subsystem),
            "platform-fd500000.pcie-pci-0000:01:00.0");
}

TEST(Sysctl, Folding) {
  EXPECT_EQ(nl::fold(" 32768\t60999 \n"), "32768 60999");
  EXPECT_EQ(nl::fold("\n"), "");
}

}  // namespace
}  // namespace netcfg::test
