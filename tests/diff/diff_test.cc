// Last applied, live, desired: what comes of the three, object by object.
#include "netcfg/diff/diff.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "tests/support/managed.h"
#include "tests/support/random_state.h"
#include "tests/support/sim_kernel.h"

namespace netcfg::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view kVerdicts[] = {"create", "update", "remove", "adopt"};

// "update link eth0 [differs]: mtu"
template <class T>
std::string line(const Difference<T>& d) {
  static constexpr std::pair<Why, std::string_view> kWhys[] = {
      {Why::wanted, "wanted"},     {Why::differs, "differs"},
      {Why::dropped, "dropped"},   {Why::field_dropped, "field dropped"},
      {Why::absent, "absent"},     {Why::exclusive, "exclusive"},
      {Why::untagged, "untagged"},
  };
  std::string out(kVerdicts[static_cast<size_t>(d.verdict)]);
  out += fmt::format(" {} {} [", state_kind<T>().name, id_of(d.before ? *d.before : d.after));
  for (auto [why, name] : kWhys)
    if (why == d.why) out += name;
  out += "]";
  if (d.verdict == Verdict::update)
    for (const std::string& field : changed_fields(*d.before, d.after)) out += " " + field;
  return out;
}

class Diff : public testing::Test {
 protected:
  Diff() {
    SimHost host;
    host.add_nic("eth0", Mac{{0x52, 0x54, 0, 0, 0, 1}});
    host.add_nic("eth1", Mac{{0x52, 0x54, 0, 0, 0, 2}});
    kernel_ = SimKernel(std::move(host));
  }

  void applied(const std::string& interfaces_and_more) {
    Managed managed(kernel_);
    managed.ledger = ledger_;
    EXPECT_TRUE(went_well(managed.apply("netcfg: 1\n" + interfaces_and_more)));
    ledger_ = managed.ledger;
  }
  // Another program does something.
  template <class T>
  void other(Action action, const T* before, const T* after) {
    Op op{action, before, after};
    auto refusal = kernel_.write({&op, 1}, {});
    EXPECT_FALSE(refusal) << refusal->extack << refusal->code;
  }
  template <class T>
  void made(const T& resource) {
    other(Action::create, static_cast<const T*>(nullptr), &resource);
  }
  template <class T>
  void removed(const T& resource) {
    other(Action::remove, &resource, static_cast<const T*>(nullptr));
  }
  template <class Change>
  void changed(const IfName& name, Change&& change) {
    State now = kernel_.state();
    const Link before = *now.link(name);
    Link after = before;
    change(after);
    other(Action::update, &before, &after);
  }
  void linked(const IfName& name, const LinkKind& kind) {
    Link link;
    link.name = name, link.kind = kind;
    made(link);
  }
  static Address address(const IfName& dev, std::string_view text) {
    Address out;
    out.dev = dev, out.address = *parse_prefix(text);
    return out;
  }
  static Route route(std::string_view to, const IfName& dev, uint8_t protocol) {
    Route out;
    out.to = *parse_prefix(to), out.hops = {{Ip{}, dev}}, out.protocol = protocol;
    return out;
  }
  static Rule rule(uint32_t priority, uint32_t table, uint8_t protocol = 0) {
    Rule out;
    out.priority = priority, out.table = table, out.action = RuleAction::lookup, out.protocol = protocol;
    return out;
  }

  std::vector<std::string> wanted(const std::string& spec) {
    auto desired = desired_of("netcfg: 1\n" + spec);
    if (!desired) return {"no spec"};
    State live = kernel_.state(query_for(*desired, ledger_));
    live.rules.insert(live.rules.end(), extra_.rules.begin(), extra_.rules.end());
    live.sort();
    Differences found = diff(live, *desired, ledger_);
    std::vector<std::string> out;
    auto add = [&](const auto& table) {
      for (const auto& d : table) out.push_back(line(d));
    };
    add(found.links), add(found.addresses), add(found.neighbors), add(found.nexthops), add(found.routes),
        add(found.rules);
    add(found.sysctls);
    foreign_.clear();
    for (const Ref& ref : found.foreign)
      std::visit([&](const auto* object) { foreign_.push_back(id_of(*object)); }, ref);
    return out;
  }

  SimKernel kernel_;
  State extra_;
  Ledger ledger_;
  std::vector<std::string> foreign_;
};

TEST_F(Diff, NothingIsWanted) {
  EXPECT_THAT(wanted(""), IsEmpty());
  EXPECT_THAT(foreign_, ElementsAre("eth0", "eth1"));
}

