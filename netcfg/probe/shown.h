// Inside `show`: which objects a spec can express, and how it would say them.
#pragma once

#include <map>
#include <optional>
#include <set>

#include "netcfg/json/tree.h"
#include "netcfg/port/kernel.h"

namespace netcfg {

// Fields whose value is the kernel's default are left out, so that a person sees what is special.
Json shown_fields(Fields fields, const void* object, const void* defaults);
// A value as a spec writes it: numbers as numbers, also within lists and in spans.
Json shown_value(const Field& field, const void* object);

class Shower {
 public:
  Shower(const Snapshot& live, const std::vector<IfName>& names) : live_(live), names_(names) {}
  // The spec; notes() are complete after it.
  Json spec();
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  // show_links.cc
  void choose_links();
  bool can_make(const Link& link);
  std::set<IfName> needed_by(const Link& link) const;
  bool shows(const IfName& name) const { return shown_.contains(name); }
  bool asked_for(const IfName& name) const;
  Json interface(const Link& link);
  void put_common(Json& out, const Link& link) const;
  void put_kind(Json& out, const Link& link) const;
  Json kind_block(const Link& link) const;
  Json members_of(const Link& master) const;
  Json port_options(const Link& master, const Link& member) const;
  bool said_by_others(const Link& link, const Json& body) const;
  // show_objects.cc
  Json addresses_on(const Link& link);
  bool given_before(const Address& a, const Link& link, const std::vector<const Address*>& here);
  Json neighbors_on(const Link& link);
  void put_queue(Json& out, const Link& link);  // show_qos.cc
  void note_networks();
  Json nexthops();
  std::optional<Json> nexthop(const Nexthop& nexthop);
  std::string why_not(const Nexthop& nexthop) const;
  Json routes();
  Json rules();
  std::optional<Json> route(const Route& route);
  std::optional<Json> rule(const Rule& rule);
  std::string why_not(const Route& route) const;
  bool reachable(const NextHop& hop) const;
  void put_sysctls(Json& spec) const;
  // A note for each object; or, for what belongs to another program, a count.
  void not_expressed(std::string what) { notes_.push_back("not expressed: " + std::move(what)); }
  void of_others(Kind kind, uint8_t protocol) { ++others_[{kind, protocol}]; }
  void count_others();

  const Snapshot& live_;
  const std::vector<IfName>& names_;
  std::set<IfName> makeable_;                        // links that a spec could make, or that are NICs
  std::set<IfName> shown_;                           // interfaces that the spec names
  std::set<IfName> bare_;                            // of those, what is named only since others stand on it
  std::vector<std::pair<IfName, Prefix>> networks_;  // on links, by addresses and routes that are shown
  std::map<std::pair<IfName, Ip>, IfName> owners_;   // of addresses, by VRF
  std::set<uint32_t> shown_nexthops_;
  std::map<std::pair<Kind, uint8_t>, size_t> others_;
  std::vector<std::string> notes_;
};

}  // namespace netcfg
