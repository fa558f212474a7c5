// Plans built by hand, for the tests of what is printed of them.
#pragma once

#include "netcfg/plan/plan.h"

namespace netcfg::test {

// Puts steps together; the plan owns all their values.
class PlanMaker {
 public:
  Step& create(Link v) { return step(Action::create, (const Link*)nullptr, keep(plan.pools.of<Link>(), v)); }
  Step& create(Address v) {
    return step(Action::create, (const Address*)nullptr, keep(plan.pools.of<Address>(), v));
  }
  Step& create(Neighbor v) {
    return step(Action::create, (const Neighbor*)nullptr, keep(plan.pools.of<Neighbor>(), v));
  }
  Step& create(Route v) {
    return step(Action::create, (const Route*)nullptr, keep(plan.pools.of<Route>(), v));
  }
  Step& create(Rule v) { return step(Action::create, (const Rule*)nullptr, keep(plan.pools.of<Rule>(), v)); }
  Step& create(Qdisc v) {
    return step(Action::create, (const Qdisc*)nullptr, keep(plan.pools.of<Qdisc>(), v));
  }
  Step& create(Sysctl v) {
    return step(Action::create, (const Sysctl*)nullptr, keep(plan.pools.of<Sysctl>(), v));
  }

  Step& update(Link a, Link b) {
    return step(Action::update, keep(plan.pools.of<Link>(), a), keep(plan.pools.of<Link>(), b));
  }
  Step& update(Address a, Address b) {
    return step(Action::update, keep(plan.pools.of<Address>(), a), keep(plan.pools.of<Address>(), b));
  }
  Step& update(Neighbor a, Neighbor b) {
    return step(Action::update, keep(plan.pools.of<Neighbor>(), a), keep(plan.pools.of<Neighbor>(), b));
  }
  Step& update(Route a, Route b) {
    return step(Action::update, keep(plan.pools.of<Route>(), a), keep(plan.pools.of<Route>(), b));
  }
  Step& update(Sysctl a, Sysctl b) {
    return step(Action::update, keep(plan.pools.of<Sysctl>(), a), keep(plan.pools.of<Sysctl>(), b));
  }

  Step& remove(Link v) { return step(Action::remove, keep(plan.pools.of<Link>(), v), (const Link*)nullptr); }
  Step& remove(Address v) {
    return step(Action::remove, keep(plan.pools.of<Address>(), v), (const Address*)nullptr);
  }
  Step& remove(Neighbor v) {
    return step(Action::remove, keep(plan.pools.of<Neighbor>(), v), (const Neighbor*)nullptr);
  }
  Step& remove(Route v) {
    return step(Action::remove, keep(plan.pools.of<Route>(), v), (const Route*)nullptr);
  }
  Step& remove(Rule v) { return step(Action::remove, keep(plan.pools.of<Rule>(), v), (const Rule*)nullptr); }

  Plan plan;

 private:
  template <class T>
  static const T* keep(std::deque<T>& pool, const T& value) {
    return &pool.emplace_back(value);
  }
  template <class T>
  Step& step(Action action, const T* before, const T* after) {
    Step step;
    step.op = {action, before, after};
    step.verdict = action == Action::create   ? Verdict::create
                   : action == Action::remove ? Verdict::remove
                                              : Verdict::update;
    step.why = action == Action::create   ? Why::wanted
               : action == Action::remove ? Why::dropped
                                          : Why::differs;
    if (after) step.origin = after->origin;
    return plan.steps.emplace_back(std::move(step));
  }
};

Link link_named(std::string_view name, uint32_t line = 0);
Address address_on(std::string_view dev, std::string_view text, uint32_t line = 0);
Route route_to(std::string_view to, std::string_view via, std::string_view dev, uint32_t line = 0);

// Two spec files: /etc/netcfg/netcfg.yaml and /etc/netcfg/conf.d/20-routes.yaml.
Sources sample_sources();
// A plan with steps of every kind and sign.
Plan sample_plan();

}  // namespace netcfg::test
