#include "tests/support/plan_case.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "netcfg/apply/apply.h"
#include "netcfg/apply/look.h"
#include "netcfg/apply/remember.h"
#include "netcfg/diff/owner.h"
#include "netcfg/plan/change.h"
#include "netcfg/plan/plan.h"

namespace netcfg::test {
namespace {

constexpr int kPasses = 3;
constexpr uint64_t kEvery = 10;  // of so many pairs one is taken back from each of its steps

std::string problems_text(const Diagnostics& problems) {
  std::string out;
  for (const Diagnostic& d : problems.sorted()) out += fmt::format("  {}\n", d.message);
  return out;
}

std::string step_text(const Step& step) {
  return fmt::format("{}{}", to_string(step.op), step.writes ? "" : " (not written)");
}

// Whether a link's MAC address is one that nobody can choose: a bridge that has lost its ports has none,
// which cannot be set; and in these modes a bond swaps its members' addresses when another becomes active.
bool has_chance_mac(const Link& link, const State& state) {
  if (link.mac == Mac{}) return true;
  const Link* master = link.master ? state.link(*link.master) : nullptr;
  const auto* bond = master ? std::get_if<Bond>(&master->kind) : nullptr;
  return bond && (bond->mode == BondMode::balance_tlb || bond->mode == BondMode::balance_alb);
}

// What the kernel keeps by itself, without which two states can be the same: connected routes come with their
// addresses (a route of a foreign address whose link went down and up has another age, and so another place),
// the rules of the first VRF stay behind its last, link-local addresses follow MAC addresses.
State without_kernels(State state) {
  std::erase_if(state.addresses, [](const Address& address) { return is_kernels(address); });
  std::erase_if(state.rules, [](const Rule& rule) { return is_kernels(rule); });
  std::erase_if(state.routes,
                [](const Route& r) { return is_kernels(r); });  // they come with their addresses
  for (Link& link : state.links)
    if (auto* bond = std::get_if<Bond>(&link.kind)) bond->active_slave.reset();  // it chooses by itself
  return state;
}

void drop_chance(State& before, State& after) {
  for (Link& link : before.links) {
    if (!has_chance_mac(link, before)) continue;
    for (Link& other : after.links)
      if (other.name == link.name) other.mac.reset();
  }
  State marks = before;
  for (Link& link : before.links)
    if (has_chance_mac(link, marks)) link.mac.reset();
}

// The plan says beforehand what cannot be on account of another program's links and addresses.
bool is_others_fault(const Diagnostics& problems) {
  auto list = problems.sorted();
  return std::all_of(list.begin(), list.end(), [](const Diagnostic& d) {
    return d.message.find("while '") != d.message.npos ||
           d.message.find("which belongs to") != d.message.npos ||
           d.message.find("is an altname of") != d.message.npos ||
           d.message.find("IPv6 needs an MTU") != d.message.npos ||
           d.message.find("which has none without ports") != d.message.npos ||
           d.message.find("cannot have the MAC address of") != d.message.npos ||
           d.message.find("can be reached by two interfaces") != d.message.npos;
  });
}

// What a host can come to have but nobody can make: routes whose source or gateway is gone, and a VXLAN with
// an MTU that its parent has no room for. The kernel is asked: it refuses to make them.
void drop_impossible(SimKernel kernel, State& before, State& after) {
  auto refused = [&](const Op& op) { return kernel.write({&op, 1}, {}).has_value(); };
  // An object whose gateway is gone, with the groups that it leaves and the routes that go.
  for (bool any = true; any;) {
    auto gone = [&](uint32_t id) {
      return std::none_of(before.nexthops.begin(), before.nexthops.end(),
                          [&](const Nexthop& n) { return n.id == id; });
    };
    any = std::erase_if(before.nexthops, [&](const Nexthop& nexthop) {
            bool there =
                std::find(after.nexthops.begin(), after.nexthops.end(), nexthop) != after.nexthops.end();
            if (there) return false;
            if (!nexthop.is_group())
              return refused({Action::restore, static_cast<const Nexthop*>(nullptr), &nexthop});
            return std::all_of(nexthop.group.begin(), nexthop.group.end(),
                               [&](const NexthopMember& m) { return gone(m.id); });
          }) > 0;
    for (Nexthop& group : before.nexthops)
      std::erase_if(group.group, [&](const NexthopMember& m) { return gone(m.id); });
    std::erase_if(before.routes, [&](const Route& r) { return r.nexthop_id != 0 && gone(r.nexthop_id); });
  }
  std::erase_if(before.routes, [&](const Route& route) {
    bool there = std::find(after.routes.begin(), after.routes.end(), route) != after.routes.end();
    return !there && refused({Action::restore, static_cast<const Route*>(nullptr), &route});
  });
  // Another's tree that was replaced, of a kind that a spec has no words for.
  std::erase_if(before.qdiscs, [&](const Qdisc& qdisc) {
    bool there = std::find(after.qdiscs.begin(), after.qdiscs.end(), qdisc) != after.qdiscs.end();
    return !there && refused({Action::restore, static_cast<const Qdisc*>(nullptr), &qdisc});
  });
  for (Link& link : before.links) {
    auto it = std::find_if(after.links.begin(), after.links.end(),
                           [&](const Link& l) { return l.name == link.name; });
    if (it == after.links.end() || !std::holds_alternative<Vxlan>(link.kind) || it->mtu == link.mtu) continue;
    Link now = *it, wanted = now;
    wanted.mtu = link.mtu;
    if (refused({Action::update, &now, &wanted})) link.mtu = it->mtu;
  }
}

// One spec on one host, from its plan to the ways back.
class Trial {
 public:
  explicit Trial(const Case& c) : case_(c), kernel_(c.kernel) {}

