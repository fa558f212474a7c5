#include <fmt/format.h>

#include <algorithm>

#include "netcfg/model/route.h"
#include "netcfg/model/uplink.h"
#include "netcfg/spec/binder.h"
#include "netcfg/spec/rule_draft.h"
#include "netcfg/spec/sections.h"

namespace netcfg {
namespace {

constexpr Choice kRuleFamilies[] = {{"ipv4", 4}, {"ipv6", 6}, {"both", kBothFamilies}};
constexpr Choice kPlainActions[] = {{"nop", 3}, {"blackhole", 6}, {"unreachable", 7}, {"prohibit", 8}};

constexpr Field kOwnFields[] = {
    integer<&RuleSpec::priority>("priority", "its place in the order of rules; lower comes first", {0, kU32})
        .needed(),
    choice<&RuleSpec::family>("family", "ipv4, ipv6 or both; else that of from and to, or ipv4",
                              kRuleFamilies),
    integer<&RuleSpec::goto_priority>("goto", "go on with the first rule of this priority", {1, kU32}),
    choice<&RuleSpec::action>("action", "what becomes of the packet where it is not a lookup", kPlainActions),
};

constexpr Field kDscpField =
    choice<&RuleSpec::dscp>(kSteerFields[0].name, kSteerFields[0].doc, kDscpNames).within({0, 63});

// A selector of all addresses is no selector; `all` is how ip(8) shows it.
void read_selector(RuleDraft& d, const At& at, std::optional<Prefix>& selector) {
  std::string_view text = at.node.text();
  if (at.node.is_scalar() && (text == "all" || text == "any" || text == "default")) return;
  auto prefix = at.node.is_scalar() ? parse_prefix(text) : std::nullopt;
  if (!prefix)
    return d.binder.report.error(
        at,
        fmt::format("expected `all`, a network such as 10.0.0.0/8 or an address, got {}", describe(at.node)));
  Prefix network = prefix->network();
  if (network != *prefix)
    return d.binder.report.error(
        at, fmt::format("{} has host bits set", text),
        fmt::format("write {}, or {} for the host alone", to_string(network), to_string(prefix->ip)));
  Family family = prefix->ip.family;
  if (d.selected != Family::none && d.selected != family)
    return d.binder.report.error(at, "'from' and 'to' are of different address families");
  d.selected = family;
  if (!prefix->is_default()) selector = network;
}

constexpr Key<RuleDraft> kKeys[] = {
    {{"from", "source address or network, or all", "selector"},
     [](RuleDraft& d, const At& at) { read_selector(d, at, d.rule.from); }},
    {{"to", "destination address or network, or all", "selector"},
     [](RuleDraft& d, const At& at) { read_selector(d, at, d.rule.to); }},
    {{"table", "the routing table to look into: a number or a name of `tables`", "table"},
     [](RuleDraft& d, const At& at) { d.table = d.binder.table(at); }},
};

bool read_rule(RuleDraft& d, const At& at) {
  Report& report = d.binder.report;
  if (!is_map(report, at)) return false;
  size_t before = report.errors();
  bool has_priority = false;
  for (const Entry& entry : at.node.entries()) {
    if (taken_back(entry.value)) continue;
    At value = at.value(entry);
    has_priority |= entry.key == "priority";
    if (const Key<RuleDraft>* key = find_key<RuleDraft>(kKeys, entry.key)) {
      key->read(d, value);
    } else if (const Field* own = find_field(kOwnFields, entry.key)) {
      read_field(report, value, *own, &d.spec);
    } else if (const Field* field = find_field(kRuleFields, entry.key)) {
      read_field(report, value, *field, &d.rule);
    } else {
      auto names = names_of<RuleDraft>(kKeys, kRuleFields);
      for (const Field& known : kOwnFields) names.push_back(known.name);
      unknown_key(report, value, "rule", names);
    }
  }
  if (!has_priority)
    missing_key(report, at, "priority", "priority: 1000; without one each run would make another rule");
  return report.errors() == before;
}

constexpr std::string_view kSelectors[] = {"not",      "iif",   "oif",   "fwmark",    "tos",
                                           "ip-proto", "sport", "dport", "uid-range", "tun-id"};

std::vector<Field> match_fields() {
  std::vector<Field> out{kOwnFields[1], kDscpField};  // family
  for (const Field& field : kRuleFields)
    if (std::ranges::find(kSelectors, field.name) != std::end(kSelectors)) out.push_back(field);
  return out;
}

}  // namespace

bool read_match(RuleDraft& d, const At& at) {
  Report& report = d.binder.report;
  if (!is_map(report, at)) return false;
  size_t before = report.errors();
  std::vector<Field> fields = match_fields();
  for (const Entry& entry : at.node.entries()) {
    if (taken_back(entry.value)) continue;
    At value = at.value(entry);
    const Key<RuleDraft>* key = find_key<RuleDraft>(kKeys, entry.key);
    const Field* field = find_field(fields, entry.key);
    if (key && entry.key != "table")
      key->read(d, value);
    else if (field)
      read_field(report, value, *field,
                 field->name == "family" || field->name == kDscpField.name ? static_cast<void*>(&d.spec)
                                                                           : static_cast<void*>(&d.rule));
    else
      unknown_key(report, value, "steer-match", names_of<RuleDraft>(std::span(kKeys).first(2), fields));
  }
  if (report.errors() == before && at.node.size() == 0)
    report.error(at, "it matches everything", "give at least one selector, such as from: 10.0.1.0/24");
  return report.errors() == before;
}

Section match_section_of_rules() {
  return {"steer-match", "The packets that are meant: all selectors have to match.",
          infos<RuleDraft>(std::span(kKeys).first(2)), match_fields()};
}

void bind_rules(Binder& binder, const At& at) {
  if (!is_list(binder.report, at)) {
    binder.gaps.rules = true;
    return;
  }
  for (size_t i = 0; i < at.node.size(); ++i) {
    RuleDraft d{binder};
    At item = at.item(i);
    if (!read_rule(d, item) || !lower_rule(d, item)) binder.gaps.rules = true;
  }
}

Section rule_section() {
  Section section{"rule", "A rule that chooses a routing table.", infos<RuleDraft>(kKeys), {}};
  section.fields.assign(std::begin(kOwnFields), std::end(kOwnFields));
  for (const Field& field : kRuleFields)
    if (field.name != "from" && field.name != "to") section.fields.push_back(field);
  return section;
}

}  // namespace netcfg
