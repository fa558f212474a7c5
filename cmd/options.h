// What the command line says, as values.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace netcfg {

struct Options {
  // Of every verb.
  std::string root;    // prefix for every file read or written
  std::string netns;   // network namespace to work in
  std::string node;    // which host of the spec this is; empty: the host's name
  std::string format;  // of the result; empty: the verb's first
  std::string color;   // auto, always or never; empty: auto
  int quiet = 0;
  int verbose = 0;
  int help = 0;
  int version = 0;
  // Of some.
  int dry_run = 0;
  int yes = 0;
  int detailed_exitcode = 0;
  std::string output;
  std::string iif, oif, mark, tos, ip_proto, sport, dport, uid;  // of a packet
  std::string with;                                              // a spec
  std::string confirm;                                           // how long to wait for it; empty: not at all
  std::vector<std::string> checks;
  int no_check = 0;
  int no_history = 0;
  int boot = 0;
  std::string metrics;  // a file for Prometheus
  int watch = 0;
  std::string by, target, away;  // of a drill
  std::vector<std::string> operands;

  bool json() const { return format == "json"; }
};

// One option as the parser, the help and the shells' completion see it.
struct OptionInfo {
  std::string_view names;  // "-o,--output"
  std::string_view value;  // what to call its value; empty for a flag
  std::string_view doc;
  // A list takes the option as often as it is given.
  std::variant<int Options::*, std::string Options::*, std::vector<std::string> Options::*> target;
  std::span<const std::string_view> choices{};
  // The value where the option stands alone; then another has to follow a `=`. Empty: it needs one.
  std::string_view alone{};

  bool is_flag() const { return value.empty(); }
  std::string_view long_name() const { return names.substr(names.find("--")); }
};

}  // namespace netcfg
