#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cmd/lockout_check.h"
#include "cmd/show_plan.h"
#include "netcfg/plan/print_ip.h"
#include "netcfg/plan/print_json.h"
#include "netcfg/plan/print_text.h"

namespace netcfg {
namespace {

constexpr std::string_view kFormats[] = {"text", "json", "ip"};

constexpr OptionInfo kOptions[] = {
    {"-o,--output", "FILE", "save the plan, for 'netcfg apply FILE'", &Options::output},
    {"--detailed-exitcode", "", "exit with 2 when there are changes", &Options::detailed_exitcode},
};

constexpr Example kExamples[] = {
    {"netcfg plan", "what would 'netcfg apply' do?"},
    {"netcfg plan new.yaml --format ip", "the same as commands of iproute2"},
    {"netcfg plan -o change.plan && netcfg apply change.plan", "carry out exactly what was shown"},
};

size_t terminal_width() {
  struct winsize size {};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

bool save(Session& session, const Situation& s) {
  std::string text = save_plan(s.plan, s.desired, session.sources);
  if (session.options.output == "-") {
    session.out.write(text);
    return true;
  }
  auto saved = session.files.write(session.options.output, text);
  if (!saved) session.problem(saved.error());
  return saved.ok();
}

}  // namespace

void show_plan(Session& session, const Plan& plan, std::string_view heading) {
  if (session.format() == "json") {
    print_json(session.out.stream(), plan, session.sources);
    return;
  }
  if (session.format() == "ip") {
    print_ip(session.out.stream(), plan);
    return;
  }
  TextOptions text;
  text.color = session.color_out();
  text.width = terminal_width();
  text.verbose = session.options.verbose > 0;
  text.heading = heading;
  print_text(session.out.stream(), plan, session.sources, text);
}

int run_plan(Session& session) {
  auto wish = load_wish(session, session.options.operands);
  if (!wish) return session.fail();
  return show_plan_to(session, std::move(wish->desired));
}

int show_plan_to(Session& session, Desired desired) {
  auto situation = look(session, std::move(desired));
  if (!situation) return session.fail();
  warn_of_lockout(session, *situation);
  if (!session.options.output.empty() && !save(session, *situation)) return session.fail();
  session.report_warnings();
  if (session.options.output != "-") show_plan(session, situation->plan, "Plan");
  return session.options.detailed_exitcode > 0 && !situation->plan.empty() ? kDifferent : kDone;
}

constexpr Verb kPlanVerb{
    .name = "plan",
    .operands = "[SPEC...]",
    .most_operands = kAnyNumber,
    .summary = "show what apply would do, in order, and why",
    .details =
        "Changes nothing and needs no privileges. Steps that interrupt traffic are marked as disruptive.",
    .formats = kFormats,
    .options = kOptions,
    .examples = kExamples,
    .run = run_plan};

}  // namespace netcfg
