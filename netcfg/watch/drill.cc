#include "netcfg/watch/drill.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "netcfg/json/sink.h"
#include "netcfg/watch/follower.h"

namespace netcfg::watch {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kBaseline{1000};  // of the stream, before anything is done
constexpr milliseconds kSettle{1000};    // for late answers

bool is_active(const UplinkView& one) {
  return one.active4 || one.active6;
}

std::string active_names(const View& view) {
  std::string out;
  for (const UplinkView& one : view.uplinks)
    if (is_active(one)) out += (out.empty() ? "" : ", ") + one.name;
  return out;
}

class Drill {
 public:
  Drill(const DrillSetup& setup, Follower follower, std::optional<EchoStream> stream)
      : setup_(setup), follower_(std::move(follower)), stream_(std::move(stream)) {
    report_.uplink = setup.uplink, report_.how = setup.how;
  }

  Result<DrillReport> run() {
    Time begin = Clock::now();
    if (auto ready = first_view(); !ready) return ready.error();
    if (stream_)
      if (auto done = pass(kBaseline); !done) return done.error();
    if (report_.interrupted) return report_;
    if (auto done = take_away(); !done) return done.error();
    if (auto done = give_back(); !done) return done.error();
    if (stream_) {
      Time end = Clock::now();
      if (auto done = pass(kSettle); !done) return done.error();
      report_.before = stream_->losses(begin, asked_);
      report_.away = stream_->losses(asked_, given_);
      report_.after = stream_->losses(given_, end);
    }
    return report_;
  }

 private:
  // Until what the watcher sees is as `done` wants it, it takes too long, or somebody wants it to stop; sends
  // and receives meanwhile. `done` is asked about each view, once at least.
  template <class F>
  Result<bool> wait(milliseconds longest, F&& done) {
    Time end = Clock::now() + longest;
    while (!report_.interrupted) {
      if (view_.find(setup_.uplink) == nullptr) return gone();
      if (done(view_, *view_.find(setup_.uplink))) return true;
      if (auto refused = refusal()) return *refused;
      Time now = Clock::now();
      if (now >= end) return false;
      Time next = end;
      if (stream_) stream_->run_timers(now), next = std::min(next, stream_->next());
      pollfd polls[] = {{setup_.stop_fd, POLLIN, 0},
                        {follower_.fd(), POLLIN, 0},
                        {stream_ ? stream_->fd() : -1, POLLIN, 0},
                        {is_taken_ ? -1 : held_.get(), POLLIN, 0}};
      auto left = std::chrono::ceil<milliseconds>(std::max(next - now, Clock::duration(0)));
      (void)poll(polls, std::size(polls), static_cast<int>(left.count()));
      if (polls[0].revents != 0) report_.interrupted = true;
      if (polls[1].revents != 0)
        if (auto taken = take_view(); !taken) return taken.error();
      if (polls[2].revents != 0) stream_->on_ready();
      if (polls[3].revents != 0) hear_word();
    }
    return false;
  }

