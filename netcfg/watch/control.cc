#include "netcfg/watch/control.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "netcfg/base/text.h"

namespace netcfg::watch {
namespace {

constexpr size_t kMostConnections = 32, kLongestLine = 256;
constexpr int kPatience = 5;  // s, for the watcher's answer

Error failed(const std::string& what, int code) {
  return {fmt::format("{}: {}", what, strerror(code)), {}, code};
}

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un out{};
  out.sun_family = AF_UNIX;
  if (path.size() >= sizeof out.sun_path) return failed(path, ENAMETOOLONG);
  std::ranges::copy(path, out.sun_path);
  return out;
}

}  // namespace

Result<Control> Control::open(const std::string& path, Handler handler) {
  auto at = address_of(path);
  if (!at) return at.error();
  Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return failed("cannot make a socket", errno);
  (void)unlink(path.c_str());
  mode_t before = umask(0177);
  int done = bind(fd.get(), reinterpret_cast<const sockaddr*>(&*at), sizeof *at);
  int code = errno;
  umask(before);
  if (done != 0 || listen(fd.get(), kMostConnections) != 0)
    return failed("cannot listen at " + path, done != 0 ? code : errno);
  return Control(std::move(fd), path, std::move(handler));
}

Control::~Control() {
  if (listener_) (void)unlink(path_.c_str());
}

void Control::add_polls(std::vector<pollfd>& polls) const {
  if (connections_.size() < kMostConnections) polls.push_back({listener_.get(), POLLIN, 0});
  for (const Connection& one : connections_) polls.push_back({one.fd.get(), POLLIN, 0});
}

bool Control::on_ready(const std::vector<pollfd>& polls) {
  auto ready = [&](const Fd& fd) {
    return std::ranges::any_of(polls, [&](const pollfd& p) { return p.fd == fd.get() && p.revents != 0; });
  };
  auto held = [&] {
    std::vector<std::string> out;
    for (const Connection& one : connections_)
      if (!one.holds.empty()) out.push_back(one.holds);
    std::ranges::sort(out);
    return out;
  };
  std::vector<std::string> before = held();
  if (ready(listener_)) accept_all();
  connections_.remove_if([&](Connection& one) { return ready(one.fd) && !hear(one); });
  return held() != before;
}

void Control::accept_all() {
  while (connections_.size() < kMostConnections) {
    Fd fd(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fd) return;
    connections_.push_back({.fd = std::move(fd)});
  }
}

bool Control::hear(Connection& connection) {
  std::array<char, kLongestLine> buffer;
  ssize_t size = recv(connection.fd.get(), buffer.data(), buffer.size(), 0);
  if (size < 0) return errno == EAGAIN || errno == EINTR;
  if (size == 0) return false;
  if (connection.answered) return true;  // one line a connection
  connection.in.append(buffer.data(), static_cast<size_t>(size));
  if (connection.in.find('\n') == connection.in.npos) return connection.in.size() < kLongestLine;
  connection.answered = true;
  return answer(connection);
}

bool Control::answer(Connection& connection) {
  std::string_view line = std::string_view(connection.in).substr(0, connection.in.find('\n'));
  std::string text = "error: expected `status`, `follow`, `hold NAME` or `mute NAME`\n";
  bool stays = false;
  if (line == "status") {
    text = handler_.status();
  } else if (line == "follow") {
    text = handler_.status() + "\n";
    stays = connection.follows = true;
  } else if (bool hold = line.starts_with("hold "); hold || line.starts_with("mute ")) {
    std::string_view name = line.substr(5);
    stays = handler_.knows(name);
    if (stays) (hold ? connection.holds : connection.mutes) = std::string(name);
    text = stays ? "ok\n" : fmt::format("error: there is no uplink '{}'\n", printable(name));
  }
  // A reader that does not read loses the rest: nobody is waited for.
  (void)send(connection.fd.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return stays;
}

bool Control::holds(std::string_view uplink) const {
  return std::ranges::any_of(connections_, [&](const Connection& one) { return one.holds == uplink; });
}

bool Control::mutes(std::string_view uplink) const {
  return std::ranges::any_of(connections_, [&](const Connection& one) { return one.mutes == uplink; });
}

bool Control::has_followers() const {
  return std::ranges::any_of(connections_, &Connection::follows);
}

void Control::tell_followers(const std::string& view) {
  std::string text = view + "\n";
  connections_.remove_if([&](const Connection& one) {
    return one.follows && send(one.fd.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT) !=
                              static_cast<ssize_t>(text.size());
  });
}

Result<Fd> ask_watcher(const std::string& path, std::string_view line) {
  auto at = address_of(path);
  if (!at) return at.error();
  Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  timeval patience{kPatience, 0};
  if (!fd || setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0)
    return failed("cannot make a socket", errno);
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&*at), sizeof *at) != 0)
    return Error{fmt::format("the watcher cannot be reached at {}: {}", path, strerror(errno)),
                 "is it running? systemctl status netcfg-watch", errno};
  std::string text = std::string(line) + "\n";
  if (send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL) < 0)
    return failed("cannot ask the watcher", errno);
  return fd;
}

Result<std::string> read_answer(const Fd& fd, bool whole) {
  std::string out;
  std::array<char, 4096> buffer;
  while (whole || out.find('\n') == out.npos) {
    ssize_t size = recv(fd.get(), buffer.data(), buffer.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return failed("the watcher does not answer", errno);
    if (size == 0) break;
    out.append(buffer.data(), static_cast<size_t>(size));
  }
  if (out.starts_with("error: ")) return Error{out.substr(7, out.find('\n') - 7), {}, EINVAL};
  return out;
}

}  // namespace netcfg::watch
