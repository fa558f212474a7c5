// Pieces that several kinds of resources consist of, in JSON.
#pragma once

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "netcfg/json/reader.h"
#include "netcfg/json/write.h"

namespace netcfg::json_parts {

inline constexpr std::string_view kLeafPrefix = "leaf-";

void write_fields(JsonSink& out, Fields fields, const void* object);
void write_origin(JsonSink& out, Place origin, Origins origins);
void write_probe(JsonSink& out, const ProbeSpec& probe);

template <class T>
T number_as(JsonReader& in) {
  int64_t n = in.number();
  if (in.ok() && !std::in_range<T>(n)) in.fail(fmt::format("{} is out of range", n));
  return static_cast<T>(n);
}

// A text of a type that has parse<T>() or a function like it.
template <class F>
auto parsed(JsonReader& in, F&& parse_text, std::string_view what) {
  std::string_view text = in.text();
  auto value = parse_text(text);
  if (in.ok() && !value) in.fail(fmt::format("\"{}\" is not {}", text, what));
  return value.value_or(typename decltype(value)::value_type{});
}

// The number that a name stands for, or a number.
int64_t choice_of(JsonReader& in, std::span<const Choice> choices);
Ip ip_of(JsonReader& in);
IfName name_of(JsonReader& in);
Place place_of(JsonReader& in);
ProbeSpec read_probe(JsonReader& in);
// False when no field has that name.
bool read_field(JsonReader& in, Fields fields, void* object, std::string_view key);
void unknown(JsonReader& in, std::string_view key);

}  // namespace netcfg::json_parts
