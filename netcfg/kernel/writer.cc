#include "netcfg/kernel/writer.h"

#include <linux/rtnetlink.h>

#include "netcfg/kernel/address.h"
#include "netcfg/kernel/neighbor.h"
#include "netcfg/kernel/nexthop.h"
#include "netcfg/kernel/nftables.h"
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
  return !std::holds_alternative<const Link*>(ref) && !std::holds_alternative<const Sysctl*>(ref) &&
         !std::holds_alternative<const Qdisc*>(ref) && !std::holds_alternative<const Ruleset*>(ref);
}

Outcome at(Outcome outcome, size_t op) {
  if (outcome) outcome->op = op;
  return outcome;
}

}  // namespace

Outcome Writer::run(std::span<const Op> ops, const std::function<bool()>& stop) {
  ops_ = ops;
  // What others did since the last time is not known.
  indexes_.forget_all();
  rules_.forget();
  alone_until_ = 0;
  stop_ = &stop;
  carrier_until_.reset();
  for (size_t i = 0; i < ops.size(); ++i) {
    if (size_t done = remove_links(i); done > 0)
      i += done - 1;
    else if (Outcome refusal = step(i, stop))
      return refusal;
  }
  return flush();
}

Outcome Writer::step(size_t index, const std::function<bool()>& stop) {
  const Op& op = ops_[index];
  bool alone = !batched(op);
  if (alone || batch_.full())
    if (Outcome refusal = flush()) return refusal;
  if (batch_.empty() && stop && stop()) return Refusal{index, EINTR, "stopped", {}};
  if (!alone) return add(op, index);
  return at(write_alone(op), index);
}

Outcome Writer::write_alone(const Op& op) {
  if (std::holds_alternative<const Link*>(subject(op))) return write_link(op);
  if (std::holds_alternative<const Qdisc*>(subject(op)))
    return qdiscs_.write(op.action, held<Qdisc>(op.before), held<Qdisc>(op.after));
  return std::holds_alternative<const Sysctl*>(subject(op)) ? write_sysctl(op) : write_ruleset(op);
}

size_t Writer::remove_links(size_t index) {
  constexpr size_t kWorthwhile = 8;
  if (index < alone_until_) return 0;
  std::vector<const Link*> links;
  for (size_t i = index; i < ops_.size() && ops_[i].action == Action::remove; ++i) {
    const auto* link = held<Link>(ops_[i].before);
    if (!link) break;
    links.push_back(link);
  }
  if (links.size() < kWorthwhile || !batch_.empty()) return 0;
  if (links_.remove_together(links)) return links.size();
  alone_until_ = index + links.size();
  return 0;
}

Outcome Writer::flush() {
  if (batch_.empty()) return {};
  late_ = false;
  return batch_.flush([this](const Refusal& refusal) { return try_again(refusal); });
}

Outcome Writer::try_again(const Refusal& refusal) {
  const Op& op = ops_[refusal.op];
  const auto* route = held<Route>(subject(op));
  const auto* nexthop = held<Nexthop>(subject(op));
  if (nexthop && lacks_carrier(refusal)) return await_carrier(refusal);
  bool needs_object = nexthop || (route && route->nexthop_id != 0);
  if (late_ && needs_object && refusal.code == EINVAL && op.action != Action::remove)
    return send_again(refusal.op);
  if (!route || op.action != Action::remove || refusal.code != ESRCH) return refusal;
  if (route->family() != Family::ipv4 || route->hops.size() < 2) return refusal;
  return at(remove_in_kernel_order(socket_, *route, indexes_), refusal.op);
}

Outcome Writer::send_again(size_t index) {
  const Op& op = ops_[index];
  if (const auto* nexthop = held<Nexthop>(op.after))
    (void)encode_nexthop(message_, op.action, *nexthop, indexes_);
  else
    (void)encode_route(message_, op.action, *held<Route>(op.after), indexes_);
  std::string what = request_name(message_.type());
  auto ack = socket_.transact(message_);
  if (!ack) return Refusal{index, ack.error().code, ack.error().message, what};
  if (ack->code != 0) return Refusal{index, ack->code, ack->extack, what};
  return {};
}

// A link that has come up gets its carrier a little later: a card in seconds, a bond when it looks at its
// members next. Linux makes no next-hop objects on it before.
Outcome Writer::await_carrier(const Refusal& refusal) {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::milliseconds kSlice{200};  // in which nobody can stop it
  if (!carrier_until_) carrier_until_ = Clock::now() + carrier_;
  LinkEvents events;
  for (;;) {
    Outcome still = send_again(refusal.op);
    if (!still) late_ = true;
    if (!still || !lacks_carrier(*still)) return still;
    if (*stop_ && (*stop_)()) return Refusal{refusal.op, EINTR, "stopped", {}};
    auto left = std::chrono::ceil<std::chrono::milliseconds>(*carrier_until_ - Clock::now());
    if (left.count() <= 0) return still;
    events.await(std::min(left, kSlice));
  }
}

