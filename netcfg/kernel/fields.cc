#include "netcfg/kernel/fields.h"

#include <arpa/inet.h>

namespace netcfg::nl {
namespace {

// A field's text form; the model gives no typed access to fields that are not numbers.
template <class T>
T parsed(const Field& field, const void* object) {
  Value value = field.get(field, object);
  const auto* text = std::get_if<std::string>(&value);
  return text ? parse<T>(*text).value_or(T{}) : T{};
}

void put_number(Message& m, const LinkAttr& row, int64_t number) {
  switch (row.wire) {
    case Wire::u8:
      return m.put(row.attribute, static_cast<uint8_t>(number));
    case Wire::u16:
      return m.put(row.attribute, static_cast<uint16_t>(number));
    case Wire::be16:
      return m.put(row.attribute, htons(static_cast<uint16_t>(number)));
    case Wire::u64:
      return m.put(row.attribute, static_cast<uint64_t>(number));
    default:  // u32, s32
      return m.put(row.attribute, static_cast<uint32_t>(number));
  }
}

template <class T>
std::optional<int64_t> widened(const nlattr* attribute) {
  auto value = get<T>(attribute);
  if (!value) return std::nullopt;
  return static_cast<int64_t>(*value);
}

std::optional<int64_t> get_number(Wire wire, const nlattr* attribute) {
  switch (wire) {
    case Wire::u8:
      return widened<uint8_t>(attribute);
    case Wire::u16:
      return widened<uint16_t>(attribute);
    case Wire::be16:
      if (auto value = get<uint16_t>(attribute)) return ntohs(*value);
      return std::nullopt;
    case Wire::u32:
      return widened<uint32_t>(attribute);
    case Wire::s32:
      return widened<int32_t>(attribute);
    case Wire::u64:
      return widened<uint64_t>(attribute);
    default:
      return std::nullopt;
  }
}

void get_field(void* object, const Field& field, const LinkAttr& row, const nlattr* attribute,
               const Names& names) {
  if (row.wire == Wire::ifindex) {
    auto index = get<uint32_t>(attribute);
    // No link at all has no text form: whoever knows the member's type sets the empty name.
    if (index) field.set(field, object, to_string(names.name(*index)));
  } else if (row.wire == Wire::mac) {
    if (auto mac = get_mac(attribute)) field.set(field, object, to_string(*mac));
  } else if (auto number = get_number(row.wire, attribute)) {
    field.set_number(object, *number);
  }
}

}  // namespace

bool put_field(Message& message, const LinkAttr& row, const Field& field, const void* object,
               Indexes& indexes, IfName& missing) {
  if (row.wire == Wire::mac) {
    message.put(row.attribute, parsed<Mac>(field, object));
  } else if (row.wire == Wire::ifindex) {
    auto name = parsed<IfName>(field, object);
    uint32_t index = indexes.index(name);
    if (index == 0 && !name.empty()) {
      missing = name;
      return false;
    }
    message.put(row.attribute, index);
  } else {
    put_number(message, row, field.number(object));
  }
  return true;
}

bool put_fields(Message& message, LinkAttrs rows, FieldsOf from, const Rows& which, Indexes& indexes,
                IfName& missing) {
  for (size_t i = 0; i < rows.size(); ++i) {
    if (!which[i] || rows[i].wire == Wire::custom || rows[i].wire == Wire::parent) continue;
    if (!put_field(message, rows[i], from.fields[i], from.object, indexes, missing)) return false;
  }
  return true;
}

void get_fields(void* object, Fields fields, LinkAttrs rows, const KindAttributes& data, const Names& names) {
  for (size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].wire == Wire::custom || rows[i].wire == Wire::parent) continue;
    if (const nlattr* attribute = data.find(rows[i].attribute))
      get_field(object, fields[i], rows[i], attribute, names);
  }
}

Rows changed_rows(Fields fields, const void* before, const void* after) {
  Rows out;
  for (size_t i = 0; i < fields.size(); ++i)
    out[i] = fields[i].has(after) && (!before || !fields[i].equal(before, after));
  return out;
}

}  // namespace netcfg::nl
