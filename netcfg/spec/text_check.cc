#include "netcfg/spec/text_check.h"

#include <fmt/format.h>

#include <algorithm>

#include "netcfg/base/text.h"

namespace netcfg {
namespace {

struct Flaw {
  std::string message;
  std::string hint;
};

Flaw control_byte(unsigned char byte) {
  if (byte == 0) return {"a NUL byte: this is not text", "the file is binary, or UTF-16; save it as UTF-8"};
  if (byte == '\r') {
    return {"a carriage return that ends no line", "end lines with a line feed, or with both"};
  }
  return {fmt::format("control byte 0x{:02x}", byte), "remove it; inside double quotes it can be escaped"};
}

// Bytes at the start of `line` that are fine; all of them when the line is.
size_t sound_length(std::string_view line) {
  size_t at = 0;
  while (at < line.size()) {
    auto byte = static_cast<unsigned char>(line[at]);
    bool last = at + 1 == line.size();
    if (byte < 0x20 && byte != '\t' && !(byte == '\r' && last)) return at;
    if (byte == 0x7f) return at;
    size_t length = byte < 0x80 ? 1 : utf8_length(line.substr(at));
    if (length == 0) return at;
    at += length;
  }
  return at;
}

Flaw flaw_at(unsigned char byte) {
  if (byte < 0x80) return control_byte(byte);
  return {fmt::format("byte 0x{:02x} is not valid UTF-8", byte), "save the file as UTF-8"};
}

}  // namespace

bool check_text(std::string_view text, uint16_t file, const YamlLimits& limits, Diagnostics& diagnostics) {
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
    diagnostics.error({1, 1, file}, {}, "the file is UTF-16; a spec is UTF-8", "save it as UTF-8");
    return false;
  }
  uint32_t number = 1;
  for (; !text.empty(); ++number) {
    size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.size() > limits.line_bytes) {
      diagnostics.error(
          {number, 1, file}, {},
          fmt::format("the line is {} bytes long; {} are the limit", line.size(), limits.line_bytes),
          "break it into several lines");
      return false;
    }
    size_t sound = sound_length(line);
    if (sound < line.size()) {
      auto column = static_cast<uint16_t>(std::min<size_t>(sound + 1, UINT16_MAX));
      Flaw flaw = flaw_at(static_cast<unsigned char>(line[sound]));
      diagnostics.error({number, column, file}, {}, std::move(flaw.message), std::move(flaw.hint));
      return false;
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return true;
}

}  // namespace netcfg
