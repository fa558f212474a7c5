#include <fmt/format.h>

#include "cmd/session.h"

namespace netcfg {
namespace {

constexpr std::string_view kFormats[] = {"text", "json"};

int run_version(Session& session) {
  if (session.json())
    session.out.write(fmt::format("{{\"format\":1,\"version\":\"{}\",\"spec\":1}}\n", session.version()));
  else
    session.out.write(fmt::format("netcfg {} (format of the spec: 1)\n", session.version()));
  return kDone;
}

}  // namespace

constexpr Verb kVersionVerb{.name = "version",
                            .summary = "show the versions of the program and of the spec's format",
                            .formats = kFormats,
                            .run = run_version};

}  // namespace netcfg
