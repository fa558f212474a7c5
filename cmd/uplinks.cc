#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <ctime>

#include <array>

#include "cmd/session.h"
#include "cmd/signals.h"
#include "cmd/terminal.h"
#include "netcfg/base/text.h"
#include "netcfg/store/place.h"
#include "netcfg/watch/control.h"
#include "netcfg/watch/follower.h"
#include "netcfg/watch/view.h"

namespace netcfg {
namespace {

using watch::UplinkView;
using watch::View;

constexpr std::string_view kFormats[] = {"text", "json"};
constexpr OptionInfo kOptions[] = {
    {"--watch", "", "show it anew at each change and every second, until Ctrl-C", &Options::watch},
};
constexpr Example kExamples[] = {
    {"netcfg uplinks", "which uplinks work, and which of them carry traffic?"},
    {"netcfg uplinks --watch", "the same, as it changes"},
};

constexpr size_t kViewBytes = size_t{1} << 20;

struct Seen {
  View view;
  bool live = true;  // the watcher itself told it
};

// From the watcher, or what one wrote last.
Result<Seen> look_at(Session& session) {
  auto fd = watch::ask_watcher(session.files.real(watch_socket_path(session.netns())), "status");
  if (fd) {
    auto text = watch::read_answer(*fd, true);
    if (!text) return text.error();
    auto view = watch::view_from_json(*text);
    if (!view) return view.error();
    return Seen{std::move(*view), true};
  }
  auto text = session.files.read(uplinks_path(session.netns()), kViewBytes);
  if (!text) return fd.error();
  auto view = watch::view_from_json(*text);
  if (!view) return view.error();
  return Seen{std::move(*view), false};
}

std::string time_of(int64_t ms) {
  auto when = static_cast<time_t>(ms / 1000);
  struct tm parts {};
  std::array<char, 32> text{};
  if (localtime_r(&when, &parts) == nullptr) return {};
  return {text.data(), strftime(text.data(), text.size(), "%F %T", &parts)};
}

std::string active_of(const UplinkView& one) {
  if (one.active4 && one.active6) return "IPv4 IPv6";
  return one.active4 ? "IPv4" : one.active6 ? "IPv6" : "-";
}

std::string rtt_of(const UplinkView& one) {
  return one.rtt ? fmt::format("{:.1f} ms", static_cast<double>(*one.rtt) / 1000) : "-";
}

std::string table_of(const View& view, bool color) {
  size_t name = 6, dev = 9;
  for (const UplinkView& one : view.uplinks)
    name = std::max(name, one.name.size()), dev = std::max(dev, one.interface.size());
  auto line = [&](auto&&... cells) {
    return fmt::format("{:<{}}  {:<{}}  {}{:<5}{}  {:<9}  {:>9}  {:>4}  {:<19}  {}\n", cells...);
  };
  std::string out =
      line("uplink", name, "interface", dev, "", "state", "", "active", "rtt", "loss", "since", "why");
  for (const UplinkView& one : view.uplinks)
    out += line(one.name, name, one.interface, dev,
                !color   ? ""
                : one.up ? "\x1b[32m"
                         : "\x1b[31m",
                one.held ? "held"
                : one.up ? "up"
                         : "down",
                color ? "\x1b[0m" : "", active_of(one), rtt_of(one), fmt::format("{}%", one.loss),
                time_of(one.since), printable(one.reason));
  return out;
}

int show_once(Session& session) {
  auto seen = look_at(session);
  if (!seen) return session.fail(seen.error());
  if (!seen->live)
    session.problems.warning(kNowhere, "",
                             fmt::format("no watcher runs; this is of {}", time_of(seen->view.written)),
                             "systemctl start netcfg-watch");
  session.report_warnings();
  session.out.write(session.json() ? watch::to_json(seen->view) : table_of(seen->view, session.color_out()));
  return kDone;
}

int show_on(Session& session) {
  auto follower = watch::Follower::open(session.files.real(watch_socket_path(session.netns())));
  if (!follower) return session.fail(follower.error());
  catch_stop_signals();
  bool terminal = isatty(STDOUT_FILENO) == 1 && !session.json();
  while (wait_for_input(follower->fd())) {
    auto came = follower->on_ready();
    if (!came) return session.fail(came.error());
    if (!*came) continue;
    if (terminal) session.out.write("\x1b[H\x1b[J");  // from the top of the screen
    session.out.write(session.json() ? watch::to_json(**came) : table_of(**came, session.color_out()));
    if (!session.out.flush()) return kFailed;
  }
  return kDone;
}

int run_uplinks(Session& session) {
  return session.options.watch != 0 ? show_on(session) : show_once(session);
}

}  // namespace

constexpr Verb kUplinksVerb{
    .name = "uplinks",
    .operands = "",
    .summary = "show which uplinks work and which of them carry traffic",
    .details =
        "What 'netcfg watch' sees: for each uplink its state, the families whose traffic it carries, the "
        "quickest\n"
        "of the last answers, the loss of the worst target, since when it is up or down, and why. Without a\n"
        "watcher what the last one saw is shown, with a warning.",
    .formats = kFormats,
    .options = kOptions,
    .examples = kExamples,
    .run = run_uplinks};

}  // namespace netcfg