  Failure run() {
    query_ = query_for(case_.desired, case_.ledger);
    before_ = *kernel_.read(query_);
    desired_ = case_.desired;
    Diagnostics problems;
    plan_ = make_plan({before_, desired_, case_.ledger}, problems);
    if (!plan_) return is_others_fault(problems) ? Failure{} : Failure{"no plan", problems_text(problems)};
    for (Failure (Trial::*property)() :
         {&Trial::own_routes_tell, &Trial::steps_are_legal, &Trial::own_routes_tell, &Trial::converges,
          &Trial::spares_others, &Trial::way_back_from_anywhere, &Trial::fault_in_a_whole_run})
      if (Failure failure = (this->*property)(); failure.what) return failure;
    return {};
  }

 private:
  // Whether others' routes are read or not makes no difference to what is to be done. Tried on the host as it
  // is found and as it becomes.
  Failure own_routes_tell() {
    std::string all = seen(Others::named), few = seen(Others::in_need);
    return all == few ? Failure{} : Failure{"others' routes tell", "all:\n" + all + "few:\n" + few};
  }

  std::string seen(Others others) {
    Diagnostics problems;
    Desired desired = case_.desired;
    auto looked = look(kernel_, query_, desired, case_.ledger, others, problems);
    std::string out = problems_text(problems);
    if (!looked->plan) return out;
    for (const Step& step : looked->plan->steps) out += "  " + step_text(step) + "\n" + change_text(step);
    for (const Diagnostic& warning : looked->plan->warnings) out += "  " + warning.message + "\n";
    return out;
  }

  Failure steps_are_legal() {
    for (const Step& step : plan_->steps) {
      if (!step.writes) continue;
      prefixes_.push_back(kernel_);
      note_made(step);
      auto refusal = kernel_.write({&step.op, 1}, {});
      if (refusal)
        return {"refused", fmt::format("  {}: {} {}\n{}", step_text(step), strerrorname_np(refusal->code),
                                       refusal->extack, change_text(step))};
    }
    prefixes_.push_back(kernel_);
    return {};
  }

