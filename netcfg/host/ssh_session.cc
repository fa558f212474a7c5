#include "netcfg/host/ssh_session.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "netcfg/base/text.h"

namespace netcfg {
namespace {

constexpr std::string_view kVariable = "SSH_CONNECTION=";
constexpr int kMostAncestors = 64;

std::string read_all(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// The address, and its zone put into `zone`.
std::optional<Ip> parse_zoned(std::string_view text, IfName& zone) {
  size_t percent = text.find('%');
  if (percent != std::string_view::npos) zone = IfName(text.substr(percent + 1));
  return parse_ip(text.substr(0, percent));
}

std::optional<uint16_t> parse_port(std::string_view text) {
  auto port = parse_unsigned(text);
  return port && *port <= UINT16_MAX ? std::optional(static_cast<uint16_t>(*port)) : std::nullopt;
}

// proc(5): "PID (NAME) STATE PPID …", and the name may hold blanks and brackets.
int64_t parent_of(const std::string& stat) {
  size_t end = stat.rfind(") ");
  if (end == std::string::npos || stat.size() < end + 4) return 0;
  std::string_view rest = std::string_view(stat).substr(end + 4);
  return parse_signed(rest.substr(0, rest.find(' '))).value_or(0);
}

std::optional<SshSession> in_environment(const std::string& environment) {
  for (std::string_view entry : split(environment, '\0'))
    if (entry.starts_with(kVariable)) return parse_ssh_connection(entry.substr(kVariable.size()));
  return std::nullopt;
}

}  // namespace

std::optional<SshSession> parse_ssh_connection(std::string_view text) {
  auto words = split(text, ' ');
  if (words.size() != 4) return std::nullopt;
  SshSession out;
  auto peer = parse_zoned(words[0], out.zone), own = parse_zoned(words[2], out.zone);
  auto peer_port = parse_port(words[1]), own_port = parse_port(words[3]);
  if (!peer || !own || !peer_port || !own_port || peer->family != own->family) return std::nullopt;
  out.peer = *peer;
  out.own = *own;
  out.peer_port = *peer_port;
  out.own_port = *own_port;
  return out;
}

std::optional<SshSession> ssh_session(const std::string& root) {
  const char* own = getenv("SSH_CONNECTION");  // NOLINT: read before any thread starts
  if (own != nullptr) return parse_ssh_connection(own);
  int64_t pid = getppid();
  for (int i = 0; i < kMostAncestors && pid > 1; ++i) {
    std::string folder = fmt::format("{}/proc/{}", root, pid);
    if (auto found = in_environment(read_all(folder + "/environ"))) return found;
    pid = parent_of(read_all(folder + "/stat"));
  }
  return std::nullopt;
}

}  // namespace netcfg
