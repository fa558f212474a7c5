#include "netcfg/plan/print_ip.h"

#include <fmt/format.h>

#include <ostream>

#include "netcfg/base/text.h"
#include "netcfg/plan/change.h"
#include "netcfg/plan/ip_words.h"
#include "netcfg/plan/print_ruleset.h"

namespace netcfg {
namespace {

std::string lifetime(uint32_t seconds) {
  return seconds == UINT32_MAX ? "forever" : std::to_string(seconds);
}

// iproute2 takes the prefix length from the peer where there is one.
std::string address_words(const Address& a) {
  if (a.peer && *a.peer != a.address.ip)
    return fmt::format("{} peer {}/{} dev {}", to_string(a.address.ip), to_string(*a.peer), a.address.length,
                       shell_word(a.dev.view()));
  return fmt::format("{} dev {}", to_string(a.address), shell_word(a.dev.view()));
}

std::vector<std::string> sysctl_commands(const Op& op) {
  const Sysctl* after = std::get<const Sysctl*>(op.after);
  if (!after) return {};
  return {"sysctl -qw " + shell_word(after->path + "=" + after->value)};
}

}  // namespace

std::vector<std::string> address_commands(const Op& op) {
  const Address* before = std::get<const Address*>(op.before);
  const Address* after = std::get<const Address*>(op.after);
  if (!after) return {"ip address del " + address_words(*before)};
  Command line(op.action == Action::create ? "ip address add" : "ip address replace");
  line.add(address_words(*after));
  if (after->broadcast && *after->broadcast) line.add("broadcast").add(to_string(*after->broadcast));
  if (after->label) line.add("label", *after->label);
  for (const Field& field : kAddressFields) {
    if (!field.has(after)) continue;
    if (field.type == Type::boolean && field.number(after) != 0)
      line.add(field.ip.empty() ? field.name : field.ip);
    if (field.name == "scope") line.add("scope").add(to_string(field.get(field, after)));
    if (field.name == "metric") line.add("metric").add(std::to_string(*after->metric));
  }
  // The kernel takes both lifetimes or none.
  if (after->valid || after->preferred) {
    uint32_t valid = after->valid.value_or(UINT32_MAX);
    line.add("valid_lft").add(lifetime(valid));
    line.add("preferred_lft").add(lifetime(after->preferred.value_or(valid)));
  }
  return {line.text()};
}

std::vector<std::string> neighbor_commands(const Op& op) {
  const Neighbor* before = std::get<const Neighbor*>(op.before);
  const Neighbor* after = std::get<const Neighbor*>(op.after);
  const Neighbor& n = after ? *after : *before;
  Command line(after ? "ip neigh replace" : "ip neigh del");
  if (n.proxy) line.add("proxy");
  line.add(to_string(n.address)).add("dev", n.dev.view());
  if (!after) return {line.text()};
  if (n.mac && !n.proxy) line.add("lladdr").add(to_string(*n.mac)).add("nud permanent");
  if (n.router == true) line.add("router");
  line.add(fmt::format("protocol {}", n.protocol != 0 ? n.protocol : kOwnProtocol));
  return {line.text()};
}

std::vector<std::string> ip_commands(const Step& step) {
  if (!step.writes) return {};
  switch (kind_of(subject_of(step.op))) {
    case Kind::link:
      return link_commands(step.op, step.why == Why::made_with_peer);
    case Kind::address:
      return address_commands(step.op);
    case Kind::neighbor:
      return neighbor_commands(step.op);
    case Kind::nexthop:
      return nexthop_commands(step.op);
    case Kind::route:
      return route_commands(step.op);
    case Kind::rule:
      return rule_commands(step.op);
    case Kind::sysctl:
      return sysctl_commands(step.op);
    case Kind::qdisc:
      return qdisc_commands(step.op);
    case Kind::ruleset:
      return ruleset_commands(std::get<const Ruleset*>(step.op.after));
  }
  return {};
}

void print_ip(std::ostream& out, const Plan& plan) {
  for (const Step& step : plan.steps) {
    const Ref& subject = subject_of(step.op);
    if (!step.writes)
      out << fmt::format("# {} {}: {}\n", kind_name(subject), printable(id_of(subject)),
                         printable(reason_of(step)));
    else if (!step.disruptive.empty())
      out << fmt::format("# disruptive: {}\n", printable(step.disruptive));
    for (const std::string& line : ip_commands(step)) out << line << '\n';
  }
}

}  // namespace netcfg
