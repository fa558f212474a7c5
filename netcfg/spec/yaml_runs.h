// Long lists of plain, alike items are most of a large spec, and a YAML parser takes 15 µs for each. Here
// they are found as whole lines, which the parser then need not see: it gets the text without them, and the
// tree gets them when the parser comes to the item that follows.
//
// Only a narrow form counts: `- { key: word, key: "word" }` in one line, or `- key: word` with further keys
// below it in the same column; words of letters, digits and . _ / : - alone. The first and the last item of a
// run stay in the text, and the parser has to find both as mappings of one list. Where it does not (the lines
// may be part of a text block), everything is read again by the parser alone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "netcfg/spec/tree.h"

namespace netcfg {

// Items that were left out of the text, as lines of it.
struct Run {
  size_t begin = 0, end = 0;  // in the text
  uint32_t line = 0;          // the number of the first, from 1
  uint32_t lines = 0;
  size_t head = 0, tail = 0;  // where the mapping of the item before begins, and of the one after
};

std::vector<Run> find_runs(std::string_view text);
// The text without the runs.
std::string without(std::string_view text, const std::vector<Run>& runs);

// The place in the whole text of what stands somewhere in the text without the runs.
class Shift {
 public:
  explicit Shift(const std::vector<Run>& runs);
  struct By {
    size_t bytes = 0;
    uint32_t lines = 0;
  };
  By at(size_t offset) const;

 private:
  struct Cut {
    size_t offset;
    By by;
  };
  std::vector<Cut> cuts_;
};

// Puts the items of a run into the list that is being built. The tree's words point into `text`.
void add_run(std::string_view text, const Run& run, uint16_t file, TreeBuilder& tree);

}  // namespace netcfg
