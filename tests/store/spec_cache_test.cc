// What was read from a spec and kept is what was read, or nothing.
#include "netcfg/store/spec_cache.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "netcfg/json/write.h"
#include "netcfg/spec/spec.h"
#include "netcfg/store/packed_routes.h"

namespace netcfg::test {
namespace {

std::string text_of(const Desired& desired) {
  std::string text;
  JsonText json(text, Bytes::exact);
  write(json, desired);  // with origins
  return text;
}

std::vector<SpecFile> good_specs() {
  std::vector<SpecFile> out;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(NETCFG_SOURCE_DIR) + "/tests/golden/spec/good")) {
    if (entry.path().extension() != ".yaml") continue;
    std::stringstream text;
    text << std::ifstream(entry.path(), std::ios::binary).rdbuf();
    out.push_back({entry.path().filename().string(), text.str()});
  }
  return out;
}

struct Kept {
  Digest key{};
  std::string bytes;
  Desired desired;
};

Kept keep(const SpecFile& file) {
  Sources sources;
  Diagnostics diagnostics;
  auto desired = read_spec({&file, 1}, sources, diagnostics);
  EXPECT_TRUE(desired) << file.name;
  Kept out;
  out.key = spec_key({&file, 1}, "me");
  out.bytes = to_bytes(out.key, *desired, diagnostics.sorted(), {{"/r", "/root/r", blake2b("routes")}});
  out.desired = std::move(*desired);
  return out;
}

SpecFile mixed() {
  return {"mixed.yaml",
          "netcfg: 1\ninterfaces:\n  eth0: { addresses: [192.0.2.1/24, '2001:db8::1/64'] }\nroutes:\n"
          "  - { to: 10.1.0.0/16, via: 192.0.2.2 }\n  - { to: 10.2.0.0/16, via: 192.0.2.2, mtu: 1400 }\n"
          "  - { to: 10.0.0.0/16, via: 192.0.2.2, table: 101, src: 192.0.2.1, metric: 7 }\n"
          "  - { to: '2001:db8:1::/48', next-hops: [{ via: 'fe80::1', dev: eth0, weight: 3 }, { via: "
          "'2001:db8::2' }] }\n  - { to: 10.3.0.0/16, type: blackhole }\n"
          "rules:\n  - { priority: 10, from: 192.0.2.1, table: 101 }\n"};
}

TEST(SpecCache, GivesBackWhatWasRead) {
  std::vector<SpecFile> specs = good_specs();
  ASSERT_GT(specs.size(), 10U);
  specs.push_back(mixed());
  for (const SpecFile& file : specs) {
    SCOPED_TRACE(file.name);
    Kept kept = keep(file);
    auto read = spec_from_bytes(kept.key, kept.bytes);
    ASSERT_TRUE(read);
    EXPECT_EQ(text_of(read->desired), text_of(kept.desired));
    EXPECT_EQ(read->desired.state, kept.desired.state);
    ASSERT_EQ(read->named.size(), 1U);
    EXPECT_EQ(read->named[0], (NamedFile{"/r", "/root/r", blake2b("routes")}));
  }
}

TEST(SpecCache, WarningsAreKept) {
  Digest key = blake2b("key");
  std::vector<Diagnostic> warnings{{Severity::warning, {3, 4, 1}, "routes[1]", "odd", "think again"}};
  auto read = spec_from_bytes(key, to_bytes(key, Desired{}, warnings, {}));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->warnings, warnings);
}

TEST(SpecCache, AnyDamagedByteMakesItNone) {
  Kept kept = keep(mixed());
  for (size_t i = 0; i < kept.bytes.size(); ++i) {
    std::string damaged = kept.bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
    EXPECT_FALSE(spec_from_bytes(kept.key, damaged)) << i;
  }
}

TEST(SpecCache, APartOfItIsNone) {
  Kept kept = keep(mixed());
  for (size_t size = 0; size < kept.bytes.size(); ++size)
    EXPECT_FALSE(spec_from_bytes(kept.key, kept.bytes.substr(0, size))) << size;
  EXPECT_FALSE(spec_from_bytes(kept.key, kept.bytes + "x"));
}

TEST(SpecCache, AnotherFormIsNone) {
  Kept kept = keep(mixed());
  std::string later = kept.bytes;
  size_t version = later.find("cache 1") + 6;
  later[version] = '2';
  EXPECT_FALSE(spec_from_bytes(kept.key, later));
}

TEST(SpecCache, TheKeyIsOfAllThatReadingDependsOn) {
  std::vector<SpecFile> two{{"a.yaml", "one"}, {"b.yaml", "two"}};
  const Digest key = spec_key(two, "me");
  EXPECT_EQ(spec_key(two, "me"), key);
  EXPECT_NE(spec_key(two, "another build"), key);
  std::vector<std::vector<SpecFile>> others{{{"b.yaml", "two"}, {"a.yaml", "one"}},
                                            {{"a.yaml", "one"}},
                                            {{"a.yaml", "one"}, {"b.yaml", "two "}},
                                            {{"/root/a.yaml", "one"}, {"b.yaml", "two"}},
                                            {{"a.yaml", "on"}, {"b.yaml", "etwo"}}};
  for (const auto& other : others) EXPECT_NE(spec_key(other, "me"), key);
  Kept kept = keep(mixed());
  EXPECT_FALSE(spec_from_bytes(key, kept.bytes));
}

TEST(PackedRoutes, NumbersThatLieAreRefused) {
  std::string bytes = pack_routes(keep(mixed()).desired.state.routes);
  ASSERT_TRUE(unpack_routes(bytes));
  for (size_t i = 0; i < bytes.size(); ++i)
    for (char value : {'\0', '\x7f', '\xff'}) {
      std::string damaged = bytes;
      damaged[i] = value;
      (void)unpack_routes(damaged);  // must neither crash nor take all memory
    }
  for (size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(unpack_routes(bytes.substr(0, size)));
}

}  // namespace
}  // namespace netcfg::test
