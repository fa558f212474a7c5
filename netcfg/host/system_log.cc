#include "netcfg/host/system_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>

#include "netcfg/base/text.h"
#include "netcfg/host/fd.h"

namespace netcfg {
namespace {

constexpr const char* kProgram = "netcfg";
constexpr int kPatience = 1000;  // ms, for a daemon whose queue is full
// A datagram holds some 200 KB; what differs after a way back that failed can be a hundred thousand routes.
constexpr size_t kMostValue = 8192, kMostLine = 1024;

void add_field(std::string& out, std::string_view name, std::string_view value) {
  value = value.substr(0, kMostValue);
  out += name;
  if (value.find('\n') == std::string_view::npos) {
    out += '=';
  } else {
    out += '\n';
    for (int shift = 0; shift < 64; shift += 8)
      out += static_cast<char>(uint64_t{value.size()} >> static_cast<unsigned>(shift) & 0xff);
  }
  out += value;
  out += '\n';
}

// A socket that is connected to the one of that name; none when nobody listens there.
Fd connect_to(const std::string& name, int type) {
  // By way of an open file: the name may be longer than an address can hold.
  Fd at(open(name.c_str(), O_PATH | O_CLOEXEC));
  if (!at) return {};
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::string path = fmt::format("/proc/self/fd/{}", at.get());
  memcpy(to.sun_path, path.c_str(), path.size() + 1);
  Fd out(socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!out || connect(out.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) return {};
  return out;
}

bool send_all(const Fd& fd, std::string_view bytes) {
  if (!fd) return false;
  auto sent = [&] {
    return send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
  };
  if (sent()) return true;
  pollfd wanted{fd.get(), POLLOUT, 0};
  return errno == EAGAIN && poll(&wanted, 1, kPatience) == 1 && sent();
}

}  // namespace

std::string journal_datagram(const LogEntry& entry) {
  std::string out;
  add_field(out, "MESSAGE", entry.message);
  add_field(out, "PRIORITY", std::to_string(static_cast<int>(entry.urgency)));
  add_field(out, "SYSLOG_IDENTIFIER", kProgram);
  add_field(out, "SYSLOG_FACILITY", std::to_string(LOG_FAC(LOG_DAEMON)));
  for (const LogEntry::Field& field : entry.fields) add_field(out, field.name, field.value);
  return out;
}

std::string syslog_datagram(const LogEntry& entry, int pid, int64_t when) {
  auto seconds = static_cast<time_t>(when);
  struct tm local {};
  std::array<char, 32> time{};
  // Names of months are English whatever the locale: netcfg sets none.
  if (localtime_r(&seconds, &local) != nullptr) (void)strftime(time.data(), time.size(), "%b %e %T", &local);
  std::string message = printable(entry.message);
  if (message.size() > kMostLine) message = message.substr(0, kMostLine) + " ...";
  return fmt::format("<{}>{} {}[{}]: {}", LOG_DAEMON | static_cast<int>(entry.urgency), time.data(), kProgram,
                     pid, message);
}

void SystemLog::write(const LogEntry& entry) {
  if (send_all(connect_to(journal_, SOCK_DGRAM), journal_datagram(entry))) return;
  std::string line = syslog_datagram(entry, getpid(), time(nullptr));
  if (send_all(connect_to(syslog_, SOCK_DGRAM), line)) return;
  line += '\0';  // which is where a line ends in a stream
  (void)send_all(connect_to(syslog_, SOCK_STREAM), line);
}

}  // namespace netcfg
