// Resources as JSON objects, with the spec's own keys and forms: {"dev":"eth0","address":"192.0.2.1/24"}.
// What is not set is left out, and so is what has the obvious value: a route's table is 254, its type
// unicast, its metric, tos and src none, its hops of weight 1, and every protocol netcfg's own (0 for an
// address or neighbour). A link's kind block is under the kind's name, a member's options under "port".
#pragma once

#include "netcfg/json/sink.h"
#include "netcfg/model/desired.h"

namespace netcfg {

// Whether `origin` is written, as [file, line, column].
enum class Origins : uint8_t { drop, keep };

void write(JsonSink& out, const Link& link, Origins origins = Origins::drop);
void write(JsonSink& out, const Address& address, Origins origins = Origins::drop);
void write(JsonSink& out, const Neighbor& neighbor, Origins origins = Origins::drop);
void write(JsonSink& out, const Nexthop& nexthop, Origins origins = Origins::drop);
void write(JsonSink& out, const Route& route, Origins origins = Origins::drop);
void write(JsonSink& out, const Rule& rule, Origins origins = Origins::drop);
void write(JsonSink& out, const Sysctl& sysctl, Origins origins = Origins::drop);
void write(JsonSink& out, const Qdisc& qdisc, Origins origins = Origins::drop);
void write(JsonSink& out, const Ruleset& ruleset, Origins origins = Origins::drop);
// Null for a null pointer.
void write(JsonSink& out, const Ref& ref, Origins origins = Origins::drop);
void write(JsonSink& out, const NextHop& hop);

// {"links":[…],"addresses":[…],…}; kinds without resources are left out.
void write(JsonText& out, const State& state, Origins origins = Origins::drop);
// {"state":{…},"matches":[…],"tables":{…},"exclusive":true,"exclusive-links":[…],"uplinks":{…},"guard":{…}},
// with origins.
void write(JsonText& out, const Desired& desired);

void write(JsonSink& out, const Uplinks& uplinks);  // with origins

template <class T>
std::vector<Leaf> leaves_of(const T& resource) {
  JsonLeaves leaves;
  write(leaves, resource, Origins::drop);
  return leaves.take();
}

}  // namespace netcfg
