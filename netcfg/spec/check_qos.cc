#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "netcfg/base/text.h"
#include "netcfg/model/nat.h"
#include "netcfg/spec/check.h"

namespace netcfg {
namespace {

std::string text_of(uint64_t rate) {
  return rate_to_string(static_cast<int64_t>(rate));
}

bool has_ports(uint8_t protocol) {
  return std::any_of(std::begin(kPortProtocols), std::end(kPortProtocols),
                     [&](const Choice& choice) { return choice.number == protocol; });
}

class QosCheck {
 public:
  QosCheck(const Checker& check, const QosSpec& qos) : check_(check), qos_(qos) {}

  void run() {
    for (const QosClass& one : qos_.classes) check_class(one, "classes", one.name);
    for (const QosClass& one : qos_.hosts) check_class(one, "hosts", {});
    check_default();
    check_sum();
    check_ids();
  }

 private:
  uint64_t rate() const { return qos_.limits.rate.value_or(0); }
  Spot spot(std::string_view key) const { return check_.locate.value({"interfaces", qos_.dev, "qos", key}); }
  Spot spot_of(const QosClass& one, std::string_view list, std::string_view key) const {
    // A host's key may be written in several ways.
    if (one.name.empty()) return {one.origin, fmt::format("interfaces.{}.qos.hosts", qos_.dev.view())};
    return check_.locate.value({"interfaces", qos_.dev, "qos", list, one.name, key});
  }

  void check_class(const QosClass& one, std::string_view list, std::string_view name) {
    uint64_t least = one.limits.rate.value_or(0);
    if (one.limits.ceil && *one.limits.ceil < least)
      check_.error(
          spot_of(one, list, "ceil"),
          fmt::format("the ceil of {} is below its rate of {}", text_of(*one.limits.ceil), text_of(least)),
          "ceil is the most that it may send, rate what it always gets");
    if (one.limits.ceil && *one.limits.ceil > rate())
      check_.error(spot_of(one, list, "ceil"),
                   fmt::format("the ceil of {} is above the interface's rate of {}",
                               text_of(*one.limits.ceil), text_of(rate())),
                   "lower it, or leave it out: then it is the interface's rate");
    for (const QosMatch& match : one.match) check_match(match);
    if (one.match.empty() && !name.empty() && name != qos_.default_class)
      check_.error(spot_of(one, list, "match"), fmt::format("no packet is of class '{}'", name),
                   fmt::format("add match: [{{ to: NETWORK }}], or name it as default: {}", name));
  }

  void check_match(const QosMatch& match) {
    Spot here{match.origin, fmt::format("interfaces.{}.qos.classes", qos_.dev.view())};
    if (match.empty())
      check_.error(here, "an empty match fits every packet", "name the class as `default` instead");
    bool ports = !match.sport.empty() || !match.dport.empty();
    if (ports && match.protocols.empty())
      check_.error(here, "ports need a protocol", "add ip-proto: udp or tcp");
    for (uint8_t protocol : match.protocols)
      if (ports && !has_ports(protocol))
        check_.error(here, fmt::format("protocol {} has no ports", protocol),
                     "ports are those of tcp, udp, dccp, sctp and udplite");
    auto has = [](const std::vector<Prefix>& list, Family family) {
      return list.empty() ||
             std::any_of(list.begin(), list.end(), [&](const Prefix& p) { return p.ip.family == family; });
    };
    auto both = [&](Family family) { return has(match.from, family) && has(match.to, family); };
    if (!both(Family::ipv4) && !both(Family::ipv6))
      check_.error(here, "source and destination are of different address families",
                   "make an entry for each family");
  }

  void check_default() {
    if (qos_.default_class.empty()) return;
    std::vector<std::string_view> names;
    for (const QosClass& one : qos_.classes) names.push_back(one.name);
    if (std::find(names.begin(), names.end(), qos_.default_class) != names.end()) return;
    auto near = nearest(qos_.default_class, names);
    check_.error(spot("default"), fmt::format("there is no class '{}'", qos_.default_class),
                 near ? fmt::format("did you mean '{}'?", *near) : "add it to classes");
  }

  void check_sum() {
    uint64_t sum = promised_rate(qos_);
    if (sum > rate())
      check_.error(
          spot("rate"),
          fmt::format("the classes and hosts are promised {} together, more than the {} that there are",
                      text_of(sum), text_of(rate())),
          "lower their rates; `ceil` says what one may have while others are silent");
    else if (qos_.default_class.empty() && rate() - sum < static_cast<uint64_t>(kAnyRate.min))
      check_.error(spot("rate"), "nothing is left for packets that are of no class",
                   "lower a rate, or name a class as `default`");
  }

  void check_ids() {
    std::map<uint32_t, const QosClass*> seen;
    for (const auto* list : {&qos_.classes, &qos_.hosts})
      for (const QosClass& one : *list) {
        if (!one.id) continue;
        auto [it, fresh] = seen.try_emplace(*one.id, &one);
        if (!fresh)
          check_.error(spot_of(one, "classes", "id"),
                       fmt::format("{} is the id of {}", *one.id, check_.report.where(it->second->origin)),
                       "choose another, or leave it out");
      }
    constexpr size_t kMost = 0x8000;
    if (qos_.classes.size() > kMost / 16 || qos_.hosts.size() > kMost)
      check_.error(spot("hosts"), "these are more classes or hosts than one tree holds");
  }

  const Checker& check_;
  const QosSpec& qos_;
};

// Larger packets than the burst are dropped (tbf_enqueue() in net/sched/sch_tbf.c).
void check_burst(const Checker& check, const Qdisc& qdisc) {
  constexpr uint32_t kUsualMtu = 1500, kEthernet = 14;
  const auto* tbf = std::get_if<Tbf>(&qdisc.kind);
  const Link* link = check.state.link(qdisc.dev);
  uint32_t packet = (link && link->mtu ? *link->mtu : kUsualMtu) + kEthernet;
  if (tbf && tbf->burst && *tbf->burst < packet)
    check.error(check.locate.value({"interfaces", qdisc.dev, "qdisc", "burst"}),
                fmt::format("a burst of {} bytes is less than a packet of {}, which would never be sent",
                            *tbf->burst, packet),
                "raise it, or leave it out");
}

}  // namespace

void check_qos(const Checker& check) {
  for (const QosSpec& qos : check.qos) {
    QosCheck(check, qos).run();
    auto same = [&](const Qdisc& qdisc) { return qdisc.dev == qos.dev; };
    if (std::any_of(check.state.qdiscs.begin(), check.state.qdiscs.end(), same))
      check.error(
          {qos.origin, fmt::format("interfaces.{}.qos", qos.dev.view())}, "'qos' beside 'qdisc'",
          "qos is a queueing discipline with classes: keep one of the two; `leaf` says how classes queue");
  }
  for (const Qdisc& qdisc : check.state.qdiscs) check_burst(check, qdisc);
}

}  // namespace netcfg
