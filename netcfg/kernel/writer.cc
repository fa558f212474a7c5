#include "netcfg/kernel/writer.h"

#include "netcfg/kernel/address.h"
#include "netcfg/kernel/neighbor.h"
#include "netcfg/kernel/route.h"
#include "netcfg/kernel/rule.h"
#include "netcfg/kernel/sysctl.h"

namespace netcfg::nl {
namespace {

template <class T>
const T* held(const Ref& ref) {
  const auto* pointer = std::get_if<const T*>(&ref);
  return pointer ? *pointer : nullptr;
}

// The value that the request is about: the new one, or that which goes.
const Ref& subject(const Op& op) {
  return op.action == Action::remove ? op.before : op.after;
}

bool batched(const Op& op) {
  const Ref& ref = subject(op);
  return !std::holds_alternative<const Link*>(ref) && !std::holds_alternative<const Sysctl*>(ref);
}

Outcome at(Outcome outcome, size_t op) {
  if (outcome) outcome->op = op;
  return outcome;
}

}  // namespace

Outcome Writer::run(std::span<const Op> ops, const std::function<bool()>& stop) {
  // What others did since the last time is not known.
  indexes_.forget_all();
  for (size_t i = 0; i < ops.size(); ++i)
    if (Outcome refusal = step(ops[i], i, stop)) return refusal;
  return batch_.flush();
}

Outcome Writer::step(const Op& op, size_t index, const std::function<bool()>& stop) {
  bool alone = !batched(op);
  if ((alone || batch_.full()) && !batch_.empty())
    if (Outcome refusal = batch_.flush()) return refusal;
  if (batch_.empty() && stop && stop()) return Refusal{index, EINTR, "stopped", {}};
  if (!alone) return add(op, index);
  return at(std::holds_alternative<const Link*>(subject(op)) ? write_link(op) : write_sysctl(op), index);
}

Outcome Writer::write_link(const Op& op) {
  switch (op.action) {
    case Action::create:
      return links_.create(*held<Link>(op.after));
    case Action::update:
      return links_.update(*held<Link>(op.before), *held<Link>(op.after));
    default:
      return links_.remove(*held<Link>(op.before));
  }
}

Outcome Writer::write_sysctl(const Op& op) {
  // A parameter cannot be deleted, only given back the value that it had: that is an update.
  const auto* sysctl = held<Sysctl>(op.after);
  if (!sysctl) return {};
  auto done = nl::write_sysctl(sysctl->path, sysctl->value);
  if (done) return {};
  return Refusal{0, done.error().code, done.error().message, "write /proc/sys/" + sysctl->path};
}

Outcome Writer::add(const Op& op, size_t index) {
  MissingLink missing;
  const Ref& ref = subject(op);
  if (const auto* route = held<Route>(ref)) {
    missing = encode_route(message_, op.action, *route, indexes_);
  } else if (const auto* address = held<Address>(ref)) {
    missing = encode_address(message_, op.action, *address, indexes_);
  } else if (const auto* neighbor = held<Neighbor>(ref)) {
    missing = encode_neighbor(message_, op.action, *neighbor, indexes_);
  } else if (const auto* rule = held<Rule>(ref)) {
    if (op.action == Action::update) {
      // All of a rule is its identity; the new one is there before the old one goes.
      encode_rule(message_, Action::create, *rule);
      batch_.add(message_, index);
      encode_rule(message_, Action::remove, *held<Rule>(op.before));
    } else {
      encode_rule(message_, op.action, *rule);
    }
  }
  if (!missing) {
    batch_.add(message_, index);
    return {};
  }
  // What came before may be the reason.
  if (Outcome earlier = batch_.flush()) return earlier;
  return Refusal{index, ENODEV, "there is no link " + to_string(*missing), request_name(message_.type())};
}

}  // namespace netcfg::nl
