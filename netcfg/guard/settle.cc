#include "netcfg/guard/settle.h"

#include <fmt/format.h>

#include "netcfg/apply/undo.h"
#include "netcfg/base/fault_point.h"
#include "netcfg/guard/outcome_log.h"
#include "netcfg/store/snapshot_file.h"

namespace netcfg {

Query Settler::query(const Window& window) {
  Query query;
  query.sysctls = window.sysctls;
  return query;
}

// The window goes last: as long as it is there, somebody else will finish this.
Result<Settled> Settler::end(const Window& window, Fate fate, std::string why,
                             std::vector<std::string> leftover) const {
  Generations history = generations(window);
  auto generation = history.load(window.generation);
  if (!generation) {
    generation = Generation{};
    generation->number = window.generation;
    generation->by = window.by;
    generation->when = window.by.since;
    generation->kernel = window.kernel;
  }
  generation->fate = fate;
  if (!why.empty()) generation->why = std::move(why);
  // One that cannot be marked as kept is not: what boots is the one before it. All else counts as not kept
  // anyway, and a full disk must not make a change stay that was taken back.
  if (auto saved = history.save(*generation); !saved && fate == Fate::kept) return saved.error();
  // Twice rather than never: whoever dies here is followed by somebody who finds the window.
  log.write(log_entry(*generation, leftover));
  fault_point("recorded_fate");
  if (fate != Fate::kept) (void)files.remove(history.path(window.generation, Part::ledger));
  if (auto closed = this->window().close(); !closed) return closed.error();
  auto listed = history.list();
  if (listed) history.prune(*listed, window.history ? kKeptGenerations : 0);
  return Settled{std::move(*generation), std::move(leftover), {}};
}

Result<Settled> Settler::keep(const Window& window) const {
  auto promoted = generations(window).promote_ledger(window.generation, places.ledger);
  // Whoever goes without history does so where nothing can be written.
  if (!promoted && window.history) return promoted.error();
  fault_point("promoted");
  auto settled = end(window, Fate::kept, {});
  if (settled && !promoted) settled->unremembered = promoted.error();
  return settled;
}

Result<Settled> Settler::revert(const Window& window, Kernel& kernel, std::string why,
                                const State* before) const {
  // Another kernel, or another namespace of that name: what was changed is gone by itself.
  if (window.kernel != here) return end(window, Fate::lost, "the network that it changed is gone");
  State stored;
  if (before == nullptr) {
    auto bytes = generations(window).read(window.generation, Part::before);
    auto state = bytes ? snapshot_from_bytes(*bytes) : Result<State>(bytes.error());
    if (!state)
      return Error{
          fmt::format("the state before generation {} cannot be read: {} {}", window.generation,
                      generations(window).path(window.generation, Part::before), state.error().message),
          "compare with 'netcfg diff', and apply the spec that the host should have", EBADMSG};
    stored = std::move(*state);
    before = &stored;
  }
  Query query = Settler::query(window);
  if (!before->rulesets.empty()) query.ruleset = before->rulesets.front().text;
  Undone undone = undo(kernel, *before, window.made, query);
  fault_point("undone");
  if (!undone.verified) why += "; the state before could not be brought back";
  return end(window, undone.verified ? Fate::reverted : Fate::damaged, std::move(why),
             std::move(undone.leftover));
}

Result<Settled> Settler::give_up(const Window& window, Fate fate, std::string why,
                                 std::vector<std::string> leftover) const {
  return end(window, fate, std::move(why), std::move(leftover));
}

}  // namespace netcfg
