#include "netcfg/watch/watcher.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/inotify.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "netcfg/host/notify.h"
#include "netcfg/watch/addresses.h"
#include "netcfg/watch/control.h"
#include "netcfg/watch/hooks.h"
#include "netcfg/watch/probing.h"
#include "netcfg/watch/roster.h"

namespace netcfg::watch {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kTell{5000};    // how often the view is written though nothing changes
constexpr milliseconds kFollow{1000};  // likewise, for those who follow
constexpr milliseconds kRetry{1000};   // after something could not be done
constexpr milliseconds kLook{20};      // at carriers whose loss the kernel may keep to itself for a second
constexpr size_t kViewBytes = size_t{1} << 20;

Now now_of(Time steady) {
  auto wall = std::chrono::system_clock::now().time_since_epoch();
  return {steady, std::chrono::duration_cast<milliseconds>(wall).count()};
}

// Readable when a file of that name appears in its directory.
Result<Fd> watch_for(const std::string& path) {
  Fd fd(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  std::string directory = path.substr(0, path.rfind('/'));
  if (!fd || inotify_add_watch(fd.get(), directory.c_str(), IN_MOVED_TO | IN_CLOSE_WRITE) < 0)
    return Error{fmt::format("cannot watch {}: {}", directory, strerror(errno)), {}, errno};
  return fd;
}

// Whether one of the events that have come is of a file of that name.
bool was_replaced(const Fd& fd, std::string_view name) {
  alignas(inotify_event) std::array<char, 4096> buffer;
  bool out = false;
  while (true) {
    ssize_t size = read(fd.get(), buffer.data(), buffer.size());
    if (size <= 0) return out;
    for (size_t at = 0; at < static_cast<size_t>(size);) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
      if ((event->mask & IN_Q_OVERFLOW) != 0 || (event->len > 0 && event->name == name)) out = true;
      at += sizeof *event + event->len;
    }
  }
}

class Watcher {
 public:
  Watcher(WatcherSetup setup, probes::Links links, Addresses addresses, Fd ledger)
      : setup_(std::move(setup)),
        links_(std::move(links)),
        addresses_(std::move(addresses)),
        ledger_(std::move(ledger)),
        probing_(links_),
        hooks_([this](const HookEvent& event, const std::string& what) {
          log(Urgency::warning, fmt::format("hook: {} of uplink {} {}", event.event, event.uplink, what),
              {{"NETCFG_UPLINK", event.uplink}});
        }),
        watchdog_(watchdog_interval()) {}

  Result<> open() {
    auto control =
        Control::open(setup_.socket_path,
                      {[this] { return to_json(view(Clock::now())); },
                       [this](std::string_view name) { return roster_ && roster_->uplinks().find(name); }});
    if (!control) return control.error();
    control_.emplace(std::move(*control));
    auto ways = setup_.load();
    if (!ways) return ways.error();
    View before;
    if (auto text = setup_.files.read(setup_.view_path, kViewBytes))
      if (auto read = view_from_json(*text); read && read->kernel == setup_.kernel) before = std::move(*read);
    adopt(std::move(*ways), before);
    return Done{};
  }

  void run() {
    tell_systemd("READY=1\n");
    while (turn()) {
    }
    tell_systemd("STOPPING=1\n");
    if (roster_) write_view(Clock::now());
  }

 private:
  // Begins to watch other uplinks, or the same with other settings.
  void adopt(std::optional<Ways> ways, const View& before) {
    Time now = Clock::now();
    roster_.reset();
    probing_.reset({}, now);
    hooks_.reset({});
    if (!ways) return log(Urgency::info, "no uplinks are configured: nothing to watch");
    roster_.emplace(std::move(*ways), before, now_of(now));
    probing_.reset(roster_->uplinks(), now);
    hooks_.reset(roster_->uplinks().hooks);
    log(Urgency::info, fmt::format("watching {} uplinks", roster_->uplinks().links.size()));
    look_at_links(now);
    repair_ = Repair::all, act_at_ = tell_at_ = now;
    step(now);
  }

  void reload() {
    Time now = Clock::now();
    auto monotonic = std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count();
    tell_systemd(fmt::format("RELOADING=1\nMONOTONIC_USEC={}\n", monotonic));
    auto ways = setup_.load();
    if (!ways)
      log(Urgency::error, "what was watched before stays: " + ways.error().message);
    else if (!roster_ || !*ways || !(**ways == roster_->ways()))
      adopt(std::move(*ways), view(now));
    else
      repair_ = Repair::all, act_at_ = now;
    tell_systemd("READY=1\n");
  }

