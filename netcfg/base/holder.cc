#include "netcfg/base/holder.h"

#include <fmt/format.h>

#include <array>
#include <ctime>

#include "netcfg/base/text.h"

namespace netcfg {
namespace {

std::string clock_time(int64_t seconds) {
  auto when = static_cast<time_t>(seconds);
  struct tm local {};
  std::array<char, 64> text{};
  if (localtime_r(&when, &local) == nullptr) return {};
  return {text.data(), strftime(text.data(), text.size(), "%F %T", &local)};
}

std::string duration(int64_t seconds) {
  if (seconds < 120) return fmt::format("{} s", seconds);
  if (seconds < 7200) return fmt::format("{} min", seconds / 60);
  return fmt::format("{} h", seconds / 3600);
}

}  // namespace

std::string to_text(const Holder& holder) {
  std::string out = fmt::format("pid {}\nsince {}\nuser {}\n", holder.pid, holder.since, holder.user);
  if (!holder.from.empty()) out += fmt::format("from {}\n", holder.from);
  if (!holder.tty.empty()) out += fmt::format("tty {}\n", holder.tty);
  return out;
}

Holder parse_holder(std::string_view text) {
  Holder holder;
  for (std::string_view line : split(text, '\n')) {
    size_t blank = line.find(' ');
    if (blank == std::string_view::npos) continue;
    std::string_view word = line.substr(0, blank);
    std::string value = printable(line.substr(blank + 1));
    if (word == "pid")
      holder.pid = parse_signed(value).value_or(0);
    else if (word == "since")
      holder.since = parse_signed(value).value_or(0);
    else if (word == "user")
      holder.user = value;
    else if (word == "from")
      holder.from = value;
    else if (word == "tty")
      holder.tty = value;
  }
  return holder;
}

std::string describe(const Holder& holder, int64_t now) {
  std::string out = holder.pid > 0 ? fmt::format("process {}", holder.pid) : std::string("another process");
  if (!holder.user.empty()) out += fmt::format(" of {}", holder.user);
  if (!holder.from.empty()) out += fmt::format(" from {}", holder.from);
  if (!holder.tty.empty()) out += fmt::format(" on {}", holder.tty);
  if (holder.since > 0) {
    out += fmt::format(", since {}", clock_time(holder.since));
    if (now >= holder.since) out += fmt::format(" ({})", duration(now - holder.since));
  }
  return out;
}

}  // namespace netcfg
