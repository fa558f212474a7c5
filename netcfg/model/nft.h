// The table of nftables that is netcfg's own: `table inet netcfg`. What asks for rules (address translation,
// several uplinks) puts them into an NftRules; to_ruleset() makes the text of it, in the very form in which
// nft lists the table (that of nft 1.0.6).
#pragma once

#include <string>
#include <vector>

#include "netcfg/base/diagnostics.h"

namespace netcfg {

inline constexpr std::string_view kNftTable = "inet netcfg";

// One rule as nft lists it, without its comment: `oifname "eth0" ip saddr 10.0.0.0/8 masquerade`.
struct NftRule {
  std::string text;
  Place origin;        // what of the spec asks for it
  std::string reason;  // becomes its comment; at most 127 bytes, without quotes
};

// The chains, in the order in which a packet that is forwarded meets them. A chain without rules is not made.
struct NftRules {
  std::vector<NftRule> prerouting;     // filter, mangle: marks, before a route is chosen
  std::vector<NftRule> dstnat;         // nat, before docker's, firewalld's and ufw's
  std::vector<NftRule> output;         // route, mangle: marks of packets made here; a new one chooses anew
  std::vector<NftRule> output_dstnat;  // nat: connections made here
  std::vector<NftRule> forward;        // filter
  std::vector<NftRule> postrouting;    // filter, mangle
  std::vector<NftRule> classify;  // filter, behind mangle, before source addresses change: the first counts
  std::vector<NftRule> srcnat;    // nat, before the others'

  bool empty() const;
};

// The table, as one resource. Owned by its name: nobody else has one called so.
struct Ruleset {
  std::string name{kNftTable};
  std::string text;  // from "table inet netcfg {" to "}" and a newline
  Place origin;      // of the first rule
  // Which line of the text (from 1) comes from where; what nft says of a line is told of that place.
  struct Line {
    uint32_t number = 0;
    Place place;
  };
  std::vector<Line> lines;

  bool operator==(const Ruleset& o) const { return name == o.name && text == o.text; }
  const std::string& key() const { return name; }
  // The place that line `number` comes from, else `origin`.
  Place place_of(uint32_t number) const;
};

Ruleset to_ruleset(const NftRules& rules);

// Both texts, line by line, as `diff -U2` shows them; unlike lines begin with - or +. Empty for equal ones.
std::vector<std::string> unified_diff(std::string_view before, std::string_view after);

}  // namespace netcfg
