// The only file that includes CLI11, which takes seconds to compile. It sees one verb at a time, so that
// starting costs no more than that verb's options.
#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <vector>

#include "cmd/command_line.h"
#include "netcfg/base/text.h"

namespace netcfg {
namespace {

void add(CLI::App& app, const OptionInfo& info, Options& options) {
  std::string names(info.names);
  if (const auto* text = std::get_if<std::string Options::*>(&info.target))
    app.add_option(names, options.*(*text))->take_last();
  else if (const auto* list = std::get_if<std::vector<std::string> Options::*>(&info.target))
    app.add_option(names, options.*(*list))->allow_extra_args(false);
  else
    app.add_flag(names, options.*std::get<int Options::*>(info.target))->disable_flag_override();
}

std::vector<std::string_view> long_names(const Verb* verb) {
  std::vector<std::string_view> names;
  for (const OptionInfo& info : global_options()) names.push_back(info.long_name());
  if (verb != nullptr)
    for (const OptionInfo& info : verb->options) names.push_back(info.long_name());
  return names;
}

// Another verb that has the option, for a hint.
const Verb* owner_of(std::string_view name) {
  for (const Verb* verb : verbs())
    for (const OptionInfo& info : verb->options)
      for (std::string_view its : split(info.names, ','))
        if (its == name) return verb;
  return nullptr;
}

Error unknown_option(const Verb* verb, std::string_view written) {
  std::string_view name = written.substr(0, written.find('='));
  if (const Verb* owner = owner_of(name); owner != nullptr && verb != nullptr)
    return {fmt::format("there is no option '{}' here", printable(name)),
            fmt::format("it belongs to 'netcfg {}'", owner->name), 0};
  auto meant = nearest(name, long_names(verb));
  return {fmt::format("unknown option '{}'", printable(name)),
          meant ? fmt::format("did you mean '{}'?", *meant) : std::string{}, 0};
}

// CLI11 names the option at fault at the start of its message.
Error in_our_words(const Verb* verb, const CLI::ParseError& error) {
  std::string text = error.what();
  auto search = [&](std::span<const OptionInfo> infos) -> const OptionInfo* {
    for (const OptionInfo& info : infos)
      if (text.find(info.long_name().substr(2)) != std::string::npos) return &info;
    return nullptr;
  };
  const OptionInfo* info = verb != nullptr ? search(verb->options) : nullptr;
  if (info == nullptr) info = search(global_options());
  if (info == nullptr) return {printable(text), "", 0};
  if (info->is_flag()) return {fmt::format("{} takes no value", info->long_name()), "", 0};
  return {fmt::format("{} needs a value: {} {}", info->long_name(), info->long_name(), info->value), "", 0};
}

// Options that can stand alone get the value that this means: the next word is not theirs.
std::vector<std::string> completed(const Verb* verb, std::span<const std::string> arguments) {
  std::vector<std::string> out(arguments.begin(), arguments.end());
  auto end = std::find(out.begin(), out.end(), "--");
  if (verb != nullptr)
    for (const OptionInfo& info : verb->options)
      for (auto at = out.begin(); at != end; ++at)
        if (!info.alone.empty() && *at == info.long_name()) *at = fmt::format("{}={}", *at, info.alone);
  return out;
}

}  // namespace

Result<Options> parse_options(const Verb* verb, std::span<const std::string> arguments) {
  Options options;
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  for (const OptionInfo& info : global_options()) add(app, info, options);
  if (verb != nullptr)
    for (const OptionInfo& info : verb->options) add(app, info, options);
  app.add_option("operands", options.operands);
  try {
    std::vector<std::string> words = completed(verb, arguments);
    std::reverse(words.begin(), words.end());  // it takes them from the back
    app.parse(std::move(words));
  } catch (const CLI::ParseError& error) {
    return in_our_words(verb, error);
  }
  for (const std::string& left : app.remaining())
    if (left != "--") return unknown_option(verb, left);
  return options;
}

}  // namespace netcfg
