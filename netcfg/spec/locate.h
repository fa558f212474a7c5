// Finds where a value of a Desired is written, by walking the tree of the spec: only when there is
// something to say about it, so that a spec without problems pays nothing.
#pragma once

#include <initializer_list>
#include <string>
#include <unordered_map>

#include "netcfg/model/types.h"
#include "netcfg/spec/at.h"

namespace netcfg {

// A key of a mapping, the index of a list, or the text of one of its items.
struct PathStep {
  std::string key;
  size_t index = SIZE_MAX;
  PathStep(std::string text) : key(std::move(text)) {}  // NOLINT: implicit by design
  PathStep(std::string_view text) : key(text) {}        // NOLINT
  PathStep(const char* text) : key(text) {}             // NOLINT
  PathStep(const IfName& name) : key(name.view()) {}    // NOLINT
  PathStep(size_t i) : index(i) {}                      // NOLINT
};

struct Spot {
  Place place;
  std::string path;
};

class Locator {
 public:
  explicit Locator(const Node& root) : root_(root) {}

  // The value at the end of the way; where the way breaks off, as far as it goes.
  Spot value(std::initializer_list<PathStep> steps) const;
  // The same, but its key.
  Spot key(std::initializer_list<PathStep> steps) const;
  // Whether it is written at all.
  bool given(std::initializer_list<PathStep> steps) const;
  // The value of `key` in the item of the top-level list `list` that stands at `origin`.
  Spot in_item(std::string_view list, Place origin, std::string_view key = {}) const;

 private:
  struct Found {
    Node node;
    Place key_place;
    std::string path;
    bool whole = false;
  };
  Found walk(std::initializer_list<PathStep> steps) const;
  size_t index_of(std::string_view list, Place origin) const;

  Node root_;
  // By place, for each list asked about.
  mutable std::unordered_map<std::string_view, std::unordered_map<uint64_t, size_t>> items_;
};

}  // namespace netcfg
