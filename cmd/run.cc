#include "cmd/run.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstring>

#include "cmd/help.h"
#include "netcfg/host/namespaces.h"

namespace netcfg {
namespace {

int run_verb(const CommandLine& line, const Ports& ports) {
  if (line.options.help > 0) {
    ports.out.write(line.verb != nullptr ? help_text(*line.verb) : help_text());
    return kDone;
  }
  const Verb* verb = line.options.version > 0 ? &kVersionVerb : line.verb;
  if (verb == nullptr) {
    fmt::print(stderr, "{}", help_text());
    return kWrongUsage;
  }
  Session session(*verb, line.options, ports);
  if (!line.options.netns.empty())
    if (auto entered = enter_netns(line.options.netns); !entered) return session.fail(entered.error());
  return verb->run(session);
}

}  // namespace

int run(const CommandLine& line, const Ports& ports) {
  int status = run_verb(line, ports);
  if (ports.out.flush()) return status;
  fmt::print(stderr, "netcfg: cannot write to standard output: {}\n", std::strerror(ports.out.error()));
  // After a change the status must still say how that went.
  return status == kDone || status == kDifferent ? kFailed : status;
}

}  // namespace netcfg
