// Bonds: every mode, every option, and what members have, on Debian's kernel.
#include <gmock/gmock.h>

#include "tests/support/live_kernel.h"

namespace netcfg::test {
namespace {

class Bonds : public LiveKernelTest {
 protected:
  void SetUp() override {
    LiveKernelTest::SetUp();
    ASSERT_TRUE(succeeds("ip link add m1 type dummy; ip link add m2 type dummy"));
  }

  Link bond_of(BondMode mode, std::optional<uint32_t> miimon = 100) {
    Bond bond;
    bond.mode = mode;
    bond.miimon = miimon;
    Link link;
    link.name = "bond7";
    link.kind = bond;
    return link;
  }
  Bond bond() { return std::get<Bond>(live("bond7").kind); }

  std::optional<Refusal> enslave(const IfName& name, const BondPort& options, bool up = true) {
    Link before = live(name);
    Link after = before;
    after.master = "bond7";
    after.port = options;
    if (up) after.state = LinkState::up;
    return update(before, after);
  }
  void release(const IfName& name) {
    Link before = live(name);
    Link after = before;
    after.master = IfName();
    after.port = std::monostate();
    EXPECT_TRUE(accepted(update(before, after)));
    EXPECT_EQ(live(name).master, IfName());
    EXPECT_EQ(live(name).state, before.state);
  }
  template <class Change>
  std::optional<Refusal> change(Change&& f) {
    Link before = live("bond7");
    Link after = before;
    f(after, std::get<Bond>(after.kind));
    return update(before, after);
  }
};

constexpr BondMode kModes[] = {BondMode::balance_rr, BondMode::active_backup, BondMode::balance_xor,
                               BondMode::broadcast,  BondMode::lacp,          BondMode::balance_tlb,
                               BondMode::balance_alb};

TEST_F(Bonds, EveryOptionOfEveryMode) {
  for (BondMode mode : kModes) {
    SCOPED_TRACE(kBondModes[static_cast<size_t>(mode)].name);
    std::set<std::string, std::less<>> skip{"mode", "primary", "active-slave"};
    for (const BondOptionModes& row : kBondOptionModes)
      if (!mode_has(mode, row.option)) skip.insert(std::string(row.option));
    Link base = bond_of(mode);
    change_each_kind_field(base,
                           {{"miimon", std::string("200ms")},
                            {"updelay", std::string("300ms")},
                            {"downdelay", std::string("400ms")},
                            {"peer-notify-delay", std::string("500ms")},
                            {"arp-ip-target", Texts{"192.0.2.1", "192.0.2.2"}},
                            {"ns-ip6-target", Texts{"2001:db8::1"}},
                            {"primary", std::string("m1")}},
                           skip);
    ASSERT_TRUE(accepted(remove(live("bond7"))));
  }
}

TEST_F(Bonds, MadeWithEverythingAtOnce) {
  Link link = bond_of(BondMode::active_backup, std::nullopt);
  auto& wanted = std::get<Bond>(link.kind);
  wanted.fail_over_mac = 1;
  wanted.miimon = 0;
  wanted.updelay = wanted.downdelay = wanted.peer_notify_delay = 0;
  wanted.arp_interval = 250;
  wanted.arp_ip_target = {*parse_ip("192.0.2.1"), *parse_ip("192.0.2.9")};
  wanted.ns_ip6_target = {*parse_ip("2001:db8::1")};
  wanted.arp_validate = 3;
  wanted.arp_all_targets = 1;
  wanted.missed_max = 5;
  wanted.primary_reselect = 2;
  wanted.resend_igmp = 3;
  wanted.num_peer_notif = 4;
  wanted.all_slaves_active = true;
  wanted.min_links = 1;
  wanted.use_carrier = true;
  wanted.xmit_hash_policy = 1;
  wanted.primary = IfName();
  wanted.active_slave = IfName();
  link.state = LinkState::up;
  link.mac = parse<Mac>("02:00:00:00:00:07");
  link.mtu = 1400;
  ASSERT_TRUE(accepted(create(link)));
  Link now = live("bond7");
  Bond found = std::get<Bond>(now.kind);
  for (const Field& field : kBondFields)
    if (field.has(&wanted)) {
      EXPECT_TRUE(field.equal(&found, &wanted))
          << field.name << " is " << to_string(field.get(field, &found));
    }
  EXPECT_EQ(now.mac, link.mac);
  EXPECT_EQ(now.mtu, 1400U);
  EXPECT_EQ(now.state, LinkState::up);
}

TEST_F(Bonds, MadeAgainFromWhatWasRead) {
  for (BondMode mode : kModes) {
    SCOPED_TRACE(kBondModes[static_cast<size_t>(mode)].name);
    ASSERT_TRUE(accepted(create(bond_of(mode))));
    Link before = live("bond7");
    ASSERT_TRUE(accepted(remove(before)));
    ASSERT_TRUE(accepted(create(before)));
    Link now = live("bond7");
    EXPECT_TRUE(same(now, before)) << run("ip -d link show bond7").output;
    ASSERT_TRUE(accepted(remove(now)));
  }
}

TEST_F(Bonds, DelaysFollowTheInterval) {
  ASSERT_TRUE(accepted(create(bond_of(BondMode::active_backup))));
  ASSERT_TRUE(accepted(change([](Link&, Bond& b) { b.updelay = 400, b.downdelay = 200; })));
  // The kernel keeps 4 and 2 intervals.
  ASSERT_TRUE(accepted(change([](Link&, Bond& b) { b.miimon = 200; })));
  EXPECT_EQ(bond().updelay, 400U);
  EXPECT_EQ(bond().downdelay, 200U);
  ASSERT_TRUE(accepted(change([](Link&, Bond& b) { b.miimon = b.updelay = b.downdelay = 0; })));
  EXPECT_EQ(bond().miimon, 0U);
  EXPECT_EQ(bond().updelay, 0U);
  ASSERT_TRUE(accepted(change([](Link&, Bond& b) { b.miimon = 100; })));
  EXPECT_EQ(bond().updelay, 0U);
  EXPECT_EQ(bond().downdelay, 0U);
}

TEST_F(Bonds, FromLinkMonitoringToArpAndBack) {
  ASSERT_TRUE(accepted(create(bond_of(BondMode::active_backup))));
  ASSERT_TRUE(accepted(change([](Link&, Bond& b) {
    b.miimon = 0;
    b.arp_interval = 300;
    b.arp_ip_target = {*parse_ip("192.0.2.1")};
    b.arp_validate = 3;
  })));
  EXPECT_EQ(bond().miimon, 0U);
  EXPECT_EQ(bond().arp_interval, 300U);
  EXPECT_EQ(bond().arp_validate, 3);
  ASSERT_TRUE(accepted(change([](Link&, Bond& b) {
    b.miimon = 100;
    b.updelay = 200;
    b.arp_interval = 0;
    b.arp_ip_target.emplace();
    b.arp_validate = 0;
  })));
  EXPECT_EQ(bond().miimon, 100U);
  EXPECT_EQ(bond().updelay, 200U);
  EXPECT_EQ(bond().arp_interval, 0U);
  EXPECT_EQ(bond().arp_validate, 0);
  EXPECT_EQ(bond().arp_ip_target, std::vector<Ip>());
}

TEST_F(Bonds, FromAnyModeToAnyOther) {
  for (BondMode from : kModes)
    for (BondMode to : kModes) {
      if (from == to) continue;
      SCOPED_TRACE(std::string(kBondModes[static_cast<size_t>(from)].name) + " to " +
                   std::string(kBondModes[static_cast<size_t>(to)].name));
      Link link = bond_of(from);
      auto& options = std::get<Bond>(link.kind);
      if (mode_has(from, "arp-interval")) {
        options.miimon = 0;
        options.arp_interval = 100;
        options.arp_ip_target = {*parse_ip("192.0.2.1")};
        options.arp_validate = 1;
      }
      if (mode_has(from, "lacp-rate")) options.lacp_rate = 1;
      ASSERT_TRUE(accepted(create(link)));
      ASSERT_TRUE(accepted(change([&](Link&, Bond& b) {
        b.mode = to;
        b.miimon = 100;
        b.arp_interval = 0;
        b.arp_ip_target.emplace();
        b.arp_validate = 0;
        b.lacp_rate = 0;
      })));
      EXPECT_EQ(bond().mode, to);
      EXPECT_EQ(bond().miimon, 100U);
      EXPECT_EQ(bond().arp_interval, 0U);
      EXPECT_EQ(bond().arp_ip_target, std::vector<Ip>());
      EXPECT_EQ(bond().arp_validate, 0);
      EXPECT_EQ(bond().lacp_rate, 0);
      ASSERT_TRUE(accepted(remove(live("bond7"))));
    }
}

TEST_F(Bonds, Members) {
  Link link = bond_of(BondMode::active_backup);
  link.state = LinkState::up;
  ASSERT_TRUE(accepted(create(link)));
  ASSERT_TRUE(succeeds("ip link set m1 up"));  // it must go down first
  ASSERT_TRUE(accepted(enslave("m1", {10, 1})));
  ASSERT_TRUE(accepted(enslave("m2", {-5, 2})));
  EXPECT_EQ(std::get<BondPort>(live("m1").port), (BondPort{10, 1}));
  EXPECT_EQ(std::get<BondPort>(live("m2").port), (BondPort{-5, 2}));
  EXPECT_EQ(live("m1").master, IfName("bond7"));
  EXPECT_EQ(live("m1").state, LinkState::up);
  change_each_port_field("m2", {{"queue-id", int64_t{7}}});

  ASSERT_TRUE(accepted(change([](Link&, Bond& b) { b.primary = "m2"; })));
  EXPECT_EQ(bond().primary, IfName("m2"));
  ASSERT_TRUE(accepted(change([](Link&, Bond& b) { b.primary = IfName(), b.active_slave = "m1"; })));
  EXPECT_EQ(bond().primary, IfName());
  EXPECT_EQ(bond().active_slave, IfName("m1"));
  ASSERT_TRUE(accepted(change([](Link&, Bond& b) { b.active_slave = "m2"; })));
  EXPECT_EQ(bond().active_slave, IfName("m2"));
  release("m1");
  release("m2");
  EXPECT_EQ(bond().active_slave, IfName());
}

TEST_F(Bonds, MembersOfEveryMode) {
  for (BondMode mode : kModes) {
    SCOPED_TRACE(kBondModes[static_cast<size_t>(mode)].name);
    Link link = bond_of(mode);
    link.state = LinkState::up;
    ASSERT_TRUE(accepted(create(link)));
    // A member's priority is an option of three modes only; 0 is not written.
    ASSERT_TRUE(accepted(enslave("m1", {0, 3})));
    EXPECT_EQ(std::get<BondPort>(live("m1").port).queue_id, 3);
    EXPECT_EQ(live("m1").master, IfName("bond7"));
    release("m1");
    ASSERT_TRUE(accepted(remove(live("bond7"))));
  }
}

TEST_F(Bonds, ActiveMemberIsChosenOnceTheBondIsUp) {
  ASSERT_TRUE(accepted(create(bond_of(BondMode::active_backup))));
  ASSERT_TRUE(accepted(enslave("m1", {})));
  ASSERT_TRUE(accepted(enslave("m2", {})));
  ASSERT_TRUE(accepted(change([](Link& l, Bond& b) { l.state = LinkState::up, b.active_slave = "m2"; })));
  EXPECT_EQ(bond().active_slave, IfName("m2"));
}

TEST_F(Bonds, BornAsAMember) {
  Link link = bond_of(BondMode::balance_rr);
  link.state = LinkState::up;
  ASSERT_TRUE(accepted(create(link)));
  Link member;
  member.name = "m9";
  member.kind = Dummy{};
  member.state = LinkState::up;
  member.master = "bond7";
  member.port = BondPort{0, 4};
  ASSERT_TRUE(accepted(create(member)));
  EXPECT_EQ(live("m9").master, IfName("bond7"));
  EXPECT_EQ(live("m9").state, LinkState::up);
  EXPECT_EQ(std::get<BondPort>(live("m9").port), (BondPort{0, 4}));
}

TEST_F(Bonds, RefusalsAreTheKernels) {
  Link link = bond_of(BondMode::balance_rr);
  link.state = LinkState::up;
  ASSERT_TRUE(accepted(create(link)));
  auto refusal = change([](Link&, Bond& b) { b.mode = BondMode::lacp; });
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->code, EBUSY);
  EXPECT_EQ(refusal->what, "RTM_NEWLINK");
}

}  // namespace
}  // namespace netcfg::test