Outcome Writer::write_link(const Op& op) {
  switch (op.action) {
    case Action::create:
    case Action::restore:  // plans have none of these for links
      return links_.create(*held<Link>(op.after));
    case Action::update:
      return links_.update(*held<Link>(op.before), *held<Link>(op.after));
    case Action::remove:
      return links_.remove(*held<Link>(op.before));
  }
  return {};
}

Outcome Writer::write_sysctl(const Op& op) {
  // A parameter cannot be deleted, only given back the value that it had: that is an update.
  const auto* sysctl = held<Sysctl>(op.after);
  if (!sysctl) return {};
  auto done = nl::write_sysctl(sysctl->path, sysctl->value);
  if (done) return {};
  return Refusal{0, done.error().code, done.error().message, "write /proc/sys/" + sysctl->path};
}

Outcome Writer::write_ruleset(const Op& op) {
  const auto* after = held<Ruleset>(op.after);
  auto done = load_nft_table(after ? after->text : std::string());
  if (done) return {};
  return Refusal{0, done.error().code, done.error().message, "nft -f"};
}

Outcome Writer::add(const Op& op, size_t index) {
  const Ref& ref = subject(op);
  if (const auto* route = held<Route>(ref)) return add_by_link(op, index, *route, encode_route);
  if (const auto* address = held<Address>(ref)) {
    const auto* before = op.action == Action::update ? held<Address>(op.before) : nullptr;
    std::string_view kept = before ? kept_by_kernel(*before, *address) : std::string_view();
    if (!kept.empty())
      return refuse(
          {index, EOPNOTSUPP, std::string(kept) + " cannot be changed in place", request_name(RTM_NEWADDR)});
    return add_by_link(op, index, *address, encode_address);
  }
  if (const auto* nexthop = held<Nexthop>(ref)) return add_by_link(op, index, *nexthop, encode_nexthop);
  if (const auto* neighbor = held<Neighbor>(ref)) return add_by_link(op, index, *neighbor, encode_neighbor);
  return add_rule(op, index);
}

template <class T, class Encode>
Outcome Writer::add_by_link(const Op& op, size_t index, const T& value, Encode encode) {
  MissingLink missing = encode(message_, op.action, value, indexes_);
  if (!missing) {
    batch_.add(message_, index);
    return {};
  }
  return refuse({index, ENODEV, "there is no link " + to_string(*missing), request_name(message_.type())});
}

Outcome Writer::add_rule(const Op& op, size_t index) {
  if (op.action == Action::create) return create_rule(*held<Rule>(op.after), index);
  if (op.action == Action::restore) return restore_rule(*held<Rule>(op.after), index);
  if (op.action == Action::remove) return remove_rule(*held<Rule>(op.before), index);
  // All of a rule is its identity; the new one is there before the old one goes.
  if (Outcome refusal = create_rule(*held<Rule>(op.after), index)) return refusal;
  return remove_rule(*held<Rule>(op.before), index);
}

Outcome Writer::refuse(Refusal refusal) {
  // What came before may be the reason.
  if (Outcome earlier = flush()) return earlier;
  return refusal;
}

Outcome Writer::load_rules(size_t index) {
  if (rules_.loaded()) return {};
  if (Outcome refusal = flush()) return refusal;
  if (Result<> done = rules_.load(socket_); !done)
    return Refusal{index, done.error().code, done.error().message, request_name(RTM_GETRULE)};
  return {};
}

Outcome Writer::create_rule(const Rule& rule, size_t index) {
  if (Outcome refusal = load_rules(index)) return refusal;
  if (rules_.contains(rule)) return refuse({index, EEXIST, {}, request_name(RTM_NEWRULE)});
  encode_rule(message_, Action::create, rule);
  batch_.add(message_, index);
  rules_.add(rule);
  return {};
}

Outcome Writer::restore_rule(const Rule& rule, size_t index) {
  if (Outcome refusal = load_rules(index)) return refusal;
  if (rules_.contains(rule)) return {};
  return create_rule(rule, index);
}

Outcome Writer::remove_rule(const Rule& rule, size_t index) {
  if (Outcome refusal = load_rules(index)) return refusal;
  auto in_the_way = rules_.take(rule);
  if (!in_the_way) return refuse({index, ENOENT, {}, request_name(RTM_DELRULE)});
  for (size_t i = 0; i <= in_the_way->size(); ++i) {
    encode_rule(message_, Action::remove, rule);
    batch_.add(message_, index);
  }
  for (const Rule& moved : *in_the_way) {
    encode_rule(message_, Action::create, moved);
    batch_.add(message_, index);
  }
  return {};
}

}  // namespace netcfg::nl
