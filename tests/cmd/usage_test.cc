// Wrong usage, help and version: what the command line itself answers.
#include <gmock/gmock.h>

#include "tests/support/sandbox.h"

namespace netcfg::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

TEST(Usage, WrongUsageIs64WithAMessageOnStandardError) {
  Sandbox box;
  struct Case {
    const char* arguments;
    const char* message;
    const char* hint;
  };
  const Case cases[] = {
      {"plann", "netcfg: unknown command 'plann'", "did you mean 'netcfg plan'?"},
      {"xyzzy", "netcfg: unknown command 'xyzzy'", "'netcfg --help' lists the commands"},
      {"help plann", "netcfg: unknown command 'plann'", "did you mean 'netcfg plan'?"},
      {"plan --detailed-exitcod", "netcfg plan: unknown option '--detailed-exitcod'",
       "'--detailed-exitcode'"},
      {"plan --detailed-exitcod=1", "unknown option '--detailed-exitcod'", "'--detailed-exitcode'"},
      {"plan --yes", "there is no option '--yes' here", "it belongs to 'netcfg apply'"},
      {"validate -x", "netcfg validate: unknown option '-x'", "see 'netcfg validate --help'"},
      {"--bogus", "netcfg: unknown option '--bogus'", "see 'netcfg --help'"},
      {"plan --root", "netcfg plan: --root needs a value: --root DIR", "see 'netcfg plan --help'"},
      {"plan --format yml", "netcfg plan: --format takes text, json or ip, not 'yml'", ""},
      {"show --format jsn", "--format takes yaml, json or table, not 'jsn'", "did you mean 'json'?"},
      {"plan --color=alway", "--color takes auto, always or never, not 'alway'", "did you mean 'always'?"},
      {"validate --quiet=3", "netcfg validate: --quiet takes no value", ""},
      {"version extra", "netcfg version: takes no arguments, but 'extra' was given", ""},
      {"diff a b c", "netcfg diff: 'c' is one argument too many", "usage: netcfg diff [A] [B]"},
      {"$(printf 'a\\033[2Jb')", "unknown command 'a?[2Jb'", ""},
  };
  for (const Case& c : cases) {
    auto ended = box.run(std::string("$N ") + c.arguments);
    EXPECT_EQ(ended.status, 64) << c.arguments;
    EXPECT_THAT(ended.err, AllOf(HasSubstr(c.message), HasSubstr(c.hint))) << c.arguments;
    EXPECT_THAT(ended.out, IsEmpty()) << c.arguments;
  }
}

TEST(Usage, NoArgumentAtAllShowsTheHelpAsAnError) {
  auto ended = Sandbox().run("$N");
  EXPECT_EQ(ended.status, 64);
  EXPECT_THAT(ended.err, StartsWith("Usage: netcfg COMMAND"));
  EXPECT_THAT(ended.out, IsEmpty());
}

TEST(Usage, HelpListsTheCommandsAndExitStatuses) {
  for (const char* form : {"$N --help", "$N -h", "$N help"}) {
    auto ended = Sandbox().run(form);
    EXPECT_EQ(ended.status, 0);
    EXPECT_THAT(ended.err, IsEmpty());
    for (const char* part :
         {"validate [SPEC...]", "plan [SPEC...]", "apply [SPEC...|PLANFILE]", "diff [A] [B]",
          "drift [SPEC...]", "show [NAME...]", "schema", "version", "Exit status:"})
      EXPECT_THAT(ended.out, HasSubstr(part));
  }
}

TEST(Usage, HelpOfEveryCommandHasExamples) {
  Sandbox box;
  for (const char* verb : {"validate", "plan", "apply", "diff", "drift", "show", "schema"}) {
    for (const std::string& form : {std::string("$N ") + verb + " --help", std::string("$N help ") + verb}) {
      auto ended = box.run(form);
      EXPECT_EQ(ended.status, 0) << verb;
      EXPECT_THAT(ended.out, AllOf(StartsWith(std::string("Usage: netcfg ") + verb), HasSubstr("Examples:")))
          << verb;
    }
  }
}

TEST(Usage, NoLineOfTheHelpIsWiderThanThePage) {
  Sandbox box;
  for (const char* verb : {"", "validate", "plan", "apply", "confirm", "rollback", "history", "recover",
                           "diff", "drift", "show", "explain", "schema", "version"}) {
    auto ended = box.run(std::string("$N ") + verb + " --help | awk 'length > 110'");
    EXPECT_THAT(ended.out, IsEmpty()) << verb;
  }
}

TEST(Usage, GlobalOptionsMayStandAnywhere) {
  Sandbox box;
  for (const char* form :
       {"$N --format json version", "$N version --format json", "$N --format=json --root / version",
        "$N --root / --format text version --format json", "$N -qv --format json version"})
    EXPECT_THAT(box.run(form).out, StartsWith("{\"format\":1,\"version\":")) << form;
}

TEST(Usage, AVerbsOptionBeforeItTakesItsValueAlong) {
  Sandbox box;
  auto ended = box.run("$N -o plan validat");
  EXPECT_EQ(ended.status, 64);
  EXPECT_THAT(ended.err, HasSubstr("unknown command 'validat'"));
}

TEST(Usage, VersionIsOneLine) {
  Sandbox box;
  EXPECT_THAT(box.run("$N version").out, StartsWith("netcfg "));
  EXPECT_EQ(box.run("$N version | wc -l").out, "1\n");
  EXPECT_EQ(box.run("$N --version").out, box.run("$N version").out);
}

}  // namespace
}  // namespace netcfg::test
