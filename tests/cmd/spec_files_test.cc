// Which files are read, and every way in which they can be bad.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/support/in_ci.h"
#include "tests/support/sandbox.h"

namespace netcfg::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

TEST(SpecFiles, AGoodSpecIsSilent) {
  Sandbox box;
  box.write("a.yaml", "netcfg: 1\n");
  auto ended = box.run("$N validate a.yaml");
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(ended.out + ended.err, IsEmpty());
  EXPECT_EQ(box.run("$N validate --format json a.yaml").out, "{\"errors\":[]}\n");
}

TEST(SpecFiles, EveryBadFileIsNamedAtOnce) {
  Sandbox box;
  box.write("empty.yaml", "");
  box.write("blank.yaml", " \n\n");
  box.write("binary.yaml", std::string("\x7f"
                                       "ELF\0\x01\x02",
                                       7));
  box.write("huge-line.yaml", "netcfg: 1\n# " + std::string(3 << 20, 'x') + "\n");
  box.write("broken.yaml", "netcfg: [1\n");
  auto ended = box.run("mkdir dir; $N validate missing.yaml dir *.yaml");
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.out, IsEmpty());
  EXPECT_THAT(ended.err,
              HasSubstr("missing.yaml: error: cannot read it: No such file or directory\n      hint: "));
  EXPECT_THAT(ended.err,
              HasSubstr("dir: error: cannot read it: Is a directory\n      hint: name the files in it: "));
  EXPECT_THAT(ended.err, HasSubstr("empty.yaml: error: the file is empty\n      hint: "));
  EXPECT_THAT(ended.err, HasSubstr("blank.yaml: error: the file is empty\n      hint: "));
  for (const char* name : {"binary.yaml", "huge-line.yaml", "broken.yaml"})
    EXPECT_THAT(ended.err, HasSubstr(std::string(name) + ":")) << ended.err;
}

TEST(SpecFiles, AFileThatIsTooLargeIsNotReadToItsEnd) {
  Sandbox box;
  auto ended = box.run("truncate -s 3G big.yaml; $N validate big.yaml /dev/zero");
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(
      ended.err,
      HasSubstr("big.yaml: error: cannot read it: File too large\n      hint: a spec has at most 64 MiB"));
  EXPECT_THAT(ended.err, HasSubstr("/dev/zero: error: cannot read it: File too large"));
}

TEST(SpecFiles, AFileWithoutPermissionSaysSo) {
  Sandbox box;
  box.write("a.yaml", "netcfg: 1\n");
  auto ended = box.run(
      "chmod 755 $T; chmod 0 a.yaml; command -v setpriv >/dev/null || exit 77\n"
      "setpriv --reuid 65534 --clear-groups --bounding-set -all $N validate a.yaml");
  if (ended.status == 77 || ended.status == 127 || ended.status == 126) {
    if (in_ci()) FAIL() << "cannot become another user";
    GTEST_SKIP() << "NOT TESTED: "
                 << "cannot become another user";
  }
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err,
              HasSubstr("a.yaml: error: cannot read it: Permission denied\n      hint: run it as root"));
}

TEST(SpecFiles, ReadsStandardInputAndFifos) {
  Sandbox box;
  EXPECT_EQ(box.run("echo 'netcfg: 1' | $N validate -").status, 0);
  auto ended = box.run("echo 'bogus: 1' | $N validate -");
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, StartsWith("standard input:1:1: error: "));
  ended = box.run("$N validate - < /dev/null");
  EXPECT_THAT(ended.err, HasSubstr("standard input: error: the file is empty"));
  ended = box.run("$N validate - -");
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, HasSubstr("standard input (-) can be read only once"));
  EXPECT_EQ(box.run("mkfifo f; echo 'netcfg: 1' > f & $N validate f").status, 0);
}

TEST(SpecFiles, TheDefaultIsTheMainFileAndThenConfD) {
  Sandbox box;
  auto ended = box.run("$N validate --root $T");
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err,
              AllOf(HasSubstr("there is no spec: neither " + box.path() + "/etc/netcfg/netcfg.yaml nor " +
                              box.path() + "/etc/netcfg/conf.d/*.yaml exist"),
                    HasSubstr("hint: ")));
  box.write("etc/netcfg/conf.d/20-b.yaml", "netcfg: 1\n");
  box.write("etc/netcfg/conf.d/10-a.yaml", "netcfg: 1\n");
  box.write("etc/netcfg/conf.d/.hidden.yaml", "bogus: 1\n");
  box.write("etc/netcfg/conf.d/x.yaml.bak", "bogus: 1\n");
  ended = box.run("$N validate -v --root $T");
  EXPECT_EQ(ended.status, 0) << ended.err;
  std::string d = "read " + box.path() + "/etc/netcfg/";
  EXPECT_EQ(ended.err, d + "conf.d/10-a.yaml (10 bytes)\n" + d + "conf.d/20-b.yaml (10 bytes)\n");
  box.write("etc/netcfg/netcfg.yaml", "netcfg: 1\n");
  EXPECT_THAT(box.run("$N validate -v --root $T").err, StartsWith(d + "netcfg.yaml (10 bytes)\n"));
}

TEST(SpecFiles, RootGoesBeforeEveryName) {
  Sandbox box;
  box.write("r/a.yaml", "netcfg: 1\n");
  for (const char* form :
       {"--root r a.yaml", "--root r/ /a.yaml", "--root $T/r a.yaml", "--root $T/r/ /a.yaml"})
    EXPECT_EQ(box.run(std::string("$N validate ") + form).status, 0) << form;
  auto ended = box.run("$N validate --root $T/r $T/r/a.yaml");
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, HasSubstr("hint: --root goes before every name: "));
}

TEST(SpecFiles, ProblemsAsJson) {
  Sandbox box;
  box.write("a.yaml", "netcfg: 1\nbogus: 1\n");
  auto ended = box.run("$N validate --format json a.yaml");
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, IsEmpty());
  auto errors = nlohmann::json::parse(ended.out).at("errors");
  ASSERT_EQ(errors.size(), 1U) << ended.out;
  EXPECT_EQ(errors[0]["file"], "a.yaml");
  EXPECT_EQ(errors[0]["line"], 2);
  EXPECT_EQ(errors[0]["column"], 1);
  for (const char* key : {"path", "message", "hint"}) EXPECT_TRUE(errors[0][key].is_string()) << key;
  ended = box.run("$N validate --format json missing.yaml");
  errors = nlohmann::json::parse(ended.out).at("errors");
  EXPECT_EQ(errors[0]["file"], "missing.yaml");
  EXPECT_TRUE(errors[0]["line"].is_null());
}

TEST(SpecFiles, AMissingNamespaceIsNamed) {
  Sandbox box;
  box.write("a.yaml", "netcfg: 1\n");
  auto ended = box.run("$N validate --netns nosuch a.yaml");
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, HasSubstr("error: there is no network namespace 'nosuch'\n      hint: "));
  EXPECT_THAT(box.run("$N validate --netns ../x a.yaml").err,
              HasSubstr("'../x' is not the name of a network namespace"));
}

}  // namespace
}  // namespace netcfg::test
