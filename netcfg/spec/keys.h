// What a mapping of the spec may hold: tables of keys read by hand beside the model's tables of fields.
// The readers, the JSON Schema and the reference all go by them.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "netcfg/model/field.h"
#include "netcfg/spec/at.h"
#include "netcfg/spec/report.h"

namespace netcfg {

// A key whose value no Field can describe.
struct KeyInfo {
  std::string_view name;
  std::string_view doc;
  // The form of its value: the name of a section or of a form of forms.h; "[x]" a list of x, "{x}" a
  // mapping from names to x.
  std::string_view form;
  bool required = false;
};

template <class Draft>
struct Key {
  KeyInfo info;
  void (*read)(Draft&, const At&);
};

// A kind of mapping, as the schema and the reference see it.
struct Section {
  std::string_view name;
  std::string_view doc;
  std::vector<KeyInfo> keys;
  std::vector<Field> fields;
};

template <class Draft>
std::vector<KeyInfo> infos(std::span<const Key<Draft>> keys) {
  std::vector<KeyInfo> out;
  for (const auto& key : keys) out.push_back(key.info);
  return out;
}

// Explicit null (`~`) takes a value back that an earlier file gave: as if the key were not there.
inline bool taken_back(const Node& node) {
  return node.is_null() && !node.text().empty();
}

// Sets `field` of `object` from the value; says what is wrong with it otherwise.
bool read_field(Report& report, const At& at, const Field& field, void* object);

// Whether the value is of that kind; says so otherwise. A value left out is an empty mapping or list.
bool is_map(Report& report, const At& at);
bool is_list(Report& report, const At& at);

// `section` names the mapping in kHints; `known` are all keys that could stand there.
void unknown_key(Report& report, const At& at, std::string_view section,
                 std::span<const std::string_view> known);
void missing_key(Report& report, const At& at, std::string_view key, std::string_view example = {});

template <class Draft>
const Key<Draft>* find_key(std::span<const Key<Draft>> keys, std::string_view name) {
  for (const auto& key : keys)
    if (key.info.name == name) return &key;
  return nullptr;
}

template <class Draft>
std::vector<std::string_view> names_of(std::span<const Key<Draft>> keys, Fields fields) {
  std::vector<std::string_view> out;
  for (const auto& key : keys) out.push_back(key.info.name);
  for (const Field& field : fields) out.push_back(field.name);
  return out;
}

// Reads every entry of a mapping by `keys` into `draft`, by `fields` into `object(draft)`.
template <class Draft, class Object>
bool read_map(Report& report, const At& at, std::string_view section, std::span<const Key<Draft>> keys,
              Fields fields, Draft& draft, Object&& object) {
  if (!is_map(report, at)) return false;
  size_t before = report.errors();
  for (const Entry& entry : at.node.entries()) {
    if (taken_back(entry.value)) continue;
    At value = at.value(entry);
    if (const Key<Draft>* key = find_key(keys, entry.key)) {
      key->read(draft, value);
    } else if (const Field* field = find_field(fields, entry.key)) {
      read_field(report, value, *field, object(draft));
    } else {
      unknown_key(report, value, section, names_of(keys, fields));
    }
  }
  auto given = [&](std::string_view name) {
    const Node* node = at.node.find(name);
    return node && !taken_back(*node);
  };
  for (const auto& key : keys)
    if (key.info.required && !given(key.info.name)) missing_key(report, at, key.info.name);
  for (const Field& field : fields)
    if (field.required && !given(field.name)) missing_key(report, at, field.name);
  return report.errors() == before;
}

}  // namespace netcfg
