// What another program's tables do to what nat forwards, and what nft says when it fails.
#include <gmock/gmock.h>

#include "netcfg/kernel/nftables.h"

namespace netcfg::nl {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(NftClashes, AreForwardChainsThatDrop) {
  EXPECT_THAT(
      clashes_in("table ip filter {\n"
                 "\tchain INPUT {\n"
                 "\t\ttype filter hook input priority filter; policy drop;\n"
                 "\t}\n"
                 "\tchain FORWARD {\n"
                 "\t\ttype filter hook forward priority filter; policy drop;\n"
                 "\t}\n"
                 "\tchain DOCKER {\n"
                 "\t}\n"
                 "}\n"),
      ElementsAre("docker's chain FORWARD of table ip filter drops what it does not accept; its chain "
                  "DOCKER-USER is for rules of one's own"));
  EXPECT_THAT(
      clashes_in("table ip6 filter {\n\tchain ufw6-before-forward {\n\t}\n\tchain FORWARD {\n"
                 "\t\ttype filter hook forward priority filter; policy drop;\n\t}\n}\n"),
      ElementsAre("ufw's chain FORWARD of table ip6 filter drops what it does not accept; `ufw route allow` "
                  "adds to that"));
  EXPECT_THAT(
      clashes_in("table inet firewalld {\n\tchain filter_FORWARD {\n"
                 "\t\ttype filter hook forward priority filter + 10; policy accept;\n\t}\n}\n"),
      ElementsAre("firewalld's chain filter_FORWARD of table inet firewalld rejects what its zones do "
                  "not allow; its policies allow more (firewall-cmd --new-policy)"));
}

TEST(NftClashes, AreNotOurOwnNorWhatAccepts) {
  EXPECT_THAT(clashes_in("table inet netcfg {\n\tchain forward {\n"
                         "\t\ttype filter hook forward priority filter; policy drop;\n\t}\n}\n"
                         "table inet mine {\n\tchain f {\n"
                         "\t\ttype filter hook forward priority filter; policy accept;\n\t}\n}\n"),
              IsEmpty());
  EXPECT_THAT(clashes_in(""), IsEmpty());
}

TEST(NftErrors, TellTheRuleAndItsLine) {
  Error error = nft_error(
      "/dev/stdin:5:3-12: Error: Could not process rule: No such file or directory\n"
      "\t\toifname \"eth0\" masquerade\n\t\t^^^^^^^\n",
      2);
  EXPECT_EQ(error.message,
            "Could not process rule: No such file or directory in `oifname \"eth0\" masquerade`");
  EXPECT_EQ(error.code, 3);
  EXPECT_EQ(nft_error("Error: out of memory", 2).message, "out of memory");
  EXPECT_EQ(nft_error("Error: out of memory", 2).code, 0);
  EXPECT_EQ(nft_error("no form at all", 0).message, "no form at all");
}

}  // namespace
}  // namespace netcfg::nl
