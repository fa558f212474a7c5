#include "tests/support/guard_drill.h"

#include <gmock/gmock.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "tests/support/settled.h"

namespace netcfg::test {

std::string spec(const std::string& interfaces, const std::string& more) {
  return "netcfg: 1\nguard: { window: 3s }\ninterfaces:\n" + interfaces + more;
}

std::string one_more(const std::string& window, const std::string& more) {
  return "netcfg: 1\nguard: { window: " + window +
         " }\ninterfaces:\n"
         "  eth0: { addresses: [192.0.2.1/24, 192.0.2.50/24, '2001:db8:1::1/64'] }\n" +
         more;
}

void GuardDrill::begin_with(const std::string& now) {
  ASSERT_TRUE(drill_);
  box_.write("own.yaml", spec(kEth0));  // first it takes over the addresses that are there
  box_.write("now.yaml", now);
  auto applied = box_.run(
      "mkfifo waiting written go && for spec in own now; do"
      " $N --root $T apply --yes -q --no-check $spec.yaml || exit; done");
  ASSERT_EQ(applied.status, 0) << applied.err;
  before_ = dump_when_quiet();
  session_ = drill_->ask("echo $SSH_CONNECTION").output;
  ASSERT_THAT(session_, testing::HasSubstr(drill_->admin_address()));
}

void GuardDrill::apply(const std::string& then, const std::string& options, bool stops, std::string form) {
  box_.write("then.yaml", then);
  monitor_ = std::make_unique<Child>(std::vector<std::string>{"ip", "monitor", "address"});
  std::string written = stops ? "NETCFG_AT_written='echo >$T/written; read go <$T/go' " : "";
  form.replace(form.find('%'), 1, "$N --root $T apply " + options + " then.yaml");
  drill_->type("export NETCFG_AT_waiting='echo >$T/waiting' " + written + "\n" + form +
               "; echo =status $?\n");
}

bool GuardDrill::comes(const std::string& moment) {
  return run("timeout 20 cat " + box_.path() + "/" + moment).output == "\n";
}

void GuardDrill::go() {
  EXPECT_TRUE(succeeds("timeout 20 sh -c 'echo >" + box_.path() + "/go'"));
}

GuardDrill::Duration GuardDrill::until_it_goes(Time since) {
  EXPECT_TRUE(monitor_->read_until("Deleted", SshDrill::kPatience));
  return std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - since);
}

void GuardDrill::wait_for_handshake() {
  std::string one = "timeout 0.1 bash -c \"</dev/tcp/" + drill_->host_address() + "/22\" 2>/dev/null";
  EXPECT_TRUE(drill_->admin("timeout 30 sh -c 'until " + one + "; do :; done'").ok());
}

std::string GuardDrill::ended() {
  auto said = drill_->hear("=status ");
  auto status = said ? drill_->hear("\n") : std::nullopt;
  return status ? *said + *status : "nothing is heard";
}

void GuardDrill::expect_the_session_goes_on() {
  EXPECT_TRUE(drill_->connected());
  EXPECT_EQ(drill_->ask("echo $SSH_CONNECTION").output, session_);
}

std::string GuardDrill::last_outcome() {
  EXPECT_EQ(box_.run("for l in $(find $T/run -name lock); do flock -w 20 $l true || exit 1; done").status, 0);
  auto history = box_.run("$N --root $T history --format json");
  EXPECT_EQ(history.status, 0) << history.err;
  return nlohmann::json::parse(history.out).at("generations").back().at("outcome");
}

void GuardDrill::report(const char* what, Duration value) {
  RecordProperty(what, static_cast<int>(value.count()));
  std::cout << what << ": " << value.count() << "\n";
}

}  // namespace netcfg::test