  // The first line of who takes it away.
  void hear_word() {
    std::array<char, 512> buffer;
    ssize_t size = recv(held_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (size < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (size > 0) word_.append(buffer.data(), static_cast<size_t>(size));
    if (size <= 0) word_ += word_.empty() ? "error: it could not be taken away\n" : "\n";
    if (word_ == "ok\n") is_taken_ = true, taken_ = Clock::now();
  }

  std::optional<Error> refusal() const {
    if (is_taken_ || word_.find('\n') == word_.npos) return std::nullopt;
    constexpr std::string_view kError = "error: ";
    std::string_view text = std::string_view(word_).substr(0, word_.find('\n'));
    if (text.starts_with(kError)) text.remove_prefix(kError.size());
    return Error{std::string(text), {}, 0};
  }

  Result<> take_view() {
    auto came = follower_.on_ready();
    if (!came) return came.error();
    if (*came) view_ = std::move(**came), seen_ = true;
    return Done{};
  }

  Result<> pass(milliseconds time) {
    auto done = wait(time, [](const View&, const UplinkView&) { return false; });
    if (!done) return done.error();
    return Done{};
  }

  // When it came about.
  template <class F>
  Result<std::optional<milliseconds>> await(Time since, milliseconds longest, F&& done) {
    auto came = wait(longest, done);
    if (!came) return came.error();
    if (!*came) return std::optional<milliseconds>();
    return std::optional(std::chrono::ceil<milliseconds>(Clock::now() - since));
  }

  // The watcher answers at once.
  Result<> first_view() {
    while (!seen_ && !report_.interrupted) {
      pollfd polls[] = {{setup_.stop_fd, POLLIN, 0}, {follower_.fd(), POLLIN, 0}};
      (void)poll(polls, std::size(polls), -1);
      if (polls[0].revents != 0) report_.interrupted = true;
      if (polls[1].revents != 0)
        if (auto taken = take_view(); !taken) return taken.error();
    }
    if (auto problem = drill_problem(view_, setup_.uplink, setup_.how); problem && seen_) return *problem;
    return Done{};
  }

  Error gone() const {
    return {fmt::format("uplink {} is no longer watched", setup_.uplink),
            "the spec was changed meanwhile; it is not taken away any more", 0};
  }

  Result<> take_away() {
    asked_ = taken_ = Clock::now();
    auto fd = setup_.take_away();
    if (!fd) return fd.error();
    held_ = std::move(*fd);
    auto away = wait(setup_.patience, [&](const View&, const UplinkView&) { return is_taken_; });
    if (!away) return away.error();
    if (!is_taken_ && !report_.interrupted)
      return Error{"it could not be taken away in time", "netcfg uplinks tells how it is now", 0};
    if (is_taken_) setup_.say(fmt::format("uplink {} is taken away", setup_.uplink));
    auto down = await(taken_, setup_.patience, [](const View&, const UplinkView& one) { return !one.up; });
    if (!down) return down.error();
    report_.detected = *down;
    auto moved = await(taken_, down->has_value() ? milliseconds(1000) : milliseconds(0),
                       [&](const View& view, const UplinkView& one) {
                         report_.takes_over = active_names(view);
                         return !is_active(one);
                       });
    if (!moved) return moved.error();
    report_.switched = *moved;
    if (report_.switched) {
      setup_.say(fmt::format("traffic goes by {}", report_.takes_over));
      return pass(setup_.away);
    }
    return Done{};
  }

  Result<> give_back() {
    given_ = Clock::now();
    (void)shutdown(held_.get(), SHUT_WR);
    setup_.say(fmt::format("uplink {} is given back", setup_.uplink));
    auto up = await(given_, setup_.patience, [](const View&, const UplinkView& one) { return one.up; });
    if (!up) return up.error();
    report_.up_again = *up;
    if (!report_.up_again || !setup_.failback) return Done{};
    setup_.say(fmt::format("uplink {} is up again; waiting for the traffic to come back", setup_.uplink));
    auto back =
        await(given_, *setup_.failback, [](const View&, const UplinkView& one) { return is_active(one); });
    if (!back) return back.error();
    report_.back = *back;
    return Done{};
  }

  const DrillSetup& setup_;
  Follower follower_;
  std::optional<EchoStream> stream_;
  View view_;
  bool seen_ = false;
  Fd held_;
  std::string word_;
  bool is_taken_ = false;
  // The uplink is away from some moment between the first two.
  Time asked_, taken_, given_;
  DrillReport report_;
};

void write_time(JsonText& json, std::string_view key, const std::optional<milliseconds>& time) {
  json.key(key);
  if (time)
    json.number(time->count());
  else
    json.null();
}

void write_losses(JsonText& json, std::string_view key, const Losses& losses) {
  json.key(key), json.begin('{');
  json.key("sent"), json.number(static_cast<int64_t>(losses.sent));
  json.key("lost"), json.number(static_cast<int64_t>(losses.lost));
  json.key("gap-ms"), json.number(losses.gap.count());
  json.end('}');
}

std::string time_text(const std::optional<milliseconds>& time) {
  if (!time) return "did not come about";
  if (*time < milliseconds(10'000)) return fmt::format("{} ms", time->count());
  return fmt::format("{:.1f} s", static_cast<double>(time->count()) / 1000);
}

std::string losses_text(const Losses& losses) {
  if (losses.sent == 0) return "not measured";
  std::string out = fmt::format("{} of {} echo requests", losses.lost, losses.sent);
  if (losses.lost > 0) out += fmt::format(", at most {} ms in a row", losses.gap.count());
  return out;
}

}  // namespace

std::optional<Error> drill_problem(const View& view, const std::string& uplink, TakeAway how) {
  const UplinkView* one = view.find(uplink);
  std::string names;
  for (const UplinkView& other : view.uplinks) names += (names.empty() ? "" : ", ") + other.name;
  if (one == nullptr) return Error{fmt::format("there is no uplink '{}'", uplink), "there are: " + names, 0};
  if (!one->up)
    return Error{fmt::format("uplink {} is down already: {}", uplink, one->reason), "netcfg uplinks", 0};
  if (!is_active(*one))
    return Error{fmt::format("uplink {} carries no traffic: nothing would move", uplink),
                 "active is: " + active_names(view), 0};
  // What is on the same interface goes with it.
  bool another = std::any_of(view.uplinks.begin(), view.uplinks.end(), [&](const UplinkView& other) {
    return &other != one && other.up && (how != TakeAway::link || other.interface != one->interface);
  });
  if (!another && how == TakeAway::link && view.uplinks.size() > 1)
    return Error{fmt::format("no uplink works that is not on {}: nothing could take over", one->interface),
                 "netcfg uplinks", 0};
  if (!another)
    return Error{fmt::format("no uplink but {} works: nothing could take over", uplink), "netcfg uplinks", 0};
  return std::nullopt;
}

Result<DrillReport> run_drill(const DrillSetup& setup) {
  auto follower = Follower::open(setup.socket_path);
  if (!follower) return follower.error();
  std::optional<EchoStream> stream;
  if (setup.target) {
    auto opened = EchoStream::open(*setup.target, setup.interval);
    if (!opened) return opened.error();
    stream.emplace(std::move(*opened));
  }
  return Drill(setup, std::move(*follower), std::move(stream)).run();
}

std::string to_json(const DrillReport& report) {
  std::string text;
  JsonText json(text);
  json.begin('{');
  json.key("format"), json.number(1);
  json.member("uplink", report.uplink);
  json.member("by", kTakeAways[static_cast<size_t>(report.how)]);
  json.member("takes-over", report.takes_over);
  write_time(json, "detected-ms", report.detected);
  write_time(json, "switched-ms", report.switched);
  write_time(json, "up-again-ms", report.up_again);
  write_time(json, "failback-ms", report.back);
  write_losses(json, "before", report.before);
  write_losses(json, "away", report.away);
  write_losses(json, "after", report.after);
  json.end('}');
  return text += '\n';
}

std::string to_text(const DrillReport& report) {
  auto line = [](std::string_view what, const std::string& value) {
    return fmt::format("  {:<28}{}\n", what, value);
  };
  std::string out = fmt::format("uplink {} taken away by {}\n", report.uplink,
                                report.how == TakeAway::link      ? "setting its link down"
                                : report.how == TakeAway::watcher ? "telling the watcher so"
                                                                  : "losing its probes");
  out += line("noticed after", time_text(report.detected));
  out += line("traffic moved after", time_text(report.switched));
  if (report.switched) out += line("carried meanwhile by", report.takes_over);
  out += line("lost", losses_text(report.away));
  out += "given back\n" + line("up again after", time_text(report.up_again));
  if (report.back) out += line("traffic back after", time_text(report.back));
  out += line("lost", losses_text(report.after));
  if (report.before.lost > 0) out += line("lost before anything was done", losses_text(report.before));
  return out;
}

}  // namespace netcfg::watch
