#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "cmd/link_drill.h"
#include "cmd/session.h"
#include "cmd/signals.h"
#include "netcfg/host/namespaces.h"
#include "netcfg/store/ledger_file.h"
#include "netcfg/store/place.h"
#include "netcfg/watch/control.h"
#include "netcfg/watch/drill.h"

namespace netcfg {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view kFormats[] = {"text", "json"};
constexpr OptionInfo kOptions[] = {
    {"--by", "HOW",
     "link: set its interface down; watcher: tell the watcher that it is down (usual); probes: let the "
     "watcher "
     "hear no answers by it",
     &Options::by, watch::kTakeAways},
    {"--target", "ADDRESS", "whom to send echo requests to, for the loss; else a target of its health checks",
     &Options::target},
    {"--for", "TIME", "how long it stays away once the traffic has moved (5s)", &Options::away},
};
constexpr Example kExamples[] = {
    {"netcfg drill telecom", "what happens when this uplink fails?"},
    {"netcfg drill telecom --by=probes --target=192.0.2.7",
     "by its probes, and with the loss towards that address"},
    {"netcfg drill telecom --by=link", "by its interface, which is set down and up again"},
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

watch::TakeAway way_of(const Session& session) {
  if (session.options.by.empty()) return watch::TakeAway::watcher;
  auto at = std::ranges::find(watch::kTakeAways, session.options.by);
  return static_cast<watch::TakeAway>(at - std::begin(watch::kTakeAways));
}

int report(Session& session, const watch::DrillReport& done, int link_status) {
  session.out.write(session.json() ? watch::to_json(done) : watch::to_text(done));
  if (link_status != kDone) return session.fail(link_status);
  if (done.interrupted)
    return session.fail({fmt::format("interrupted: uplink {} is given back", done.uplink), "", 0}, kRestored);
  if (!done.switched)
    return session.fail({fmt::format("the traffic did not leave uplink {}; it is given back", done.uplink),
                         "journalctl -u netcfg-watch", 0},
                        kRestored);
  return kDone;
}

// What takes the uplink away, as long as the connection is open: the watcher, or a process that holds its
// interface down.
Result<Fd> take_away(const watch::DrillSetup& setup, const Uplinks& uplinks, LinkDrill& link) {
  if (setup.how != watch::TakeAway::link)
    return watch::ask_watcher(
        setup.socket_path,
        fmt::format("{} {}", setup.how == watch::TakeAway::watcher ? "hold" : "mute", setup.uplink));
  const Uplink* uplink = uplinks.find(setup.uplink);
  if (!uplink)
    return Error{fmt::format("uplink {} is no longer in the spec", setup.uplink),
                 "'netcfg uplinks' lists them", 0};
  return link.begin(uplink->dev, "drill of uplink " + setup.uplink,
                    setup.patience + setup.away + kLongerThanFailback);
}

watch::DrillSetup setup_of(Session& session, const Uplinks& uplinks, milliseconds away,
                           const std::optional<Ip>& target) {
  watch::DrillSetup setup;
  setup.uplink = session.options.operands.front();
  setup.how = way_of(session);
  setup.target = target;
  setup.away = away;
  if (uplinks.failback != kFailbackNever)
    setup.failback = milliseconds(uplinks.failback.value_or(kUsualFailback)) + kLongerThanFailback;
  setup.socket_path = session.files.real(watch_socket_path(session.netns()));
  setup.say = [&](const std::string& line) { session.say(line); };
  return setup;
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
  watch::DrillSetup setup = setup_of(session, *uplinks, *away, *target);
  LinkDrill link(session);
  setup.take_away = [&] { return take_away(setup, *uplinks, link); };
  // The process that holds the link down has the handlers as well, and a descriptor of its own.
  catch_stop_signals();
  setup.stop_fd = stop_fd();
  auto done = watch::run_drill(setup);
  int link_status = link.finish();
  if (done) return report(session, *done, link_status);
  if (link_status != kDone) return session.fail(done.error(), link_status);
  return session.fail(done.error(), done.error().code == EWOULDBLOCK ? kBusy : kFailed);
}

}  // namespace

constexpr Verb kDrillVerb{.name = "drill",
                          .operands = "UPLINK",
                          .most_operands = 1,
                          .summary = "rehearse that an uplink fails, and measure what happens",
                          .details =
                              "Takes an uplink away, waits until its traffic goes by another, gives it back "
                              "and waits until it carries\n"
                              "traffic again. Told are how long each of that took, and how many of a row of "
                              "echo requests were lost, one\n"
                              "every 20 ms. It is given back when the drill ends in whatever way, be it "
                              "killed.\n\n"
                              "By the watcher or by probes no link goes down and nothing is written: "
                              "connections that came in by the\n"
                              "uplink are answered by it all the while. By its link, the interface goes down "
                              "as by a change that is never\n"
                              "kept: with the state before on disk and a second process that brings it back, "
                              "and refused where that cuts\n"
                              "the SSH session. Refused, too, where no other uplink works.",
                          .formats = kFormats,
                          .options = kOptions,
                          .examples = kExamples,
                          .run = run_drill_verb};

}  // namespace netcfg
