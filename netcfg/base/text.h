// Small functions over text that have no better home.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace netcfg {

// A decimal or 0x-hexadecimal whole number without sign, blanks or leading zeros ("010" is refused,
// since YAML 1.1 reads it as eight). Nothing when it does not fit into 64 bits.
std::optional<uint64_t> parse_unsigned(std::string_view text);
std::optional<int64_t> parse_signed(std::string_view text);

std::vector<std::string_view> split(std::string_view text, char separator);

// The candidate nearest to `word` by edit distance, if near enough to be what was meant.
std::optional<std::string_view> nearest(std::string_view word, std::span<const std::string_view> candidates);

// Valid UTF-8 of printable characters: control bytes and broken sequences become `?`, a tab one blank.
std::string printable(std::string_view text);
bool valid_utf8(std::string_view text);
// Length of the well-formed UTF-8 sequence at the start of `text` (not empty), 0 when there is none.
size_t utf8_length(std::string_view text);
// Columns a terminal needs for printable(text): one per code point.
size_t display_width(std::string_view text);

// "a, b or c"
std::string join_or(std::span<const std::string_view> words);

}  // namespace netcfg
