// When queueing disciplines can be attached, and what is lost where another's stood.
#include <fmt/format.h>

#include "netcfg/plan/build.h"

namespace netcfg {

// On a link that is there under its name, with its MTU, which default quantums are taken from.
void Build::order_object(const Qdisc& qdisc, Graph::Node node) {
  after(usable(qdisc.dev), node);
  if (const LinkWork* w = work(qdisc.dev))
    for (Graph::Node set : {w->made, w->away, w->ready, w->settled}) after(set, node);
}

void Build::order_qdiscs() {
  for (size_t i = 0; i < diffs_.qdiscs.size(); ++i) {
    const auto& d = diffs_.qdiscs[i];
    if (d.verdict != Verdict::remove)
      order_object(d.after, qdisc_nodes_[i]);
    else if (step_of(qdisc_nodes_[i]).writes)
      order_object(*d.before, qdisc_nodes_[i]);
  }
  for (const auto& [qdisc, node] : restored_qdiscs_) order_object(*qdisc, node);
}

void Build::warn_replaced() {
  for (const auto& d : diffs_.qdiscs) {
    if (d.verdict != Verdict::update || d.before->foreign_kind.empty() || owner_.owns(*d.before)) continue;
    plan_.warnings.push_back(
        {Severity::warning, d.after.origin, "",
         fmt::format("the {} of another on {} is replaced and cannot be restored", d.before->foreign_kind,
                     d.before->dev.view()),
         fmt::format(
             "`tc qdisc show dev {0}`, `tc class show dev {0}` and `tc filter show dev {0}` tell what it "
             "is; without `qdisc` or `qos` in the spec it is left alone",
             d.before->dev.view())});
  }
}

}  // namespace netcfg
