// Hears every change of the calling thread's network namespace.
#pragma once

namespace netcfg::test {

class LinkMonitor {
 public:
  LinkMonitor();
  ~LinkMonitor();
  LinkMonitor(const LinkMonitor&) = delete;
  LinkMonitor& operator=(const LinkMonitor&) = delete;

  // RTM_NEW* and RTM_DEL* messages since the last call; -1 when some were lost. Notifications are sent
  // before the request that caused them is answered, so there is nothing to wait for.
  int messages();

 private:
  int fd_ = -1;
};

}  // namespace netcfg::test