  // Another plan has nothing to do. But for MTUs once bonds have given members back what these had before
  // they came, which the kernel tells nobody: a second one settles them.
  Failure converges() {
    SimKernel kernel = kernel_;
    for (bool again : {gives_back_mtus(), false}) {
      Diagnostics problems;
      Desired desired = case_.desired;
      Snapshot now = *kernel.read(query_);
      auto rest = make_plan({now, desired, plan_->ledger_after_renames(case_.ledger)}, problems);
      if (!rest) return {"no second plan", problems_text(problems)};
      if (rest->empty()) return {};
      if (!again || !std::all_of(rest->steps.begin(), rest->steps.end(), changes_mtu_only))
        return {"not converged", rest_text(*rest)};
      for (const Step& step : rest->steps)
        if (step.writes && kernel.write({&step.op, 1}, {})) return {"not converged", rest_text(*rest)};
    }
    return {};
  }

  // Whether a link leaves its bond.
  bool gives_back_mtus() const {
    State after = kernel_.state(query_);
    return std::any_of(before_.state.links.begin(), before_.state.links.end(), [&](const Link& link) {
      auto it = std::find_if(after.links.begin(), after.links.end(),
                             [&](const Link& l) { return l.index == link.index; });
      return std::holds_alternative<BondPort>(link.port) && it != after.links.end() &&
             it->master != link.master;
    });
  }

  static bool changes_mtu_only(const Step& step) {
    const auto* after = std::get_if<const Link*>(&step.op.after);
    const auto* before = std::get_if<const Link*>(&step.op.before);
    if (step.verdict == Verdict::adopt) return true;
    if (!after || !before || !*after || !*before) return false;
    return changed_fields(**before, **after) == std::vector<std::string>{"mtu"};
  }

  static std::string rest_text(const Plan& rest) {
    std::string out;
    for (const Step& step : rest.steps)
      if (step.verdict != Verdict::adopt) out += "  again: " + step_text(step) + "\n" + change_text(step);
    return out;
  }

  static std::string change_text(const Step& step) {
    std::string out;
    for (const FieldChange& change : field_changes(step.op.before, step.op.after))
      out += fmt::format("    {}: {} -> {}\n", change.name, change.before, change.after);
    return out;
  }

  // What is foreign and not announced as lost is there afterwards.
  Failure spares_others() {
    State after = kernel_.state(query_);
    std::string out;
    for (const Ref& ref : plan_->foreign)
      std::visit(
          [&](const auto* object) {
            const auto& table = table_of<std::remove_cvref_t<decltype(*object)>>(after);
            bool there = std::any_of(table.begin(), table.end(),
                                     [&](const auto& other) { return other.key() == object->key(); });
            if (!there && !announced(id_of(*object))) out += "  " + id_of(*object) + "\n";
          },
          ref);
    return out.empty() ? Failure{} : Failure{"foreign object lost", out};
  }

  bool announced(const std::string& id) const {
    return std::any_of(plan_->warnings.begin(), plan_->warnings.end(),
                       [&](const Diagnostic& d) { return d.message.find(id) != d.message.npos; });
  }

  // As apply() undoes: plans back, from what is there after each step, until nothing is left.
  Failure way_back_from_anywhere() {
    size_t made = 0;
    std::vector<IfName> so_far;
    // From every point for a tenth of the pairs, from one for the others: the ways back take most of the
    // time.
    bool every = case_.salt % kEvery == 0;
    size_t only = case_.salt / kEvery % prefixes_.size();
    for (size_t i = 0; i < prefixes_.size(); ++i) {
      while (made < made_.size() && made_[made].first < i) so_far.push_back(made_[made++].second);
      if (!every && i != only) continue;
      if (Failure failure = way_back(prefixes_[i], so_far); failure.what) {
        failure.detail = fmt::format("  after {} steps\n", i) + failure.detail;
        return failure;
      }
    }
    return {};
  }

