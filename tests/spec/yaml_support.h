// Reads a text and says what came of it in a form that is easily compared.
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "netcfg/spec/read.h"
#include "netcfg/spec/yaml.h"

namespace netcfg {

struct Reading {
  Sources sources;
  Diagnostics diagnostics;
  std::optional<Document> document;

  const Node& root() const { return document.value().root; }
  // "line:column: message" of each.
  std::vector<std::string> errors() const {
    std::vector<std::string> out;
    for (const Diagnostic& d : diagnostics.sorted()) {
      out.push_back(fmt::format("{}:{}: {}", d.place.line, d.place.column, d.message));
    }
    return out;
  }
};

inline Reading read_text(std::string text, const YamlLimits& limits = {}) {
  Reading out;
  out.document = parse(out.sources, out.diagnostics, "spec.yaml", std::move(text), limits);
  return out;
}

// The tree in one line: `{a: 1, b: ["x", ~]}`; scalars in quotes are strings, `_` is a value left out.
inline std::string flat(const Node& node) {
  std::string out;
  if (node.is_null()) return node.text().empty() ? "_" : std::string(node.text());
  if (node.is_scalar()) {
    return node.quoted() ? fmt::format("\"{}\"", node.text()) : std::string(node.text());
  }
  for (const Node& item : node.items()) out += (out.empty() ? "" : ", ") + flat(item);
  for (const Entry& e : node.entries())
    out += fmt::format("{}{}: {}", out.empty() ? "" : ", ", e.key, flat(e.value));
  return node.is_list() ? "[" + out + "]" : "{" + out + "}";
}

inline std::string at(Place place) {
  return fmt::format("{}:{}", place.line, place.column);
}

}  // namespace netcfg
