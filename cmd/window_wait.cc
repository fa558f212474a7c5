#include "cmd/window_wait.h"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>

#include "cmd/guard_setup.h"
#include "cmd/pending.h"
#include "netcfg/host/clock.h"

namespace netcfg {
namespace {

constexpr int64_t kPatience = 300 * kSecond;
// Death makes no event in the directory: so whether somebody holds the lock is asked now and then.
constexpr int kLook = 200;  // ms

}  // namespace

WindowWatch::WindowWatch(const std::string& directory) : fd_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
  (void)inotify_add_watch(fd_.get(), directory.c_str(), IN_MOVED_TO | IN_DELETE);
}

bool WindowWatch::wait_until_settled(Session& session) {
  Settler settler = settler_of(session);
  std::string lock_file = session.files.real(lock_path(session.netns()));
  for (int64_t end = boottime() + kPatience; boottime() < end;) {
    auto found = settler.window().find();
    if (!found) return session.problem(found.error()), false;
    if (!*found) return true;
    auto lock = Lock::take(lock_file);
    if (!lock) return session.problem(lock.error()), false;
    if (std::holds_alternative<Lock>(*lock)) return mend(session);
    pollfd wanted{fd_.get(), POLLIN, 0};
    (void)poll(&wanted, 1, kLook);
    std::array<char, 4096> names{};
    while (::read(fd_.get(), names.data(), names.size()) > 0) {
    }
  }
  session.problem({"whoever makes the change does not finish", "see 'netcfg history' and 'netcfg diff'", 0});
  return false;
}

}  // namespace netcfg
