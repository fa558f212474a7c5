// The text form of probes.
#include "netcfg/model/guard.h"

#include <gmock/gmock.h>

namespace netcfg {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

ProbeSpec probe(std::string_view text) {
  auto out = parse_probe(text);
  EXPECT_TRUE(out) << text << ": " << (out ? "" : out.error().message);
  return out ? *out : ProbeSpec{};
}

TEST(Probe, TextFormsAreReadAndWrittenTheSame) {
  for (const char* text : {"gateway",
                           "ssh",
                           "tcp:192.0.2.53:53",
                           "tcp:[2001:db8::1]:53",
                           "ping:192.0.2.1",
                           "ping:2001:db8::1",
                           "dns:192.0.2.53",
                           "dns:[2001:db8::53]:5353",
                           "http://192.0.2.1/",
                           "http://192.0.2.1:8080/health?a=1,b",
                           "http://[2001:db8::1]/x",
                           "command:/usr/local/bin/ok",
                           "command:/bin/ok --fast eth0",
                           "interface:eth0",
                           "gateway,dev=eth0,timeout=1s",
                           "ping:fe80::1,dev=eth0,count=5,timeout=500ms",
                           "ssh,timeout=3s",
                           "tcp:192.0.2.53:53,dev=vlan.7",
                           "command:/bin/ok,timeout=1m",
                           "http://192.0.2.1/a,timeout=2s"})
    EXPECT_EQ(to_text(probe(text)), text);
}

TEST(Probe, OtherSpellingsComeToTheSame) {
  EXPECT_EQ(probe("http:http://192.0.2.1"), probe("http://192.0.2.1/"));
  EXPECT_EQ(probe("http://192.0.2.1:80?x"), probe("http://192.0.2.1/?x"));
  EXPECT_EQ(probe("http://192.0.2.1/#there"), probe("http://192.0.2.1/"));
  EXPECT_EQ(probe("command:  /bin/ok   a  "), probe("command:/bin/ok a"));
  EXPECT_EQ(probe("ping:192.0.2.1,timeout=1s,dev=eth0"), probe("ping:192.0.2.1,dev=eth0,timeout=1000ms"));
}

TEST(Probe, PartsAreTakenApart) {
  ProbeSpec http = probe("http://[2001:db8::1]:8080/x,dev=eth0");
  EXPECT_EQ(http.address, *parse_ip("2001:db8::1"));
  EXPECT_EQ(http.port, 8080);
  EXPECT_EQ(http.path, "/x");
  EXPECT_EQ(http.dev, IfName("eth0"));
  EXPECT_THAT(probe("command:/bin/ok --a b,c").words, ElementsAre("/bin/ok", "--a", "b,c"));
}

TEST(Probe, WhatIsWrongIsSaidWithARemedy) {
  struct Case {
    const char *text, *message, *hint;
  };
  for (const Case& c : {
           Case{"gatewy", "got 'gatewy'", "did you mean 'gateway'?"},
           Case{"192.0.2.1", "got '192.0.2.1'", "write ping:192.0.2.1"},
           Case{"ssh:22", "got 'ssh:22'", ""},
           Case{"tcp", "got 'tcp'", ""},
           Case{"tcp:192.0.2.1", "expected ADDRESS:PORT", "write its port"},
           Case{"tcp:2001:db8::1", "expected ADDRESS:PORT", "[2001:db8::1]:PORT"},
           Case{"tcp:192.0.2.1:0", "a port from 1 to 65535", ""},
           Case{"tcp:dns:53", "'dns' is no address", "DNS"},
           Case{"ping:example.org", "'example.org' is no address", "DNS"},
           Case{"ping:fe80::1", "on every link", "dev: eth0"},
           Case{"ping:fe80::1%eth0", "without zone", "dev: eth0"},
           Case{"ping:0.0.0.0", "no host's address", ""},
           Case{"ping:192.0.2.1,count=0", "count: expected a whole number from 1 to 100", ""},
           Case{"ping:192.0.2.1,timeout=5", "timeout: expected a duration", ""},
           Case{"tcp:192.0.2.1:5,count=2", "'count' does not apply to tcp", "leave it out"},
           Case{"http:https://192.0.2.1/", "begins with http://", "curl"},
           Case{"http://u:p@192.0.2.1/", "without user", "curl"},
           Case{"command:ok", "absolute path", "without a shell"},
           Case{"interface:a/b", "", "such as eth0"},
       }) {
    auto out = parse_probe(c.text);
    ASSERT_FALSE(out) << c.text;
    EXPECT_THAT(out.error().message, HasSubstr(c.message)) << c.text;
    EXPECT_THAT(out.error().hint, HasSubstr(c.hint)) << c.text;
  }
}

TEST(Guard, GatewayAndSshCountWhereNoProbeIsNamed) {
  GuardSpec guard;
  guard.probes = {probe("interface:eth0")};
  EXPECT_THAT(probes_of(guard), ElementsAre(probe("gateway"), probe("ssh"), probe("interface:eth0")));
  guard.probes_named = true;
  EXPECT_THAT(probes_of(guard), ElementsAre(probe("interface:eth0")));
}

}  // namespace
}  // namespace netcfg