  Failure way_back(SimKernel kernel, const std::vector<IfName>& made) {
    std::string trail;
    for (int pass = 0;; ++pass) {
      Diagnostics problems;
      State now = kernel.state(query_);
      auto back = plan_back(now, before_.state, made, problems);
      if (!back) return {"no way back", problems_text(problems)};
      bool done = std::all_of(back->steps.begin(), back->steps.end(),
                              [](const Step& step) { return step.verdict == Verdict::adopt; });
      if (done) return restored(kernel, trail);
      for (const Step& step : back->steps) {
        trail += "  back: " + step_text(step) + "\n" + change_text(step);
        if (!step.writes) continue;
        if (auto refusal = kernel.write({&step.op, 1}, {})) {
          trail += fmt::format("    {} {}\n", strerrorname_np(refusal->code), refusal->extack);
          break;
        }
      }
      if (pass == kPasses) return {"way back has no end", trail};
    }
  }

  Failure restored(const SimKernel& kernel, const std::string& trail) const {
    State before = without_kernels(before_.state), after = without_kernels(kernel.state(query_));
    drop_impossible(kernel, before, after);
    drop_chance(before, after);
    std::string lost = difference(before, after);
    return lost.empty() ? Failure{} : Failure{"not restored", lost + trail};
  }

  Failure fault_in_a_whole_run() {
    size_t writes = prefixes_.size() - 1;
    if (writes == 0) return {};
    SimKernel kernel = case_.kernel;
    size_t at = case_.salt % writes;
    kernel.fail_at(at, EIO);
    kernel.keep_journal = true;
    Applied applied = apply(kernel, before_, desired_, case_.ledger, *plan_, {});
    std::string journal = fmt::format("  fault at step {}\n", at);
    for (const std::string& line : kernel.journal()) journal += "  " + line + "\n";
    for (const std::string& line : applied.leftover) journal += "  left: " + line + "\n";
    if (applied.outcome != Outcome::restored) return {"fault not undone", journal};
    return restored(kernel, journal);
  }

  void note_made(const Step& step) {
    const auto* link = std::get_if<const Link*>(&step.op.after);
    if (step.op.action == Action::create && link && *link)
      made_.emplace_back(prefixes_.size() - 1, (*link)->name);
  }

  const Case& case_;
  SimKernel kernel_;
  Query query_;
  Snapshot before_;
  Desired desired_;
  std::optional<Plan> plan_;
  std::vector<SimKernel> prefixes_;              // before each written step, and after the last
  std::vector<std::pair<size_t, IfName>> made_;  // the written step, and the link it made
};

}  // namespace

Failure check(const Case& c) {
  return Trial(c).run();
}

bool take_over(Case& c) {
  Query query = query_for(c.desired, c.ledger);
  Snapshot before = *c.kernel.read(query);
  Desired desired = c.desired;
  Diagnostics problems;
  auto plan = make_plan({before, desired, c.ledger}, problems);
  if (!plan) return false;
  if (plan->steps.empty()) return true;
  Applied applied = apply(c.kernel, before, desired, c.ledger, *plan, {});
  if (applied.outcome != Outcome::applied) return false;
  c.ledger = std::move(applied.ledger);
  return true;
}

std::string report(const Case& c, const Failure& failure) {
  std::string out = fmt::format(
      "{}\n{}host:\n{}spec:\n{}", failure.what ? failure.what : "nothing is wrong", failure.detail,
      describe(without_kernels(c.kernel.state(query_for(c.desired, c.ledger)))), describe(c.desired.state));
  for (const Match& m : c.desired.matches) out += fmt::format("  match {}\n", m.name.view());
  out += "applied before:\n" + describe(c.ledger.applied);
  Desired desired = c.desired;
  Diagnostics problems;
  SimKernel kernel = c.kernel;
  Snapshot before = *kernel.read(query_for(c.desired, c.ledger));
  out += "plan:\n";
  if (auto plan = make_plan({before, desired, c.ledger}, problems))
    for (const Step& step : plan->steps) out += "  " + step_text(step) + "\n";
  return out;
}

}  // namespace netcfg::test
