#include "netcfg/spec/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "netcfg/spec/forms.h"
#include "netcfg/spec/sections.h"

namespace netcfg {
namespace {

using Json = nlohmann::ordered_json;

// Not `ref`: for a std::string that would be std::ref().
Json refer_to(std::string_view name) {
  return {{"$ref", fmt::format("#/$defs/{}", name)}};
}

Json pattern(std::string_view text) {
  return {{"type", "string"}, {"pattern", text}};
}

Json list_of(Json items) {
  return {{"type", "array"}, {"items", std::move(items)}};
}

// The names as YAML's core schema reads them (true and false are booleans), then the numbers.
Json choice_schema(const Field& field) {
  Json values = Json::array();
  bool toggles = false;
  for (const Choice& choice : field.choices) {
    bool toggle = choice.name == "true" || choice.name == "false";
    toggles |= toggle;
    if (toggle)
      values.push_back(choice.name == "true");
    else
      values.push_back(choice.name);
  }
  if (!toggles)
    for (const Choice& choice : field.choices) values.push_back(choice.number);
  if (field.range.max == 0) return {{"enum", std::move(values)}};
  Json number = {{"type", "integer"}, {"minimum", field.range.min}, {"maximum", field.range.max}};
  return {{"anyOf", Json::array({Json{{"enum", std::move(values)}}, std::move(number)})}};
}

Json duration_schema(const Field& field) {
  Json text = pattern(kDurationPattern);
  if (field.range.max == kU32) text["pattern"] = fmt::format("{}|^forever$", kDurationPattern);
  Json out = {{"anyOf", Json::array({std::move(text)})}};
  if (field.range.min == 0) out["anyOf"].push_back({{"const", 0}});
  return out;
}

// Where the range begins at 0, that is written as "unlimited".
Json rate_schema(const Field& field) {
  if (field.range.min > 0) return pattern(kRatePattern);
  return pattern(fmt::format("{}|^unlimited$", kRatePattern));
}

Json size_schema(const Field& field) {
  Json number = {{"type", "integer"}, {"minimum", field.range.min}, {"maximum", field.range.max}};
  return {{"anyOf", Json::array({std::move(number), pattern(kSizePattern)})}};
}

Json text_schema(const Field& field) {
  Json out = {{"type", "string"}};
  if (field.range.min > 0) out["minLength"] = field.range.min;
  if (field.range.max > 0) out["maxLength"] = field.range.max;
  return out;
}

Json number_or_range() {
  return {{"anyOf", Json::array({Json{{"type", "integer"}, {"minimum", 0}}, pattern(kSpanPattern)})}};
}

Json list_schema(const Field& field) {
  switch (field.type) {
    case Type::ips: {
      Json out = list_of(refer_to("ip"));
      if (field.range.max > 0) out["maxItems"] = field.range.max;
      return out;
    }
    case Type::texts:
      return list_of(text_schema(field));
    case Type::vids:
      return list_of(refer_to("vid"));
    default:
      return refer_to("qos-map");
  }
}

Json plain_schema(const Field& field) {
  switch (field.type) {
    case Type::boolean:
      return {{"type", "boolean"}};
    case Type::integer:
      return {{"type", "integer"}, {"minimum", field.range.min}, {"maximum", field.range.max}};
    case Type::duration:
      return duration_schema(field);
    case Type::rate:
      return rate_schema(field);
    case Type::size:
      return size_schema(field);
    case Type::choice:
      return choice_schema(field);
    case Type::text:
      return text_schema(field);
    case Type::link:
      return refer_to("link-name");
    case Type::mac:
      return refer_to("mac");
    case Type::ip:
      return refer_to("ip");
    case Type::ip4:
      return refer_to("ip4");
    case Type::ip6:
      return refer_to("ip6");
    case Type::prefix:
      return refer_to("destination");
    case Type::mark:
      return {{"anyOf", Json::array({Json{{"type", "integer"}, {"minimum", 0}, {"maximum", kU32}},
                                     pattern(kMarkPattern)})}};
    case Type::span:
      return number_or_range();
    default:
      return list_schema(field);
  }
}

Json field_schema(const Field& field) {
  Json out = plain_schema(field);
  std::string doc(field.doc);
  if (!field.fallback.empty())
    doc += fmt::format(" ({}default: {})", field.own ? "" : "kernel's ", field.fallback);
  out["description"] = std::move(doc);
  return out;
}

// "[x]", "{x}" or "x" of KeyInfo::form.
Json form_schema(std::string_view form) {
  if (form.starts_with('[')) {
    Json out = list_of(refer_to(form.substr(1, form.size() - 2)));
    out["type"] = {"array", "null"};
    return out;
  }
  if (!form.starts_with('{')) return refer_to(form);
  std::string_view value = form.substr(1, form.size() - 2);
  Json out = {{"type", {"object", "null"}}, {"additionalProperties", refer_to(value)}};
  if (value == "interface") out["propertyNames"] = refer_to("link-name");
  if (value == "qos-class") out["propertyNames"] = refer_to("qos-name");
  if (value == "qos-host") out["propertyNames"] = refer_to("ip");
  if (value == "nexthop") out["propertyNames"] = refer_to("nexthop-id");
  return out;
}

Json section_schema(const Section& section) {
  Json properties = Json::object(), required = Json::array();
  for (const KeyInfo& key : section.keys) {
    Json one = form_schema(key.form);
    one["description"] = key.doc;
    properties[std::string(key.name)] = std::move(one);
    if (key.required) required.push_back(key.name);
  }
  for (const Field& field : section.fields) {
    properties[std::string(field.name)] = field_schema(field);
    if (field.required) required.push_back(field.name);
  }
  Json out = {{"description", section.doc}, {"type", "object"}};
  if (required.empty()) out["type"] = {"object", "null"};
  out["properties"] = std::move(properties);
  if (!required.empty()) out["required"] = std::move(required);
  out["additionalProperties"] = false;
  return out;
}

// The kind blocks are keys of an interface, one of them at most.
void add_kinds(Json& interface) {
  Json pairs = Json::array();
  for (const KindInfo& info : kKinds) {
    interface["properties"][std::string(info.name)] = refer_to(info.name);
    for (const KindInfo& other : kKinds)
      if (&other > &info) pairs.push_back({{"required", {info.name, other.name}}});
    pairs.push_back({{"required", {info.name, "match"}}});
  }
  interface["not"] = {{"type", "object"}, {"anyOf", std::move(pairs)}};
}

// A probe is of exactly one of its kinds.
void add_probe_kinds(Json& probe) {
  Json kinds = Json::array();
  for (const KeyInfo& key : probe_section().keys) kinds.push_back({{"required", {key.name}}});
  probe["type"] = "object";
  probe["oneOf"] = std::move(kinds);
}

// `qdisc`, and `leaf`, which not every kind can be: the kind alone, or a mapping by its own fields.
void add_queues(Json& defs) {
  for (std::string_view use : {"qdisc", "leaf"}) {
    Json names = Json::array(), any = Json::array({Json()});
    for (const QueueInfo& info : kQueues) {
      if (use == "leaf" && !info.leaf) continue;
      std::string section = queue_section_name(info);
      bool bare =
          std::none_of(info.fields.begin(), info.fields.end(), [](const Field& f) { return f.required; });
      if (bare) names.push_back(info.name);
      defs[section]["properties"]["kind"] = {{"const", info.name}};
      any.push_back(refer_to(section));
    }
    any[0] = {{"enum", std::move(names)}};
    defs[std::string(use)] = {
        {"description", "a queueing discipline: its kind, or a mapping with its parameters"},
        {"anyOf", std::move(any)}};
  }
}

// A list of names, or a mapping to the options of a member where its master's kind gives it any.
Json members_schema(std::string_view options) {
  Json values = options.empty() ? Json{{"type", {"object", "null"}}, {"additionalProperties", false}}
                                : refer_to(options);
  return {{"anyOf", Json::array({list_of(refer_to("link-name")),
                                 Json{{"type", "object"},
                                      {"propertyNames", refer_to("link-name")},
                                      {"additionalProperties", std::move(values)}},
                                 Json{{"type", "null"}}})}};
}

Json definitions() {
  Json defs = Json::object();
  for (const Section& section : all_sections()) {
    if (section.name == "spec") continue;
    Json one = section_schema(section);
    if (section.name == "interface") add_kinds(one);
    if (section.name == "probe") add_probe_kinds(one);
    std::string port = fmt::format("{}-port", section.name);
    if (one["properties"].contains("members")) {
      bool has_options = section.name == "bond" || section.name == "bridge";
      Json members = members_schema(has_options ? port : "");
      members["description"] = one["properties"]["members"]["description"];
      one["properties"]["members"] = std::move(members);
    }
    defs[std::string(section.name)] = std::move(one);
  }
  add_queues(defs);
  for (const Form& form : kForms) {
    Json one = Json::parse(form.schema);
    one["description"] = form.doc;
    defs[std::string(form.name)] = std::move(one);
  }
  return defs;
}

}  // namespace

nlohmann::ordered_json schema() {
  Json out = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
              {"title", "netcfg host network spec"}};
  Json top = section_schema(top_section());
  for (auto& [key, value] : top.items()) out[key] = value;
  out["$defs"] = definitions();
  return out;
}

}  // namespace netcfg