TEST_F(Diff, AsAppliedIsNoDifference) {
  std::string spec =
      "interfaces: { br0: { bridge: { members: [eth1] } }, eth0: { mtu: 1400, addresses: [192.0.2.1/24] } }\n"
      "routes: [{ to: 10.0.0.0/8, via: 192.0.2.9, dev: eth0 }]\nrules: [{ priority: 5, table: 7 }]\n"
      "sysctl: { net.ipv4.ip_forward: 1 }\n";
  applied(spec);
  EXPECT_THAT(wanted(spec), IsEmpty());
}

TEST_F(Diff, AFieldThatTheSpecDoesNotNameIsLeftAlone) {
  applied("interfaces: { eth0: { addresses: [192.0.2.1/24] } }");
  changed("eth0", [](Link& link) { link.mtu = 1300, link.description = "by hand"; });
  EXPECT_THAT(wanted("interfaces: { eth0: { addresses: [192.0.2.1/24] } }"), IsEmpty());
  EXPECT_THAT(wanted("interfaces: { eth0: { mtu: 1400, addresses: [192.0.2.1/24] } }"),
              ElementsAre("update link eth0 [differs] mtu"));
}

TEST_F(Diff, AFieldTakenOutOfTheSpecGoesBackToWhatItWas) {
  changed("eth0", [](Link& link) { link.mtu = 1450; });
  applied("interfaces: { eth0: { mtu: 1300 } }");
  EXPECT_THAT(wanted("interfaces: { eth0: {} }"), ElementsAre("update link eth0 [field dropped] mtu"));
  applied("interfaces: { eth0: {} }");
  State now = kernel_.state();
  EXPECT_EQ(now.link("eth0")->mtu, 1450U);
}

TEST_F(Diff, ALinkOfOursThatIsNoLongerWantedGoes) {
  applied("interfaces: { br0: { bridge: {} } }");
  linked("br1", Bridge{});
  EXPECT_THAT(wanted(""), ElementsAre("remove link br0 [dropped]"));
  EXPECT_THAT(foreign_, ElementsAre("br1", "eth0", "eth1"));
}

TEST_F(Diff, ACardIsNeverRemoved) {
  applied("interfaces: { eth0: { mtu: 1300, state: up } }");
  EXPECT_THAT(wanted(""), ElementsAre("update link eth0 [field dropped] mtu"));
}

TEST_F(Diff, AnothersLinkOfTheSameNameIsAdoptedOnlyWhenTheSpecMakesIt) {
  linked("br0", Bridge{});
  EXPECT_THAT(wanted("interfaces: { br0: { addresses: [192.0.2.1/24], state: down } }"),
              ElementsAre("create address br0 192.0.2.1/24 [wanted]"));
  EXPECT_THAT(wanted("interfaces: { br0: { bridge: {}, state: down } }"),
              ElementsAre("adopt link br0 [untagged]"));
}

TEST_F(Diff, WhatAnotherMadeInsteadIsNotOurs) {
  applied("interfaces: { x0: { bridge: {} } }");
  State now = kernel_.state();
  removed(*now.link("x0"));
  linked("x0", Dummy{});
  EXPECT_THAT(wanted(""), IsEmpty());
  EXPECT_THAT(foreign_, ElementsAre("eth0", "eth1", "x0"));
}

TEST_F(Diff, AbsentTakesAnyonesLinkAway) {
  linked("br0", Bridge{});
  EXPECT_THAT(wanted("interfaces: { br0: { state: absent } }"), ElementsAre("remove link br0 [absent]"));
  EXPECT_THAT(wanted("interfaces: { br7: { state: absent } }"), IsEmpty());
}

TEST_F(Diff, AddressesOfOthersAreForeignUnlessExclusive) {
  applied("interfaces: { eth0: { addresses: [192.0.2.1/24] } }");
  made(address("eth0", "192.0.2.77/24"));
  EXPECT_THAT(wanted("interfaces: { eth0: {} }"), ElementsAre("remove address eth0 192.0.2.1/24 [dropped]"));
  EXPECT_THAT(foreign_, ElementsAre("eth1", "eth0 192.0.2.77/24"));
  EXPECT_THAT(wanted("interfaces: { eth0: { manage: exclusive, addresses: [192.0.2.1/24] } }"),
              ElementsAre("remove address eth0 192.0.2.77/24 [exclusive]"));
  EXPECT_THAT(wanted("interfaces: { eth0: { addresses: [192.0.2.1/24, 192.0.2.77/24] } }"),
              ElementsAre("adopt address eth0 192.0.2.77/24 [untagged]"));
}

