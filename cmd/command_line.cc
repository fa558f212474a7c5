#include "cmd/command_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "netcfg/base/text.h"

namespace netcfg {
namespace {

// True when the option, as written, takes the next argument for its value. Options may stand before the
// verb, so every verb's count.
bool takes_next(std::string_view written) {
  auto is_it = [&](const OptionInfo& option) {
    if (option.is_flag() || !option.alone.empty()) return false;
    for (std::string_view name : split(option.names, ','))
      if (name == written) return true;
    return false;
  };
  if (std::ranges::any_of(global_options(), is_it)) return true;
  return std::ranges::any_of(verbs(), [&](const Verb* v) { return std::ranges::any_of(v->options, is_it); });
}

// The verb's place among the arguments: the first that is neither an option nor an option's value.
size_t place_of_verb(std::span<const std::string> arguments) {
  size_t i = 0;
  while (i < arguments.size() && arguments[i].size() > 1 && arguments[i][0] == '-' && arguments[i] != "--")
    i += takes_next(arguments[i]) ? 2 : 1;
  return i;
}

Error unknown_verb(std::string_view word) {
  std::vector<std::string_view> names;
  for (const Verb* verb : verbs()) names.push_back(verb->name);
  auto meant = nearest(word, names);
  std::string hint =
      meant ? fmt::format("did you mean 'netcfg {}'?", *meant) : "'netcfg --help' lists the commands";
  return {fmt::format("netcfg: unknown command '{}'", printable(word)), std::move(hint), 0};
}

Result<> check_choice(std::string_view option, const std::string& value,
                      std::span<const std::string_view> choices) {
  if (value.empty() || std::ranges::find(choices, value) != choices.end()) return Done{};
  auto meant = nearest(value, choices);
  return Error{fmt::format("{} takes {}, not '{}'", option, join_or(choices), printable(value)),
               meant ? fmt::format("did you mean '{}'?", *meant) : std::string{}, 0};
}

Result<> check_choices(const Verb& verb, const Options& options) {
  if (!options.format.empty()) {
    if (verb.formats.empty()) return Error{"there is no choice of --format", "leave it out", 0};
    if (auto ok = check_choice("--format", options.format, verb.formats); !ok) return ok;
  }
  for (auto infos : {global_options(), verb.options})
    for (const OptionInfo& info : infos) {
      const auto* member = std::get_if<std::string Options::*>(&info.target);
      if (member == nullptr || info.choices.empty()) continue;
      if (auto ok = check_choice(info.long_name(), options.*(*member), info.choices); !ok) return ok;
    }
  return Done{};
}

Result<> check_operands(const Verb& verb, const Options& options) {
  if (options.operands.size() <= verb.most_operands) return Done{};
  const std::string& extra = options.operands[verb.most_operands];
  if (verb.most_operands == 0)
    return Error{fmt::format("takes no arguments, but '{}' was given", printable(extra)), "", 0};
  return Error{fmt::format("'{}' is one argument too many", printable(extra)),
               fmt::format("usage: netcfg {} {}", verb.name, verb.operands), 0};
}

Error usage_error(const Verb* verb, const Error& cause) {
  std::string program = verb != nullptr ? fmt::format("netcfg {}", verb->name) : "netcfg";
  std::string hint = cause.hint.empty() ? fmt::format("see '{} --help'", program) : cause.hint;
  return {fmt::format("{}: {}", program, cause.message), std::move(hint), 0};
}

}  // namespace

Result<CommandLine> parse_command_line(std::span<const char* const> arguments) {
  std::vector<std::string> words(arguments.begin(), arguments.end());
  CommandLine line;
  size_t at = place_of_verb(words);
  // `netcfg help plan` is `netcfg plan --help`.
  if (at < words.size() && words[at] == "help") {
    words.erase(words.begin() + static_cast<ptrdiff_t>(at));
    words.emplace_back("--help");
    at = place_of_verb(words);
  }
  if (at < words.size()) {
    line.verb = find_verb(words[at]);
    if (line.verb == nullptr) return unknown_verb(words[at]);
    words.erase(words.begin() + static_cast<ptrdiff_t>(at));
  }
  auto options = parse_options(line.verb, words);
  if (!options) return usage_error(line.verb, options.error());
  line.options = std::move(*options);
  if (line.verb == nullptr || line.options.help > 0 || line.options.version > 0) return line;
  if (auto ok = check_choices(*line.verb, line.options); !ok) return usage_error(line.verb, ok.error());
  if (auto ok = check_operands(*line.verb, line.options); !ok) return usage_error(line.verb, ok.error());
  return line;
}

}  // namespace netcfg