  // One round of the loop; false when it is to end.
  bool turn() {
    std::vector<pollfd> polls{{setup_.stop_fd, POLLIN, 0},
                              {links_.fd(), POLLIN, 0},
                              {addresses_.fd(), POLLIN, 0},
                              {ledger_.get(), POLLIN, 0}};
    control_->add_polls(polls);
    probing_.add_polls(polls);
    hooks_.add_polls(polls);
    if (poll(polls.data(), polls.size(), timeout()) < 0)
      for (pollfd& one : polls) one.revents = 0;
    if (polls[0].revents != 0) return false;
    Time now = Clock::now();
    look_at_carriers(now);
    if (polls[1].revents != 0) (void)links_.refresh();
    if (polls[2].revents != 0) addresses_.refresh();
    if (links_.changes() != changes_ || polls[2].revents != 0) look_at_links(now);
    if (control_->on_ready(polls)) take_holds();
    probing_.on_ready(polls);
    hooks_.on_ready(polls);
    if (polls[3].revents != 0 &&
        was_replaced(ledger_, setup_.ledger_path.substr(setup_.ledger_path.rfind('/') + 1)))
      reload();
    probing_.run_timers(Clock::now());
    take_answers();
    step(Clock::now());
    return true;
  }

  int timeout() const {
    Time next = std::min({probing_.next(), hooks_.next(), tell_at_, watchdog_at_, act_at_});
    if (roster_ && control_->has_followers()) next = std::min(next, follow_at_);
    if (!told_late_.empty()) next = std::min(next, look_at_);
    Time now = Clock::now();
    if (roster_)
      if (auto again = roster_->again(now)) next = std::min(next, *again);
    if (next <= now) return 0;
    auto left = std::chrono::ceil<milliseconds>(std::min<Clock::duration>(next - now, std::chrono::hours(1)));
    return static_cast<int>(left.count());
  }

  void look_at_carriers(Time now) {
    if (told_late_.empty() || now < look_at_) return;
    look_at_ = now + kLook;
    (void)links_.look(told_late_);
  }

  void look_at_links(Time now) {
    told_late_.clear();
    changes_ = links_.changes();
    if (!roster_) return;
    const auto& links = roster_->uplinks().links;
    for (size_t i = 0; i < links.size(); ++i) {
      std::string problem = links_.problem(links[i].dev);
      for (const Ip& ip : links[i].addresses)
        if (problem.empty() && !addresses_.has(ip))
          problem = fmt::format("{} is no address of this host", to_string(ip));
      bool had = roster_->health(i).has_link();
      roster_->health(i).set_link(problem);
      probing_.set_usable(i, problem.empty(), now);
      // What the kernel deleted with the carrier does not come back with it, nor does a group that lost its
      // last member become that of the next uplink.
      if (problem.empty() != had) repair_lost(now);
      std::ranges::copy(links_.told_late(links[i].dev), std::back_inserter(told_late_));
    }
    // One that has come back already was gone all the same.
    if (std::exchange(stops_, links_.stops()) != links_.stops()) repair_lost(now);
    probing_.on_links();
  }

  void repair_lost(Time now) {
    if (repair_ == Repair::no) repair_ = Repair::lost;
    act_at_ = now;
  }

  void take_holds() {
    if (!roster_) return;
    const auto& links = roster_->uplinks().links;
    for (size_t i = 0; i < links.size(); ++i) roster_->health(i).hold(control_->holds(links[i].name));
  }

  void take_answers() {
    for (Answer& answer : probing_.take()) {
      if (control_->mutes(roster_->uplinks().links[answer.uplink].name)) answer.sample.ok = false;
      roster_->health(answer.uplink).take(answer.target, answer.sample);
    }
  }

  // What follows from all that was taken in.
  void step(Time now) {
    hooks_.run_timers(now);
    if (watchdog_ && now >= watchdog_at_) {
      tell_systemd("WATCHDOG=1\n");
      watchdog_at_ = now + *watchdog_ / 3;
    }
    if (!roster_) {
      tell_at_ = act_at_ = Time::max();
      return;
    }
    std::vector<Event> events = roster_->judge(now);
    if (!events.empty() || now >= act_at_) act(events, now);
    for (const Event& event : events) tell(event);
    if (!events.empty() || now >= tell_at_) write_view(now);
    if (control_->has_followers() && (!events.empty() || now >= follow_at_)) {
      control_->tell_followers(to_json(view(now)));
      follow_at_ = now + kFollow;
    }
  }

