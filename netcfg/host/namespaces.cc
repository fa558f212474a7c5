#include "netcfg/host/namespaces.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/capability.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>
#include <fstream>
#include <vector>

#include "netcfg/base/text.h"
#include "netcfg/host/errno.h"
#include "netcfg/host/fd.h"
#include "netcfg/host/files.h"

namespace netcfg {
namespace {

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

constexpr const char* kOwnNetns = "/proc/self/ns/net";

std::vector<std::string> netns_names() {
  auto names = HostFiles("").list(kNetnsDirectory);
  return names ? *names : std::vector<std::string>{};
}

Error no_such_netns(const std::string& name) {
  std::vector<std::string> names = netns_names();
  std::vector<std::string_view> views(names.begin(), names.end());
  auto meant = nearest(name, views);
  std::string hint = meant ? fmt::format("did you mean '{}'?", *meant)
                           : "'ip netns list' shows those there are, 'ip netns add' makes one";
  return {fmt::format("there is no network namespace '{}'", printable(name)), std::move(hint), ENOENT};
}

uint64_t effective_capabilities() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("CapEff:")) return std::stoull(line.substr(7), nullptr, 16);
  return 0;
}

// /sys shows the interfaces of the namespace in which it was mounted. A mount of our own, like that of
// `ip netns exec`; without it, NICs are there but cannot be told apart by bus or driver.
void show_own_sys() {
  if (unshare(CLONE_NEWNS) != 0) return;
  if (mount("none", "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0) return;
  (void)mount("sysfs", "/sys", "sysfs", MS_RDONLY, nullptr);
}

// A capability counts in the user namespace that owns the network namespace. The kernel refuses to
// name the owner to those outside of it.
bool owner_is_in_reach() {
  Fd netns(open(kOwnNetns, O_RDONLY | O_CLOEXEC));
  if (!netns) return true;  // no /proc: let the kernel decide
  Fd owner(ioctl(netns.get(), NS_GET_USERNS));
  return owner || errno != EPERM;
}

}  // namespace

Result<> enter_netns(const std::string& name) {
  if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos)
    return Error{fmt::format("'{}' is not the name of a network namespace", printable(name)),
                 "give its name in /run/netns, such as 'blue'", EINVAL};
  std::string path = fmt::format("{}/{}", kNetnsDirectory, name);
  Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd && errno == ENOENT) return no_such_netns(name);
  if (!fd) return system_error("cannot open the network namespace " + path, errno);
  if (setns(fd.get(), CLONE_NEWNET) == 0) {
    show_own_sys();
    return Done{};
  }
  int code = errno;
  Error error = system_error(fmt::format("cannot enter the network namespace '{}'", name), code);
  if (code == EPERM) error.hint = "that takes the capability CAP_SYS_ADMIN: run it as root";
  if (code == EINVAL) error.hint = fmt::format("{} is no namespace; 'ip netns add' makes one", path);
  return error;
}

std::string current_netns() {
  struct stat own {};
  struct stat first {};
  if (stat(kOwnNetns, &own) != 0) return {};
  bool seen_first = stat("/proc/1/ns/net", &first) == 0;  // takes root
  // The host's own namespace can have a name as well (`ip netns attach`), but needs none.
  if (seen_first && first.st_ino == own.st_ino) return {};
  for (const std::string& name : netns_names()) {
    struct stat named {};
    std::string path = fmt::format("{}/{}", kNetnsDirectory, name);
    if (stat(path.c_str(), &named) == 0 && named.st_ino == own.st_ino && named.st_dev == own.st_dev)
      return name;
  }
  return seen_first ? fmt::format("@{}", own.st_ino) : std::string{};
}

std::string netns_identity() {
  std::string boot = "unknown";
  std::ifstream("/proc/sys/kernel/random/boot_id") >> boot;
  uint64_t cookie = 0;
  socklen_t size = sizeof cookie;
  Fd any(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  // Linux 5.14; before it, the inode, which another namespace gets once this one is gone.
  if (getsockopt(any.get(), SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size) != 0) {
    struct stat own {};
    if (stat(kOwnNetns, &own) == 0) cookie = own.st_ino;
  }
  return fmt::format("{} {}", boot, cookie);
}

Result<> check_net_admin() {
  bool has = (effective_capabilities() >> CAP_NET_ADMIN & 1) != 0;
  if (has && owner_is_in_reach()) return Done{};
  std::string message = "changing the network takes the capability CAP_NET_ADMIN, which this process lacks";
  if (has) message += " over its network namespace (it has it only in its own user namespace)";
  return Error{message, "run it as root (sudo); 'netcfg plan' needs no privileges", EPERM};
}

}  // namespace netcfg
