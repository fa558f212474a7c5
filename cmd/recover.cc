#include <fmt/format.h>

#include "cmd/carry_out.h"
#include "cmd/generation_spec.h"
#include "cmd/guard_setup.h"
#include "cmd/pending.h"
#include "netcfg/guard/outcome_log.h"
#include "netcfg/host/namespaces.h"

namespace netcfg {
namespace {

constexpr OptionInfo kOptions[] = {
    {"--boot", "", "then apply the newest generation that was kept", &Options::boot},
};

constexpr Example kExamples[] = {
    {"netcfg recover", "finish what a change left behind whose processes all died"},
    {"netcfg recover --boot", "what netcfg-recover.service does before the network is used"},
};

// Of changes that the machine went down under.
void mark_lost(const Settler& settler, Generations& history, const Generations::Listed& listed) {
  for (Generation g : listed.all) {
    if (g.fate != Fate::pending || g.kernel == settler.here) continue;
    g.fate = Fate::lost;
    g.why = "the machine went down before it was kept";
    (void)history.save(g);
    settler.log.write(log_entry(g));
  }
}

int run_recover(Session& session) {
  if (auto may = check_net_admin(); !may) return session.fail(may.error());
  int status = kFailed;
  auto lock = take_lock(session, status);
  if (!lock) return status;
  if (!mend(session)) return session.fail(kDamaged);
  Settler settler = settler_of(session);
  Generations history(session.files, settler.places.generations);
  auto listed = history.list();
  if (!listed) return session.fail(listed.error());
  mark_lost(settler, history, *listed);
  for (const std::string& line : listed->damaged) session.problems.warning(kNowhere, "", line, "");
  const Generation* now = current(listed->all);
  if (session.options.boot == 0 || now == nullptr) {
    session.report_warnings();
    return kDone;
  }
  auto desired = load_generation(session, now->number);
  if (!desired) return session.fail();
  Wish wish{std::move(*desired), {}};
  // It is the generation that it was: booting is no change.
  return carry_out(session, wish, *lock, {.history = false});
}

}  // namespace

constexpr Verb kRecoverVerb{.name = "recover",
                            .operands = "",
                            .summary = "finish what a change left behind whose processes died",
                            .details =
                                "A change that nobody kept is taken back. With --boot the newest generation "
                                "that was kept is applied, "
                                "whatever\n"
                                "was under way when the machine went down.",
                            .options = kOptions,
                            .examples = kExamples,
                            .run = run_recover};

}  // namespace netcfg
