#include "netcfg/spec/yaml_words.h"

#include <fmt/format.h>

#include <array>

#include "netcfg/base/text.h"

namespace netcfg {
namespace {

struct Row {
  std::string_view theirs;  // how their message begins
  std::string_view message;
  std::string_view hint;
};

constexpr std::array kSentences = {
    Row{"end of map flow not found", "`{` is not closed, or a comma is missing before this",
        "write {key: value, key: value}"},
    Row{"end of map not found", "this does not fit the mapping it stands in",
        "keys of one mapping start in the same column, each with a colon and a blank after it"},
    Row{"end of sequence flow not found", "`[` is not closed, or a comma is missing before this",
        "write [value, value]"},
    Row{"end of sequence not found", "this does not fit the list it stands in",
        "items of one list start with `- ` in the same column"},
    Row{"cannot assign multiple tags", "a value has two tags", "keep at most one"},
    Row{"cannot assign multiple anchors", "a value has two anchors", "keep one"},
    Row{"bad character found while scanning hex", "this escape needs hexadecimal digits",
        "use single quotes if the backslash is meant as such"},
    Row{"invalid unicode", "this escape is no Unicode character", "write the character itself"},
    Row{"unknown escape character", "unknown escape in double quotes",
        "use single quotes, or two backslashes, if a backslash is meant"},
    Row{"unknown token", "a value cannot start with this character", "put the value in quotes"},
    Row{"illegal document indicator in scalar", "`---` or `...` inside quotes", "close the quotes before it"},
    Row{"illegal character in scalar", "this character cannot stand here", "put the value in quotes"},
    Row{"illegal tab when looking for indentation", "a tab as indentation", "indent with blanks"},
    Row{"illegal flow end", "a closing bracket without an opening one", "remove it, or quote the value"},
    Row{"illegal block entry", "a list item cannot start here",
        "start the list in a new line; quote the value if it begins with `- `"},
    Row{"illegal map key", "a key cannot start here", "start it in a new line, indented as the others"},
    Row{"illegal map value", "a colon cannot stand here",
        "put a value with a colon in quotes; check the indentation here and in the line above"},
    Row{"alias not found after", "`*` is not followed by a name",
        "put the value in quotes if it begins with `*`"},
    Row{"anchor not found after", "`&` is not followed by a name",
        "put the value in quotes if it begins with `&`"},
    Row{"illegal character found while scanning a", "this character cannot be part of a name here",
        "names of anchors are letters, digits, `-` and `_`"},
    Row{"cannot set zero indentation", "a block cannot have indentation 0", "write a number from 1 to 9"},
    Row{"unexpected character in block scalar", "unexpected text after `|` or `>`",
        "start the text in the next line; quote the value if it begins with `|` or `>`"},
    Row{"tag handle with no suffix", "unknown tag", "quote the value if it begins with `!`"},
    Row{"illegal character found while scanning tag", "unknown tag", "quote the value if it begins with `!`"},
    Row{"end of verbatim tag", "unknown tag", "quote the value if it begins with `!`"},
};

}  // namespace

Sentence in_our_words(std::string_view theirs, bool after_text) {
  bool block_ends = theirs == "end of map not found" || theirs == "end of sequence not found";
  if (block_ends && after_text) {
    return {"unexpected text after the value", "put the whole value in quotes, or start a new line"};
  }
  for (const Row& row : kSentences) {
    if (theirs.starts_with(row.theirs)) return {std::string(row.message), std::string(row.hint)};
  }
  return {fmt::format("not valid YAML: {}", printable(theirs)), {}};
}

}  // namespace netcfg
