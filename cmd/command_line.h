// From argv to a verb and its options.
#pragma once

#include <span>
#include <string>

#include "cmd/verb.h"
#include "netcfg/base/result.h"

namespace netcfg {

struct CommandLine {
  const Verb* verb = nullptr;  // null only with --help or --version, or without any argument
  Options options;
};

// The error's message begins with the program's and the verb's name; its hint says what to do next.
Result<CommandLine> parse_command_line(std::span<const char* const> arguments);

// The other half, in the only file that includes CLI11: options and operands of one verb.
Result<Options> parse_options(const Verb* verb, std::span<const std::string> arguments);

}  // namespace netcfg
