#include <ctime>
#include <sstream>

#include "cmd/load.h"
#include "netcfg/plan/print_json.h"
#include "netcfg/plan/print_text.h"

namespace netcfg {
namespace {

constexpr std::string_view kFormats[] = {"text", "json", "prometheus"};

constexpr OptionInfo kOptions[] = {
    {"-o,--output", "FILE", "write the result to a file, which is replaced as a whole", &Options::output},
};

constexpr Example kExamples[] = {
    {"netcfg drift || netcfg apply", "from cron: mail tells what differed, and it is repaired"},
    {"netcfg drift --format prometheus --output /var/lib/node_exporter/netcfg.prom",
     "for node_exporter's textfile collector"},
    {"netcfg drift --format json | jq '.changes[].id'", "which objects are not as specified"},
};

// Where checking itself fails, a file from the last time must not go on saying that all is well.
constexpr std::string_view kUnknown =
    "# HELP netcfg_drift_check_failed Whether the last check of the host against its spec failed.\n"
    "# TYPE netcfg_drift_check_failed gauge\n"
    "netcfg_drift_check_failed ";

void print(Session& session, std::ostream& out, const Plan& plan) {
  if (session.format() == "json") {
    print_json(out, plan, session.sources, true);
  } else if (session.format() == "prometheus") {
    print_prometheus(out, plan, time(nullptr));
    out << kUnknown << "0\n";
  } else {
    print_drift(out, plan);
  }
}

bool write_output(Session& session, const std::string& text) {
  auto written = session.files.write(session.options.output, text);
  if (!written) session.problem(written.error());
  return written.ok();
}

int fail(Session& session) {
  if (session.format() == "prometheus") {
    std::string text = std::string(kUnknown) + "1\n";
    if (session.options.output.empty())
      session.out.write(text);
    else
      write_output(session, text);
  }
  return session.fail();
}

int run_drift(Session& session) {
  auto desired = load_desired(session, session.options.operands);
  if (!desired) return fail(session);
  // The other forms list or count what is foreign.
  auto situation =
      look(session, std::move(*desired), session.format() == "text" ? Others::in_need : Others::named);
  if (!situation) return fail(session);
  const Plan& plan = situation->plan;
  if (session.options.output.empty()) {
    print(session, session.out.stream(), plan);
  } else {
    std::ostringstream text;
    print(session, text, plan);
    if (!write_output(session, text.str())) return session.fail();
  }
  session.report_warnings();
  return plan.empty() ? kDone : kDifferent;
}

}  // namespace

constexpr Verb kDriftVerb{
    .name = "drift",
    .operands = "[SPEC...]",
    .most_operands = kAnyNumber,
    .summary = "tell whether the host is as specified; for cron and monitoring",
    .details = "Silent, with exit status 0, when it is. Otherwise a line for each difference, and status 2.",
    .formats = kFormats,
    .options = kOptions,
    .examples = kExamples,
    .run = run_drift};

}  // namespace netcfg
