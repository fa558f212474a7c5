#include <fmt/format.h>

#include "cmd/session.h"
#include "cmd/signals.h"
#include "netcfg/host/namespaces.h"
#include "netcfg/store/ledger_file.h"
#include "netcfg/store/place.h"
#include "netcfg/watch/drill.h"

namespace netcfg {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view kFormats[] = {"text", "json"};
constexpr OptionInfo kOptions[] = {
    {"--mute", "", "let the watcher hear no answers by it, instead of telling it that the uplink is down",
     &Options::mute},
    {"--target", "ADDRESS", "whom to send echo requests to, for the loss; else a target of its health checks",
     &Options::target},
    {"--for", "TIME", "how long it stays away once the traffic has moved (5s)", &Options::away},
};
constexpr Example kExamples[] = {
    {"netcfg drill telecom", "what happens when this uplink fails?"},
    {"netcfg drill telecom --mute --target=192.0.2.7",
     "by its probes, and with the loss towards that address"},
};

constexpr milliseconds kLongerThanFailback{15'000};

// Somebody far away whom the health checks ask anyway.
std::optional<Ip> usual_target(const Uplinks& uplinks) {
  for (const Uplink& uplink : uplinks.links)
    for (const ProbeSpec& target : uplink.health.targets)
      if (target.address) return target.address;
  return std::nullopt;
}

Result<std::optional<Ip>> target_of(const Session& session, const Uplinks& uplinks) {
  if (session.options.target.empty()) return usual_target(uplinks);
  auto ip = parse_ip(session.options.target);
  if (!ip)
    return Error{fmt::format("--target: expected an address, got '{}'", session.options.target),
                 "for example --target=192.0.2.7", 0};
  return std::optional(*ip);
}

Result<milliseconds> time_away(const Session& session) {
  constexpr milliseconds kUsual{5000}, kMost{3'600'000};
  if (session.options.away.empty()) return kUsual;
  auto time = parse_duration(session.options.away);
  if (!time || *time < 0 || *time > kMost.count() * 1'000'000)
    return Error{fmt::format("--for: expected a time of at most an hour, got '{}'", session.options.away),
                 "for example --for=30s", 0};
  return milliseconds(*time / 1'000'000);
}

// What was kept last: the watcher watches the same.
Result<Uplinks> kept_uplinks(Session& session) {
  StoredLedger stored =
      load_ledger(session.files, ledger_path(session.netns()), netns_identity(), LedgerRoutes::skip);
  if (stored.damage) return *stored.damage;
  if (!stored.ledger.uplinks)
    return Error{"the host has no uplinks", "a spec with `uplinks:` has to be applied first", 0};
  return std::move(*stored.ledger.uplinks);
}

int usage(Session& session, const Error& error) {
  return session.fail(error, kWrongUsage);
}

int report(Session& session, const watch::DrillReport& done) {
  session.out.write(session.json() ? watch::to_json(done) : watch::to_text(done));
  if (done.interrupted)
    return session.fail({fmt::format("interrupted: uplink {} is given back", done.uplink), "", 0}, kRestored);
  if (!done.switched)
    return session.fail({fmt::format("the traffic did not leave uplink {}; it is given back", done.uplink),
                         "journalctl -u netcfg-watch", 0},
                        kRestored);
  return kDone;
}

int run_drill_verb(Session& session) {
  if (session.options.operands.empty())
    return usage(session, {"which uplink?", "netcfg drill UPLINK; 'netcfg uplinks' lists them", 0});
  if (auto may = check_net_admin(); !may) return session.fail(may.error());
  auto away = time_away(session);
  if (!away) return usage(session, away.error());
  auto uplinks = kept_uplinks(session);
  if (!uplinks) return session.fail(uplinks.error());
  auto target = target_of(session, *uplinks);
  if (!target) return usage(session, target.error());
  if (!*target)
    session.problems.warning({}, "", "no loss is measured: no address is known to send to",
                             "--target=ADDRESS");
  session.report_warnings();
  watch::DrillSetup setup;
  setup.uplink = session.options.operands.front();
  setup.how = session.options.mute != 0 ? watch::TakeAway::mute : watch::TakeAway::hold;
  setup.target = *target;
  setup.away = *away;
  if (uplinks->failback != kFailbackNever)
    setup.failback = milliseconds(uplinks->failback.value_or(kUsualFailback)) + kLongerThanFailback;
  setup.socket_path = session.files.real(watch_socket_path(session.netns()));
  catch_stop_signals();
  setup.stop_fd = stop_fd();
  setup.say = [&](const std::string& line) { session.say(line); };
  auto done = watch::run_drill(setup);
  return done ? report(session, *done) : session.fail(done.error());
}

}  // namespace

constexpr Verb kDrillVerb{.name = "drill",
                          .operands = "UPLINK",
                          .most_operands = 1,
                          .summary = "rehearse that an uplink fails, and measure what happens",
                          .details =
                              "Takes an uplink away from the watcher's view, waits until its traffic goes by "
                              "another, gives it back and\n"
                              "waits until it carries traffic again. Told are how long each of that took, "
                              "and how many of a row of echo\n"
                              "requests were lost, one every 20 ms.\n\n"
                              "No link goes down and nothing is written by the drill itself: connections "
                              "that came in by the uplink\n"
                              "are answered by it all the while. It is given back when the drill ends in "
                              "whatever way, be it killed.\n"
                              "Refused where no other uplink works.",
                          .formats = kFormats,
                          .options = kOptions,
                          .examples = kExamples,
                          .run = run_drill_verb};

}  // namespace netcfg
