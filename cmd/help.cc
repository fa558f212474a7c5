#include "cmd/help.h"

#include <fmt/format.h>

#include <algorithm>

#include "netcfg/base/text.h"

namespace netcfg {
namespace {

// "-o, --output FILE", with room for the short name where there is none.
std::string option_words(const OptionInfo& info) {
  std::string out = info.names.starts_with("--") ? "    " : "";
  out += info.names.starts_with("--") ? info.names
                                      : fmt::format("{}, {}", info.names.substr(0, 2), info.long_name());
  if (!info.is_flag())
    out += info.alone.empty() ? fmt::format(" {}", info.value) : fmt::format("[={}]", info.value);
  return out;
}

std::string options_text(std::string_view title, std::span<const OptionInfo> infos, const Verb* verb) {
  std::string out = fmt::format("\n{}:\n", title);
  for (const OptionInfo& info : infos) {
    std::string doc(info.doc);
    if (info.long_name() == "--format") {
      if (verb != nullptr && verb->formats.empty()) continue;
      if (verb != nullptr)
        doc = fmt::format("{}: {} (default: {})", doc, join_or(verb->formats), verb->formats[0]);
    }
    out += fmt::format("  {:<26} {}\n", option_words(info), doc);
  }
  return out;
}

constexpr std::string_view kSpecHelp =
    "\nSPEC defaults to /etc/netcfg/netcfg.yaml and then /etc/netcfg/conf.d/*.yaml in lexical order.\n"
    "Several are merged in the order given; - is standard input.\n";

constexpr std::string_view kStatusHelp =
    "\nExit status:\n"
    "  0   done, or nothing to do; plan --detailed-exitcode, diff, drift: no differences\n"
    "  1   failed before anything changed\n"
    "  2   plan --detailed-exitcode, diff, drift: there are differences\n"
    "  3   a step failed or connectivity was lost; the earlier state is restored and verified\n"
    "  4   restoring failed or could not be verified: the host needs a person\n"
    "  5   another change is pending or running\n"
    "  64  wrong usage of the command line\n";

}  // namespace

std::string help_text() {
  std::string out =
      "Usage: netcfg COMMAND [OPTION...] [ARGUMENT...]\n"
      "Turns the description of a host's network into a plan, and the plan into the kernel's configuration.\n"
      "\nCommands:\n";
  for (const Verb* verb : verbs())
    if (!verb->hidden)
      out += fmt::format("  {:<26} {}\n", fmt::format("{} {}", verb->name, verb->operands), verb->summary);
  out += options_text("Options, before or after the command", global_options(), nullptr);
  out += kSpecHelp;
  out += kStatusHelp;
  out += "\n'netcfg COMMAND --help' tells more about a command.\n";
  return out;
}

std::string help_text(const Verb& verb) {
  std::string out = fmt::format("Usage: netcfg {} [OPTION...] {}\n", verb.name, verb.operands);
  std::string summary(verb.summary);
  summary[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(summary[0])));
  out += fmt::format("{}.\n", summary);
  if (!verb.details.empty()) out += fmt::format("\n{}\n", verb.details);
  if (verb.operands.find("SPEC") != std::string_view::npos) out += kSpecHelp;
  if (!verb.options.empty()) out += options_text("Options", verb.options, &verb);
  out += options_text("Options of every command", global_options(), &verb);
  if (!verb.examples.empty()) out += "\nExamples:\n";
  for (const Example& example : verb.examples)
    out += fmt::format("  {}\n      {}\n", example.command, example.doc);
  return out;
}

}  // namespace netcfg