TEST_F(Diff, AnAddressChangesByItsFields) {
  applied("interfaces: { eth0: { addresses: [{ address: 192.0.2.1/24, label: \"eth0:1\", metric: 7 }] } }");
  EXPECT_THAT(wanted("interfaces: { eth0: { addresses: [192.0.2.1/24] } }"),
              ElementsAre("update address eth0 192.0.2.1/24 [differs] label metric"));
  EXPECT_THAT(
      wanted("interfaces: { eth0: { addresses: [192.0.2.1/25] } }"),
      ElementsAre("remove address eth0 192.0.2.1/24 [dropped]", "create address eth0 192.0.2.1/25 [wanted]"));
}

TEST_F(Diff, RoutesAreOursByTheirTag) {
  applied("interfaces: { eth0: { addresses: [192.0.2.1/24] } }\nroutes: [{ to: 10.0.0.0/8, dev: eth0 }]");
  ledger_ = {};  // lost
  made(route("10.1.0.0/16", "eth0", 186));
  EXPECT_THAT(wanted("interfaces: { eth0: { addresses: [192.0.2.1/24] } }"),
              ElementsAre("remove route 10.0.0.0/8 [dropped]"));
  EXPECT_THAT(foreign_, ElementsAre("eth1", "10.1.0.0/16"));
  EXPECT_THAT(wanted("interfaces: { eth0: { addresses: [192.0.2.1/24] } }\n"
                     "routes: [{ to: 10.0.0.0/8, dev: eth0 }, { to: 10.1.0.0/16, dev: eth0 }]"),
              ElementsAre("adopt route 10.1.0.0/16 [untagged]"));
  EXPECT_THAT(
      wanted("interfaces: { eth0: { addresses: [192.0.2.1/24] } }\n"
             "routes: [{ to: 10.0.0.0/8, dev: eth0, mtu: 1300 }, { to: 10.1.0.0/16, type: blackhole }]"),
      ElementsAre("update route 10.0.0.0/8 [differs] mtu",
                  "update route 10.1.0.0/16 [differs] type next-hops scope"));
}

TEST_F(Diff, OneOfSeveralEqualRulesIsEnough) {
  // The kernel takes equal rules, where netcfg makes none: so the second is put into what is live.
  made(rule(5, 7));
  extra_.rules.push_back(rule(5, 7, 99));
  EXPECT_THAT(wanted("rules: [{ priority: 5, table: 7 }]"), ElementsAre("adopt rule 5: lookup 7 [untagged]"));
  EXPECT_THAT(foreign_, ElementsAre("eth0", "eth1", "5: lookup 7"));
  EXPECT_THAT(wanted("rules: [{ priority: 6, table: 7 }]"), ElementsAre("create rule 6: lookup 7 [wanted]"));
  extra_.rules = {rule(5, 7, kOwnProtocol)};
  EXPECT_THAT(wanted("rules: [{ priority: 5, table: 7 }]"), IsEmpty()) << "ours is the one that counts";
  EXPECT_THAT(wanted(""), ElementsAre("remove rule 5: lookup 7 [dropped]"));
}

TEST_F(Diff, ARuleOfOursGoesAndAnothersStays) {
  applied("rules: [{ priority: 5, table: 7 }]");
  made(rule(9, 7));
  EXPECT_THAT(wanted(""), ElementsAre("remove rule 5: lookup 7 [dropped]"));
  EXPECT_THAT(foreign_, testing::Contains("9: lookup 7"));
}

TEST_F(Diff, AParameterGoesBackToItsValueBefore) {
  applied("sysctl: { net.ipv4.ip_forward: 1 }");
  EXPECT_THAT(wanted("sysctl: { net.ipv4.ip_forward: 1 }"), IsEmpty());
  EXPECT_THAT(wanted("sysctl: { net.ipv4.ip_forward: 0 }"),
              ElementsAre("update sysctl net/ipv4/ip_forward [differs] value"));
  EXPECT_THAT(wanted(""), ElementsAre("update sysctl net/ipv4/ip_forward [field dropped] value"));
}

TEST_F(Diff, AMemberThatTheSpecNeverListedStays) {
  applied("interfaces: { br0: { bridge: { members: [eth0] } } }");
  changed("eth1", [](Link& link) { link.master = IfName("br0"), link.port = BridgePort{}; });
  EXPECT_THAT(wanted("interfaces: { br0: { bridge: { members: [eth0] } } }"), IsEmpty());
  EXPECT_THAT(wanted("interfaces: { br0: { bridge: {} }, eth0: {} }"),
              ElementsAre("update link eth0 [field dropped] master"));
}

}  // namespace
}  // namespace netcfg::test
