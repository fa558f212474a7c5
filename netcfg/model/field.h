// The description of one field of a resource. Tables of these drive the parser, the JSON Schema, the
// reference, the diff, printing and `show`; the kernel floor maps the same names to netlink attributes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "netcfg/model/ip.h"
#include "netcfg/model/types.h"
#include "netcfg/model/value.h"

namespace netcfg {

enum class Type : uint8_t {
  boolean,   // true, false
  integer,   // whole number within `range`
  duration,  // "100ms"; stored as a number of `unit` nanoseconds, within `range` units
  rate,    // "100mbit"; stored in bytes per second, within `range`. Where that begins at 0, 0 is "unlimited"
  size,    // bytes: 1500, "64kb"; within `range`
  choice,  // one of `choices` (their number is taken as well)
  text,    // any text of at most range.max bytes
  link,    // the name of another interface
  mac,
  ip,  // an address of either family
  ip4,
  ip6,
  prefix,  // address/length
  mark,    // value/mask
  span,    // first-last, both within `range`
  ips,     // list of addresses
  texts,   // list of texts
  vids,    // list of VLAN ids and ranges
  qos,     // list of FROM:TO
};

// What it takes to change the field on a link that exists.
enum class Mutability : uint8_t {
  live,        // in place, under traffic
  down,        // only while the link is down
  empty,       // only while it has no members (bonding's BOND_OPTFLAG_NOSLAVES)
  down_empty,  // both
  recreate,    // the kernel cannot: delete and create again
};

struct Range {
  int64_t min = 0;
  int64_t max = 0;
};

struct Choice {
  std::string_view name;
  int64_t number = 0;
};

// Types that are stored as a number and can be read and written as one.
constexpr bool is_numeric(Type type) {
  return type == Type::boolean || type == Type::integer || type == Type::duration || type == Type::choice ||
         type == Type::rate || type == Type::size;
}

struct Field {
  std::string_view name;  // the key in the spec, kebab-case
  std::string_view doc;   // one line for the reference
  Type type = Type::boolean;
  Range range{};
  std::span<const Choice> choices{};
  int64_t unit = 1;             // nanoseconds, for durations
  std::string_view fallback{};  // the kernel's default in spec form; empty when it has none that is fixed
  std::string_view ip{};        // iproute2's word for it; empty: the name with '-' as '_'
  Mutability change = Mutability::live;
  bool required = false;
  bool own = false;  // the default is netcfg's, not the kernel's

  // On an object of the type that the table is for.
  bool (*has)(const void* object) = nullptr;
  void (*clear)(void* object) = nullptr;
  bool (*equal)(const void* a, const void* b) = nullptr;
  void (*copy)(void* to, const void* from) = nullptr;
  Value (*get)(const Field&, const void* object) = nullptr;
  // False when the value is not of the field's form or out of range; the object is then unchanged.
  bool (*set)(const Field&, void* object, const Value&) = nullptr;
  // Numeric types only.
  int64_t (*number)(const void* object) = nullptr;
  void (*set_number)(void* object, int64_t number) = nullptr;

