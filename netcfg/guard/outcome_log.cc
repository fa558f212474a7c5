#include "netcfg/guard/outcome_log.h"

#include <fmt/format.h>

namespace netcfg {
namespace {

std::string by_whom(const Holder& by) {
  std::string out = by.user.empty() ? std::string() : " of " + by.user;
  if (!by.from.empty()) out += " from " + by.from;
  return out;
}

LogEntry entry(Urgency urgency, std::string message, std::string_view outcome, const Holder& by) {
  LogEntry out{urgency, std::move(message), {}};
  auto add = [&](std::string_view name, std::string value) {
    if (!value.empty()) out.fields.push_back({name, std::move(value)});
  };
  add("MESSAGE_ID", std::string(kOutcomeMessageId));
  add("NETCFG_OUTCOME", std::string(outcome));
  add("NETCFG_USER", by.user);
  add("NETCFG_FROM", by.from);
  add("NETCFG_TTY", by.tty);
  return out;
}

struct Words {
  Urgency urgency;
  std::string_view what;
};

Words words_of(Fate fate) {
  switch (fate) {
    case Fate::kept:
      return {Urgency::notice, "was kept"};
    case Fate::restored:
      return {Urgency::warning, "failed, the state before is back"};
    case Fate::reverted:
      return {Urgency::warning, "was taken back"};
    case Fate::lost:
      return {Urgency::warning, "was lost"};
    case Fate::damaged:
      return {Urgency::critical, "could NOT be taken back, the host needs a person"};
    case Fate::pending:
      break;
  }
  return {Urgency::notice, "is under way"};
}

}  // namespace

LogEntry log_entry(const Generation& g, std::span<const std::string> leftover) {
  Words words = words_of(g.fate);
  std::string message = fmt::format("generation {}{} {}", g.number, by_whom(g.by), words.what);
  if (!g.why.empty()) message += ": " + g.why;
  if (g.fate == Fate::kept && !g.changes.empty()) message += fmt::format(" ({})", g.changes);
  std::string differs;
  for (const std::string& line : leftover) differs += (differs.empty() ? "" : "\n") + line;
  for (const std::string& line : leftover) message += "; " + line;
  LogEntry out = entry(words.urgency, std::move(message), kFateNames[static_cast<size_t>(g.fate)], g.by);
  out.fields.push_back({"NETCFG_GENERATION", std::to_string(g.number)});
  if (!g.why.empty()) out.fields.push_back({"NETCFG_WHY", g.why});
  if (!g.changes.empty()) out.fields.push_back({"NETCFG_CHANGES", g.changes});
  if (!differs.empty()) out.fields.push_back({"NETCFG_LEFTOVER", differs});
  return out;
}

LogEntry log_refusal(const Holder& by, std::string_view why) {
  LogEntry out =
      entry(Urgency::warning, fmt::format("a change{} was refused: {}", by_whom(by), why), "refused", by);
  out.fields.push_back({"NETCFG_WHY", std::string(why)});
  return out;
}

LogEntry log_trouble(uint32_t generation, const Holder& by, std::string_view what) {
  LogEntry out = entry(Urgency::critical, fmt::format("generation {}{}: {}", generation, by_whom(by), what),
                       "trouble", by);
  out.fields.push_back({"NETCFG_GENERATION", std::to_string(generation)});
  return out;
}

}  // namespace netcfg
