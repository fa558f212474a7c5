#include "netcfg/host/clock.h"

#include <sys/timerfd.h>

#include <ctime>

namespace netcfg {

int64_t boottime() {
  timespec now{};
  (void)clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<int64_t>(now.tv_sec) * kSecond + now.tv_nsec;
}

int alarm_at(int64_t when) {
  int fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
  if (fd < 0) return -1;
  itimerspec at{};
  when = when < 1 ? 1 : when;  // 0 would mean never
  at.it_value.tv_sec = static_cast<time_t>(when / kSecond);
  at.it_value.tv_nsec = static_cast<long>(when % kSecond);
  (void)timerfd_settime(fd, TFD_TIMER_ABSTIME, &at, nullptr);
  return fd;
}

}  // namespace netcfg