  constexpr Field as(Mutability m) const {
    Field f = *this;
    f.change = m;
    return f;
  }
  constexpr Field needed() const {
    Field f = *this;
    f.required = true;
    return f;
  }
  constexpr Field ours() const {
    Field f = *this;
    f.own = true;
    return f;
  }
  constexpr Field within(Range r) const {
    Field f = *this;
    f.range = r;
    return f;
  }
  constexpr Field iproute(std::string_view word) const {
    Field f = *this;
    f.ip = word;
    return f;
  }
};

using Fields = std::span<const Field>;

const Field* find_field(Fields fields, std::string_view name);

// Numbers <-> spec form, by the field's type, range, choices and unit.
Value number_to_value(const Field& field, int64_t number);
std::optional<int64_t> value_to_number(const Field& field, const Value& value);
// "a whole number from 0 to 255", "one of a, b or c": what the field takes, for messages and reference.
std::string describe(const Field& field);
// Sets the field to the kernel's default. False, and the object as it was, where there is none.
bool reset(const Field& field, void* object);

namespace field_detail {

template <class T>
struct MemberOf;
template <class C, class M>
struct MemberOf<std::optional<M> C::*> {
  using Class = C;
  using Member = M;
};

template <class T>
struct ListItem {};
template <class T>
struct ListItem<std::vector<T>> {
  using type = T;
};
template <>
struct ListItem<VidSet> {
  using type = Span;
};

template <class T>
concept Number = std::is_integral_v<T> || std::is_enum_v<T>;
template <class T>
concept List = requires {
  typename ListItem<T>::type;
};

// Text forms of single items, with the checks that depend on the field.
template <class T>
std::string item_text(const T& item) {
  if constexpr (std::is_same_v<T, std::string>)
    return item;
  else
    return to_string(item);
}
template <class T>
std::optional<T> item_parse(const Field& field, const std::string& text) {
  if constexpr (std::is_same_v<T, std::string>) {
    if (field.range.max > 0 && text.size() > static_cast<size_t>(field.range.max)) return std::nullopt;
    return text;
  } else if constexpr (std::is_same_v<T, Ip>) {
    auto ip = parse_ip(text);
    if (ip && field.type == Type::ip4 && ip->family != Family::ipv4) return std::nullopt;
    if (ip && field.type == Type::ip6 && ip->family != Family::ipv6) return std::nullopt;
    return ip;
  } else if constexpr (std::is_same_v<T, Prefix>) {
    return parse_prefix(text);
  } else if constexpr (std::is_same_v<T, Span>) {
    auto span = parse<Span>(text);
    if (span && field.range.max > 0 && (span->first < field.range.min || span->last > field.range.max))
      return std::nullopt;
    return span;
  } else if constexpr (std::is_same_v<T, IfName>) {
    if (text.empty()) return IfName{};  // "none": a bond without primary
    return parse<IfName>(text);
  } else {
    return parse<T>(text);
  }
}

template <class T>
Value to_value(const Field& field, const T& member) {
  if constexpr (Number<T>) {
    return number_to_value(field, static_cast<int64_t>(member));
  } else if constexpr (std::is_same_v<T, VidSet>) {
    return to_value(field, member.ranges);
  } else if constexpr (List<T>) {
    Texts out;
    for (const auto& item : member) out.push_back(item_text(item));
    return out;
  } else {
    return item_text(member);
  }
}

template <class T>
std::optional<T> from_value(const Field& field, const Value& value) {
  if constexpr (Number<T>) {
    auto number = value_to_number(field, value);
    if (!number) return std::nullopt;
    return static_cast<T>(*number);
  } else if constexpr (List<T>) {
    const auto* texts = std::get_if<Texts>(&value);
    if (!texts) return std::nullopt;
    T out;
    for (const std::string& text : *texts) {
      auto item = item_parse<typename ListItem<T>::type>(field, text);
      if (!item) return std::nullopt;
      if constexpr (std::is_same_v<T, VidSet>)
        out.add(*item);
      else
        out.push_back(*item);
    }
    return out;
  } else {
    if (const auto* number = std::get_if<int64_t>(&value))
      return item_parse<T>(field, std::to_string(*number));
    const auto* text = std::get_if<std::string>(&value);
    if (!text) return std::nullopt;
    return item_parse<T>(field, *text);
  }
}

// The functions of a Field for one member.
template <auto M>
constexpr Field access(Field f) {
  using Class = typename MemberOf<decltype(M)>::Class;
  using Member = typename MemberOf<decltype(M)>::Member;
  f.has = [](const void* o) { return (static_cast<const Class*>(o)->*M).has_value(); };
  f.clear = [](void* o) { (static_cast<Class*>(o)->*M).reset(); };
  f.equal = [](const void* a, const void* b) {
    return static_cast<const Class*>(a)->*M == static_cast<const Class*>(b)->*M;
  };
  f.copy = [](void* to, const void* from) {
    static_cast<Class*>(to)->*M = static_cast<const Class*>(from)->*M;
  };
  f.get = [](const Field& field, const void* o) -> Value {
    const auto& member = static_cast<const Class*>(o)->*M;
    if (!member) return {};
    return to_value(field, *member);
  };
  f.set = [](const Field& field, void* o, const Value& value) {
    auto parsed = from_value<Member>(field, value);
    if (!parsed) return false;
    static_cast<Class*>(o)->*M = std::move(*parsed);
    return true;
  };
  if constexpr (Number<Member>) {
    f.number = [](const void* o) { return static_cast<int64_t>(*(static_cast<const Class*>(o)->*M)); };
    f.set_number = [](void* o, int64_t n) { static_cast<Class*>(o)->*M = static_cast<Member>(n); };
  }
  return f;
}

}  // namespace field_detail

// Makers, one per type: name, doc, then what the type needs, then the kernel's default in spec form.
// Of any type; `range` bounds a text's bytes or a span's ends.
template <auto M>
constexpr Field other(Type type, std::string_view name, std::string_view doc, Range range = {},
                      std::string_view fallback = {}) {
  Field f{.name = name, .doc = doc, .type = type, .range = range};
  f.fallback = fallback;
  return field_detail::access<M>(f);
}
template <auto M>
constexpr Field integer(std::string_view name, std::string_view doc, Range range,
                        std::string_view fallback = {}) {
  return other<M>(Type::integer, name, doc, range, fallback);
}
template <auto M>
constexpr Field rate(std::string_view name, std::string_view doc, Range range,
                     std::string_view fallback = {}) {
  return other<M>(Type::rate, name, doc, range, fallback);
}
template <auto M>
constexpr Field size(std::string_view name, std::string_view doc, Range range,
                     std::string_view fallback = {}) {
  return other<M>(Type::size, name, doc, range, fallback);
}
template <auto M>
constexpr Field boolean(std::string_view name, std::string_view doc, std::string_view fallback = {}) {
  return other<M>(Type::boolean, name, doc, {0, 1}, fallback);
}
template <auto M>
constexpr Field duration(std::string_view name, std::string_view doc, int64_t unit, Range range,
                         std::string_view fallback = {}) {
  Field f{.name = name, .doc = doc, .type = Type::duration, .range = range};
  f.unit = unit;
  f.fallback = fallback;
  return field_detail::access<M>(f);
}
template <auto M>
constexpr Field choice(std::string_view name, std::string_view doc, std::span<const Choice> choices,
                       std::string_view fallback = {}) {
  Field f{.name = name, .doc = doc, .type = Type::choice};
  f.choices = choices;
  f.fallback = fallback;
  return field_detail::access<M>(f);
}

inline constexpr int64_t kMillisecond = 1'000'000;
inline constexpr int64_t kCentisecond = 10'000'000;  // USER_HZ, the unit of the bridge's timers
inline constexpr int64_t kSecond = 1'000'000'000;
inline constexpr int64_t kU32 = UINT32_MAX;
inline constexpr int64_t kInt = INT32_MAX;

}  // namespace netcfg
