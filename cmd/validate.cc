#include <fmt/format.h>

#include "cmd/load.h"

namespace netcfg {
namespace {

constexpr std::string_view kFormats[] = {"text", "json"};

constexpr Example kExamples[] = {
    {"netcfg validate", "check what is in /etc/netcfg"},
    {"netcfg validate netcfg.yaml uplinks.yaml", "check two files, merged"},
    {"netcfg validate --format json - < netcfg.yaml", "for an editor or a pipeline"},
};

int run_validate(Session& session) {
  auto desired = load_desired(session, session.options.operands, Cache::ignore);
  if (session.json()) return session.fail(desired ? kDone : kFailed);
  if (!desired) return session.fail();
  session.report_warnings();
  return kDone;
}

}  // namespace

constexpr Verb kValidateVerb{
    .name = "validate",
    .operands = "[SPEC...]",
    .most_operands = kAnyNumber,
    .summary = "check a spec, without looking at this host",
    .details = "Silent when all is well. Otherwise every problem is shown with its file, line and column.",
    .formats = kFormats,
    .examples = kExamples,
    .run = run_validate};

}  // namespace netcfg
