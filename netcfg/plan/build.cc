#include "netcfg/plan/build.h"

#include <algorithm>
#include <utility>

#include "netcfg/plan/purpose.h"

namespace netcfg {

Graph::Node Build::barrier(uint16_t rank) {
  Graph::Node node = graph_.add(rank);
  step_index_.resize(node + 1, UINT32_MAX);
  return node;
}

Build::Build(const State& live, const Desired& desired, const Ledger& ledger, std::vector<Rename> renames,
             bool exact)
    : live_(live),
      desired_(desired),
      owner_(ledger),
      renames_(std::move(renames)),
      exact_(exact),
      diffs_(diff(live, desired, ledger, exact)) {}

const Link* Build::final_link(const IfName& name) const {
  auto it = works_.find(name);
  return it != works_.end() ? it->second.after : live_.link(name);
}

bool Build::will_be_bond(const IfName& name) const {
  const Link* link = final_link(name);
  return link && std::holds_alternative<Bond>(link->kind);
}

LinkWork* Build::work(const IfName& name) {
  auto it = works_.find(name);
  return it == works_.end() ? nullptr : &it->second;
}

Graph::Node Build::usable(const IfName& name) {
  LinkWork* w = work(name);
  if (w && w->ready != LinkWork::kNone) return w->ready;
  if (w && w->made != LinkWork::kNone) return w->made;
  auto it = usable_again_.find(name);
  if (it != usable_again_.end()) return it->second;
  return w ? w->away : LinkWork::kNone;
}

std::string Build::circle_text() {
  std::string out;
  for (Graph::Node node : graph_.circle()) {
    if (step_index_[node] == UINT32_MAX) continue;
    const Op& op = step_of(node).op;
    if (!out.empty()) out += ", ";
    out += std::visit([](const auto* object) { return id_of(*object); },
                      op.action == Action::remove ? op.before : op.after);
  }
  return out;
}

void Build::note_purpose(Step& step) const {
  std::string purpose = purpose_of(step.op.after, *desired_.uplinks);
  if (purpose.empty()) return;
  step.why = Why::serves;
  step.cause = std::move(purpose);
}

// Steps are large and many: they change their places among themselves, circle by circle.
void Build::take_steps(const std::vector<Graph::Node>& order) {
  std::vector<uint32_t> from;  // from[i]: where the step that comes i-th is now
  from.reserve(steps_.size());
  for (Graph::Node node : order)
    if (step_index_[node] != UINT32_MAX) from.push_back(step_index_[node]);
  for (uint32_t start = 0; start < from.size(); ++start) {
    uint32_t at = start;
    while (from[at] != start) {
      std::swap(steps_[at], steps_[from[at]]);
      at = std::exchange(from[at], at);
    }
    from[at] = at;
  }
  for (Step& step : steps_) {
    if (desired_.uplinks && (step.why == Why::wanted || step.why == Why::differs)) note_purpose(step);
    std::string text = disruption(step);
    if (!text.empty() && !step.disruptive.empty()) text += "; ";
    if (!step.disruptive.empty()) text += step.disruptive.view();
    step.disruptive = std::move(text);
  }
  plan_.steps = std::move(steps_);
}

std::optional<Plan> Build::run(Diagnostics& problems) {
  collect_links();
  spread();
  if (!exact_) find_refusals(problems);
  if (problems.has_errors()) return std::nullopt;
  for (auto& [name, w] : works_)
    if (w.before && w.after && !w.recreate && leaves_master(w)) forget_bonds_values(w);
  pin_bridge_mtus();
  pin_bond_macs();
  pin_primaries();
  keep_port_vlans();
  for (auto& [name, w] : works_) plan_link(w);
  order_links();
  order_last_ports();
  order_claims();
  plan_objects();
  note_mac_changes();
  find_losses();
  order_addresses();
  order_nexthops();
  order_routes();
  order_others();
  order_qdiscs();
  order_before_renames();
  auto order = graph_.order();
  if (!order) {
    problems.error({}, "", "the changes wait for each other in a circle: " + circle_text(),
                   "apply them in two steps: first without the links that swap their places");
    return std::nullopt;
  }
  announce_bridge_macs();
  take_steps(*order);
  warn_waiting();
  warn_replaced();
  plan_.foreign = std::move(diffs_.foreign);
  plan_.tables = desired_.tables;
  return std::move(plan_);
}

}  // namespace netcfg
