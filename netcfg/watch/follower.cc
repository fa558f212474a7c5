#include "netcfg/watch/follower.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "netcfg/watch/control.h"

namespace netcfg::watch {

Result<Follower> Follower::open(const std::string& socket_path) {
  auto fd = ask_watcher(socket_path, "follow");
  if (!fd) return fd.error();
  return Follower(std::move(*fd));
}

Result<std::optional<View>> Follower::on_ready() {
  std::array<char, 4096> buffer;
  while (true) {
    ssize_t size = recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) break;
    if (size <= 0)
      return Error{
          fmt::format("the watcher has ended{}{}", size < 0 ? ": " : "", size < 0 ? strerror(errno) : ""),
          "systemctl status netcfg-watch", ECONNRESET};
    in_.append(buffer.data(), static_cast<size_t>(size));
  }
  size_t end = in_.rfind(kViewEnd);
  if (end == in_.npos) return std::optional<View>();
  size_t before = end == 0 ? in_.npos : in_.rfind(kViewEnd, end - 1);
  size_t begin = before == in_.npos ? 0 : before + kViewEnd.size();
  auto view = view_from_json(std::string_view(in_).substr(begin, end + 1 - begin));
  in_.erase(0, end + kViewEnd.size());
  if (!view) return view.error();
  return std::optional(std::move(*view));
}

}  // namespace netcfg::watch