  // The kernel first, everything else after.
  void act(const std::vector<Event>& events, Time now) {
    act_at_ = Time::max();
    // A group that is gone with its last member is made again once there is another.
    if (!events.empty() && repair_ == Repair::no) repair_ = Repair::lost;
    Repair repair = setup_.change_pending() ? Repair::no : repair_;
    auto live = setup_.switcher.nexthops(kFirstNexthop, kLastNexthop);
    if (!live) return failed(live.error(), now);
    Steps steps = steps_to(roster_->ways(), roster_->groups(), roster_->usable(), *live, repair);
    if (!carry_out(steps, now)) {
      // What was there a moment ago may be gone, and nobody knows which routes with it.
      repair_ = Repair::all;
      return;
    }
    last_failure_.clear(), forget_connections();
    if (repair == repair_)
      repair_ = Repair::no;
    else
      act_at_ = now + kRetry;
  }

  // All that can be done; what fails is tried again after a while.
  bool carry_out(const Steps& steps, Time now) {
    bool all = true;
    auto note = [&](const Result<>& done) {
      if (!done) failed(done.error(), now), all = false;
    };
    for (const Nexthop& one : steps.make) note(setup_.switcher.make(one));
    for (const Nexthop& one : steps.replace) note(setup_.switcher.replace(one));
    for (const Route& one : steps.restore) note(setup_.switcher.restore(one));
    return all;
  }

  // Those of failed uplinks alone, once there is another way for them.
  void forget_connections() {
    for (size_t uplink : roster_->take_left()) {
      Mark mark = mark_of(roster_->uplinks(), roster_->uplinks().links[uplink]);
      auto done = setup_.switcher.forget_connections(mark);
      if (done || std::exchange(told_of_conntrack_, true)) continue;
      log(Urgency::notice, "connections of a failed uplink are not forgotten: " + done.error().message);
    }
  }

  void failed(const Error& error, Time now) {
    act_at_ = now + kRetry;
    if (error.message != last_failure_) log(Urgency::error, error.message);
    last_failure_ = error.message;
  }

  void tell(const Event& event) {
    const Uplink& uplink = roster_->uplinks().links[event.uplink];
    std::string dev(uplink.dev.view());
    log(event.kind == "down" ? Urgency::warning : Urgency::notice,
        fmt::format("uplink {} is {}: {}", uplink.name, event.kind, event.reason),
        {{"NETCFG_UPLINK", uplink.name},
         {"NETCFG_INTERFACE", dev},
         {"NETCFG_EVENT", event.kind},
         {"NETCFG_REASON", event.reason}});
    hooks_.add({uplink.name, dev, event.kind, event.reason});
  }

  View view(Time now) const {
    View out = roster_ ? roster_->view(now_of(now)) : View{};
    out.written = now_of(now).wall;
    out.kernel = setup_.kernel;
    return out;
  }

  void write_view(Time now) {
    tell_at_ = now + kTell;
    View current = view(now);
    auto done = setup_.files.write(setup_.view_path, to_json(current));
    if (done && !setup_.metrics_path.empty())
      done = setup_.files.write(setup_.metrics_path, to_metrics(current));
    if (!done && done.error().message != last_write_failure_) log(Urgency::error, done.error().message);
    last_write_failure_ = done ? std::string() : done.error().message;
    std::string status =
        fmt::format("{} of {} uplinks are up", roster_->count_up(), roster_->uplinks().links.size());
    if (status != status_) tell_systemd(fmt::format("STATUS={}\n", status));
    status_ = std::move(status);
  }

  void log(Urgency urgency, std::string text, std::vector<LogEntry::Field> fields = {}) const {
    setup_.log.write({urgency, std::move(text), std::move(fields)});
  }
  static void tell_systemd(std::string_view state) { (void)notify_systemd(state); }

  WatcherSetup setup_;
  probes::Links links_;
  Addresses addresses_;
  Fd ledger_;
  std::optional<Roster> roster_;
  Probing probing_;
  HookRunner hooks_;
  std::optional<Control> control_;
  Repair repair_ = Repair::no;
  std::vector<uint32_t> told_late_;   // links of uplinks
  uint64_t changes_ = 0, stops_ = 0;  // of links, when they were looked at
  std::optional<std::chrono::microseconds> watchdog_;
  Time follow_at_{}, tell_at_ = Time::max(), act_at_ = Time::max(), look_at_{};
  Time watchdog_at_ = watchdog_ ? Time{} : Time::max();
  std::string last_failure_, last_write_failure_, status_;
  bool told_of_conntrack_ = false;
};

}  // namespace

Result<> run_watcher(WatcherSetup setup) {
  auto links = probes::Links::open();
  if (!links) return links.error();
  auto addresses = Addresses::open();
  if (!addresses) return addresses.error();
  auto ledger = watch_for(setup.ledger_path);
  if (!ledger) return ledger.error();
  Watcher watcher(std::move(setup), std::move(*links), std::move(*addresses), std::move(*ledger));
  if (auto done = watcher.open(); !done) return done;
  watcher.run();
  return Done{};
}

}  // namespace netcfg::watch
