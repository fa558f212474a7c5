// A plan as people and programs see it: what a step does to which object, which fields change and why,
// and what all the steps of one object come to.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "netcfg/json/write.h"
#include "netcfg/plan/plan.h"

namespace netcfg {

enum class Effect : uint8_t { create, update, remove, adopt };
inline constexpr std::string_view kEffectNames[] = {"create", "update", "delete", "adopt"};

Effect effect_of(const Step& step);
bool has(const Ref& ref);  // not null
// The resource that the step is about: as it will be, or as it was where it goes.
const Ref& subject_of(const Op& op);
Kind kind_of(const Ref& ref);
std::string_view kind_name(const Ref& ref);
std::string id_of(const Ref& ref);
// The same with the names of routing tables instead of their numbers.
std::string id_of(const Ref& ref, const std::map<std::string, uint32_t>& tables);
// "telecom", "main", "101"
std::string table_name(uint32_t table, const std::map<std::string, uint32_t>& tables);

struct FieldChange {
  std::string name;           // "mtu", "bond.mode", "port.cost", "next-hops"
  std::string before, after;  // "unset" where there is none
  bool operator==(const FieldChange&) const = default;
};
// The fields in which two values of one kind differ; who made an object does not count. Empty when one is
// null.
std::vector<FieldChange> field_changes(const Ref& before, const Ref& after);

// Why, in a sentence: "can only be changed while bond0 is down".
std::string reason_of(const Step& step);
// The same for a line of a plan; empty where the sign and the place in the spec say it all.
std::string short_reason_of(const Step& step);

// What the steps of one object come to. A link that is renamed on the way stays one object.
struct NetChange {
  Effect effect = Effect::create;
  bool recreate = false;       // deleted and created again: counts as both; `effect` is update
  bool restored = false;       // lost by another step and created again, as it was
  bool implied = false;        // done by the kernel alone
  bool disruptive = false;     // some step is
  Ref before, after;           // at the beginning and at the end
  const Step* step = nullptr;  // the first that says why: one with a place in the spec, if there is any
};
// In the order of the objects' first steps.
std::vector<NetChange> net_changes(const Plan& plan);

struct Summary {
  size_t create = 0, update = 0, remove = 0, adopt = 0, disruptive = 0;
  bool no_changes() const { return create + update + remove == 0; }
  bool operator==(const Summary&) const = default;
};
Summary summarize(const Plan& plan);

// How many foreign objects there are of each kind.
std::array<size_t, kKindCount> count_kinds(const std::vector<Ref>& refs);

}  // namespace netcfg
