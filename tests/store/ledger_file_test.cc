#include "netcfg/store/ledger_file.h"

#include <gmock/gmock.h>

#include <cerrno>

#include "netcfg/store/place.h"
#include "tests/support/memory_files.h"

namespace netcfg::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kPath = "/var/lib/netcfg/ledger.json";

Ledger some_ledger() {
  Ledger ledger;
  Link link;
  link.name = "br0";
  link.kind = Bridge{};
  ledger.applied.links.push_back(link);
  ledger.applied.sysctls.push_back({"net/ipv4/ip_forward", "1", {}});
  ledger.own_links.push_back(link.name);
  for (const char* to : {"10.0.0.0/8", "10.1.0.0/16", "10.2.0.0/16"}) {
    Route route;
    route.to = *parse_prefix(to);
    route.hops = {{*parse_ip("192.0.2.1"), "br0"}};
    ledger.applied.routes.push_back(route);
  }
  ledger.applied.routes[1].metrics.make().mtu = 1400;
  ledger.applied.routes[2].hops.push_back({*parse_ip("192.0.2.2"), "br0", 7});
  ledger.original.sysctls.push_back({"net/ipv4/ip_forward", "0", {}});
  ledger.uplinks.emplace().links.emplace_back().name = "telecom";
  assign_numbers(*ledger.uplinks), fill_defaults(*ledger.uplinks);
  return ledger;
}

TEST(LedgerFile, SurvivesOnDisk) {
  MemoryFiles files;
  ASSERT_TRUE(save_ledger(files, kPath, "this", some_ledger(), some_ledger().applied.routes));
  StoredLedger stored = load_ledger(files, kPath, "this");
  EXPECT_FALSE(stored.damage);
  EXPECT_EQ(stored.bytes, files.files[kPath].size());
  EXPECT_EQ(stored.ledger.applied, some_ledger().applied);
  EXPECT_EQ(stored.ledger.original, some_ledger().original);
  EXPECT_EQ(stored.ledger.own_links, some_ledger().own_links);
  EXPECT_EQ(stored.ledger.uplinks, some_ledger().uplinks);
}

TEST(LedgerFile, PlanningDoesWithoutItsRoutes) {
  MemoryFiles files;
  ASSERT_TRUE(save_ledger(files, kPath, "this", some_ledger(), some_ledger().applied.routes));
  StoredLedger stored = load_ledger(files, kPath, "this", LedgerRoutes::skip);
  EXPECT_FALSE(stored.damage);
  EXPECT_EQ(stored.ledger.applied.links, some_ledger().applied.links);
  EXPECT_LT(stored.ledger.applied.routes.size(), some_ledger().applied.routes.size());
}

TEST(LedgerFile, NoneIsEmptyAndNoDamage) {
  MemoryFiles files;
  StoredLedger stored = load_ledger(files, kPath, "this");
  EXPECT_FALSE(stored.damage);
  EXPECT_EQ(stored.ledger.applied, State{});
}

TEST(LedgerFile, AnotherKernelsLinksAreNotOurs) {
  MemoryFiles files;
  ASSERT_TRUE(save_ledger(files, kPath, "before the reboot", some_ledger(), some_ledger().applied.routes));
  StoredLedger stored = load_ledger(files, kPath, "after it");
  EXPECT_FALSE(stored.damage);
  EXPECT_THAT(stored.ledger.own_links, IsEmpty());
  EXPECT_EQ(stored.ledger.original, State{});
  EXPECT_EQ(stored.ledger.applied, some_ledger().applied);
}

TEST(LedgerFile, EveryDamagedByteIsNoticed) {
  MemoryFiles files;
  ASSERT_TRUE(save_ledger(files, kPath, "this", some_ledger(), some_ledger().applied.routes));
  const std::string good = files.files[kPath];
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    files.files[kPath] = bad;
    StoredLedger stored = load_ledger(files, kPath, "this");
    // The head's other words are not covered; then the ledger is as it was, or its links are forgotten.
    if (!stored.damage) {
      EXPECT_EQ(stored.ledger.applied, some_ledger().applied) << i;
      EXPECT_LT(i, good.find('\n')) << bad;
    } else {
      EXPECT_THAT(stored.damage->message, HasSubstr(kPath));
      EXPECT_EQ(stored.ledger.applied, State{});
    }
  }
  for (size_t size = 0; size < good.size(); ++size) {
    files.files[kPath] = good.substr(0, size);
    EXPECT_TRUE(load_ledger(files, kPath, "this").damage) << size;
  }
}

TEST(LedgerFile, ALaterVersionsIsNotGuessedAt) {
  MemoryFiles files;
  ASSERT_TRUE(save_ledger(files, kPath, "this", some_ledger(), some_ledger().applied.routes));
  std::string& text = files.files[kPath];
  text.replace(text.find("\":2,"), 4, "\":3,");
  StoredLedger stored = load_ledger(files, kPath, "this");
  ASSERT_TRUE(stored.damage);
  EXPECT_THAT(stored.damage->message, HasSubstr("later version"));
}

TEST(LedgerFile, UnreadableIsDamage) {
  MemoryFiles files;
  files.failures[kPath] = EACCES;
  StoredLedger stored = load_ledger(files, kPath, "this");
  ASSERT_TRUE(stored.damage);
  EXPECT_EQ(stored.damage->code, EACCES);
  EXPECT_EQ(save_ledger(files, kPath, "this", {}, {}).error().code, EACCES);
}

TEST(Place, EveryNamespaceHasItsOwn) {
  EXPECT_EQ(ledger_path(""), "/var/lib/netcfg/ledger.json");
  EXPECT_EQ(ledger_path("blue"), "/var/lib/netcfg/netns/blue/ledger.json");
  EXPECT_EQ(lock_path(""), "/run/netcfg/lock");
  EXPECT_EQ(lock_path("blue"), "/run/netcfg/netns/blue/lock");
}

}  // namespace
}  // namespace netcfg::test
