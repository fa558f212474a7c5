#include <fmt/format.h>

#include <array>
#include <ctime>

#include "cmd/guard_setup.h"
#include "netcfg/base/text.h"
#include "netcfg/json/sink.h"

namespace netcfg {
namespace {

constexpr std::string_view kFormats[] = {"text", "json"};

constexpr Example kExamples[] = {
    {"netcfg history", "what was changed, when, by whom, and how it went"},
    {"netcfg diff gen:3 gen:4", "what did generation 4 change in the spec?"},
    {"netcfg rollback 3", "go back to what generation 3 asked for"},
};

std::string format_time(int64_t seconds, const char* form, bool utc) {
  auto when = static_cast<time_t>(seconds);
  struct tm parts {};
  std::array<char, 64> text{};
  if ((utc ? gmtime_r(&when, &parts) : localtime_r(&when, &parts)) == nullptr) return {};
  return {text.data(), strftime(text.data(), text.size(), form, &parts)};
}

std::string who(const Holder& by) {
  std::string out = by.user;
  if (!by.from.empty()) out += " from " + by.from;
  if (!by.tty.empty()) out += " on " + by.tty;
  return printable(out);
}

std::string_view color_of(Fate fate) {
  switch (fate) {
    case Fate::kept:
      return "\x1b[32m";
    case Fate::damaged:
      return "\x1b[31m";
    default:
      return "\x1b[33m";
  }
}

void print_table(Session& session, const Generations::Listed& listed) {
  const Generation* now = current(listed.all);
  std::vector<std::string> names;
  size_t wide = 2, changes = 7;
  for (const Generation& g : listed.all) {
    names.push_back(who(g.by));
    wide = std::max(wide, display_width(names.back()));
    changes = std::max(changes, g.changes.size());
  }
  if (!listed.all.empty())
    session.out.write(fmt::format("  {:>4}  {:<19}  {:<{}}  {:<{}}  {}\n", "gen", "when", "by", wide,
                                  "changes", changes, "outcome"));
  for (size_t i = 0; i < listed.all.size(); ++i) {
    const Generation& g = listed.all[i];
    std::string pad(wide - display_width(names[i]), ' ');
    bool color = session.color_out();
    session.out.write(fmt::format("{} {:>4}  {:<19}  {}{}  {:<{}}  {}{}{}{}\n", &g == now ? '*' : ' ',
                                  g.number, format_time(g.when, "%F %T", false), names[i], pad,
                                  printable(g.changes), changes, color ? color_of(g.fate) : "",
                                  kFateNames[static_cast<size_t>(g.fate)], color ? "\x1b[0m" : "",
                                  g.why.empty() ? "" : ": " + printable(g.why)));
  }
}

void print_json(Session& session, const Generations::Listed& listed) {
  const Generation* now = current(listed.all);
  std::string text;
  JsonText json(text);
  json.begin('{');
  json.key("format"), json.number(1);
  json.key("generations"), json.begin('[');
  for (const Generation& g : listed.all) {
    json.line(), json.begin('{');
    json.key("number"), json.number(g.number);
    json.member("when", format_time(g.when, "%FT%TZ", true));
    json.key("by"), json.begin('{');
    json.member("user", g.by.user), json.member("from", g.by.from), json.member("tty", g.by.tty);
    json.end('}');
    json.member("changes", g.changes);
    json.member("outcome", kFateNames[static_cast<size_t>(g.fate)]);
    json.member("why", g.why);
    json.key("current"), json.boolean(&g == now);
    json.end('}');
  }
  json.end(']');
  json.line(), json.key("damaged"), json.begin('[');
  for (const std::string& line : listed.damaged) json.text(line);
  json.end(']');
  json.end('}');
  session.out.write(text + "\n");
}

int run_history(Session& session) {
  Settler settler = settler_of(session);
  auto listed = Generations(session.files, settler.places.generations).list();
  if (!listed) return session.fail(listed.error());
  for (const std::string& line : listed->damaged)
    session.problems.warning(kNowhere, "", line, "the other generations can be used all the same");
  session.report_warnings();
  if (session.json())
    print_json(session, *listed);
  else
    print_table(session, *listed);
  if (listed->all.empty() && !session.json()) session.say("nothing has been applied here yet");
  return kDone;
}

}  // namespace

constexpr Verb kHistoryVerb{
    .name = "history",
    .operands = "",
    .summary = "list what was applied: when, by whom, and how it went",
    .details =
        "The generation in force has a star. Outcomes: kept; restored (a step failed); reverted "
        "(connectivity "
        "was lost,\n"
        "or nobody confirmed); lost (the machine went down before it was kept); damaged; pending.",
    .formats = kFormats,
    .examples = kExamples,
    .run = run_history};

}  // namespace netcfg
