#include "netcfg/host/lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <filesystem>

#include "netcfg/host/errno.h"
#include "netcfg/host/files.h"

namespace netcfg {

constexpr size_t kHolderBytes = 4096;

Result<std::variant<Lock, Lock::Busy>> Lock::take(const std::string& path) {
  std::error_code code;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), code);
  if (code) return system_error("cannot make the directory of the lock " + path, code.value());
  // Only for the owner: whoever can open the file can hold the lock.
  Fd fd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) return system_error("cannot open the lock " + path, errno);
  if (flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return system_error("cannot lock " + path, errno);
    auto text = read_all(fd.get(), path, kHolderBytes);
    return std::variant<Lock, Busy>(Busy{text ? *text : std::string{}});
  }
  return std::variant<Lock, Busy>(Lock(std::move(fd)));
}

// Only words for people: the lock holds without them.
void Lock::announce(const std::string& holder) {
  announced_ = ftruncate(fd_.get(), 0) == 0 &&
               pwrite(fd_.get(), holder.data(), holder.size(), 0) == static_cast<ssize_t>(holder.size());
}

// Others may have the same open file: the reverter, and systemd for it. What ends here ends for all of them.
Lock::~Lock() {
  if (!fd_) return;
  if (announced_) (void)!ftruncate(fd_.get(), 0);
  release(fd_.get());
}

void Lock::release(int fd) {
  (void)flock(fd, LOCK_UN);
}

}  // namespace netcfg
