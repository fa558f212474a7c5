// What yaml-cpp says about a syntax error, said so that it helps.
#pragma once

#include <string>
#include <string_view>

namespace netcfg {

struct Sentence {
  std::string message;
  std::string hint;
};

// `after_text`: something stands before the place of the error in its line.
Sentence in_our_words(std::string_view theirs, bool after_text);

}  // namespace netcfg
