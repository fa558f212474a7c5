#include "netcfg/host/this_process.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>

#include "netcfg/base/text.h"

namespace netcfg {
namespace {

std::string variable(const char* name) {
  const char* value = getenv(name);  // NOLINT: read before any thread starts
  return value == nullptr ? std::string{} : printable(value);
}

std::string terminal() {
  std::array<char, 256> name{};
  for (int fd : {STDIN_FILENO, STDERR_FILENO, STDOUT_FILENO})
    if (ttyname_r(fd, name.data(), name.size()) == 0) return printable(name.data());
  return {};
}

}  // namespace

Holder this_process() {
  Holder me;
  me.pid = getpid();
  // The user's name is not looked up: that may need the network which is being changed.
  for (const char* name : {"SUDO_USER", "LOGNAME", "USER"})
    if (me.user.empty()) me.user = variable(name);
  if (me.user.empty()) me.user = fmt::format("user {}", getuid());
  std::string connection = variable("SSH_CONNECTION");  // "PEER PORT HOST PORT"
  me.from = connection.substr(0, connection.find(' '));
  me.tty = terminal();
  me.since = time(nullptr);
  return me;
}

uint64_t born(int64_t pid) {
  constexpr size_t kField = 22;  // starttime
  std::ifstream in(fmt::format("/proc/{}/stat", pid), std::ios::binary);
  std::string stat{std::istreambuf_iterator<char>(in), {}};
  size_t end = stat.rfind(") ");  // the name before it may hold anything
  if (end == std::string::npos) return 0;
  auto words = split(std::string_view(stat).substr(end + 2), ' ');
  constexpr size_t kFirst = 3;  // the field that words[0] is
  return words.size() > kField - kFirst ? parse_unsigned(words[kField - kFirst]).value_or(0) : 0;
}

}  // namespace netcfg
