// Rates of an interface as a spec asks for them: `qos:`. What it comes to is a tree of HTB (model/qdisc.h),
// and rules of nftables that lead packets into its classes.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "netcfg/model/nft.h"
#include "netcfg/model/rule.h"
#include "netcfg/model/state.h"

namespace netcfg {

// Which packets: those that fit all that is named.
struct QosMatch {
  std::vector<Prefix> from, to;
  std::vector<uint8_t> protocols;
  std::vector<Span> sport, dport;  // sorted, disjoint, not adjacent
  std::optional<uint8_t> dscp;
  std::optional<Mark> fwmark;
  Place origin;

  bool empty() const {
    return from.empty() && to.empty() && protocols.empty() && sport.empty() && dport.empty() && !dscp &&
           !fwmark;
  }
};

// RFC 2474, 2597, 3246, 5865, 8622; the names are nft's.
inline constexpr Choice kDscps[] = {{"cs0", 0},   {"lephb", 1}, {"cs1", 8},   {"af11", 10}, {"af12", 12},
                                    {"af13", 14}, {"cs2", 16},  {"af21", 18}, {"af22", 20}, {"af23", 22},
                                    {"cs3", 24},  {"af31", 26}, {"af32", 28}, {"af33", 30}, {"cs4", 32},
                                    {"af41", 34}, {"af42", 36}, {"af43", 38}, {"cs5", 40},  {"va", 44},
                                    {"ef", 46},   {"cs6", 48},  {"cs7", 56}};

inline constexpr Field kQosMatchFields[] = {
    choice<&QosMatch::dscp>("dscp", "the packet's DSCP, by name or number", kDscps).within({0, 63}),
    other<&QosMatch::fwmark>(Type::mark, "fwmark", "packet mark, VALUE/MASK"),
};

// A class by name, or a host by address.
struct QosClass {
  std::string name;
  Ip host;
  std::optional<uint32_t> id;
  HtbClass limits;  // what the spec names of it
  std::vector<QosMatch> match;
  Place origin;
};
inline constexpr uint32_t kMostClassId = 0xffff;
inline constexpr Field kQosIdFields[] = {
    integer<&QosClass::id>("id", "its number in the tree; by default one that follows from its name",
                           {3, kMostClassId}),
};

struct QosSpec {
  IfName dev;
  HtbClass limits;  // of the interface: rate and burst
  QueueKind leaf;   // of classes that name none
  std::string default_class;
  std::vector<QosClass> classes;  // by name
  std::vector<QosClass> hosts;    // by address
  Place origin;
};

// Class numbers: of all, of what nothing classifies where no class is named for that.
inline constexpr uint16_t kWholeClass = 1, kRestClass = 2;

// By class and host, in their order; all different. Those that the spec gives come first.
struct QosIds {
  std::vector<uint16_t> classes, hosts;
};
QosIds qos_ids(const QosSpec& qos);
// Bytes per second that the classes and hosts together are promised.
uint64_t promised_rate(const QosSpec& qos);

// Of specs that were checked.
void lower_qos(const std::vector<QosSpec>& all, State& state, NftRules& rules);

}  // namespace netcfg
