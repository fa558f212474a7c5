#include "netcfg/base/diagnostics.h"

#include <fmt/format.h>

#include <algorithm>

#include "netcfg/base/text.h"

namespace netcfg {
namespace {

constexpr size_t kQuotedWidth = 100;  // bytes of a source line that are shown

struct Quote {
  std::string text;
  size_t caret = 0;  // columns before the caret
};

// The part of `line` around byte `column` (from 1), safe for a terminal.
Quote quote(std::string_view line, size_t column) {
  size_t at = std::min(column > 0 ? column - 1 : 0, line.size());
  size_t begin = at > kQuotedWidth * 3 / 4 ? at - kQuotedWidth / 2 : 0;
  while (begin > 0 && (static_cast<unsigned char>(line[begin]) & 0xc0) == 0x80) --begin;
  std::string_view shown = line.substr(begin, kQuotedWidth);
  Quote q;
  if (begin > 0) q.text = "…";
  q.caret = display_width(q.text) + display_width(printable(shown.substr(0, at - begin)));
  q.text += printable(shown);
  if (begin + kQuotedWidth < line.size()) q.text += "…";
  return q;
}

std::string_view severity_name(Severity severity) {
  switch (severity) {
    case Severity::error:
      return "error";
    case Severity::warning:
      return "warning";
    case Severity::note:
      return "note";
  }
  return "error";
}

std::string_view severity_color(Severity severity) {
  switch (severity) {
    case Severity::error:
      return "\x1b[1;31m";
    case Severity::warning:
      return "\x1b[1;35m";
    case Severity::note:
      return "\x1b[1;36m";
  }
  return "";
}

}  // namespace

uint16_t Sources::add(std::string name, std::string text) {
  files_.push_back({std::move(name), std::move(text)});
  return static_cast<uint16_t>(files_.size() - 1);
}

std::string_view Sources::line(uint16_t file, uint32_t number) const {
  if (file >= files_.size() || number == 0) return {};
  std::string_view rest = files_[file].text;
  for (uint32_t i = 1; i < number; ++i) {
    size_t end = rest.find('\n');
    if (end == std::string_view::npos) return {};
    rest.remove_prefix(end + 1);
  }
  rest = rest.substr(0, rest.find('\n'));
  if (!rest.empty() && rest.back() == '\r') rest.remove_suffix(1);
  return rest;
}

std::string Sources::where(Place place) const {
  if (place.file >= files_.size()) return {};
  if (!place) return files_[place.file].name;
  return fmt::format("{}:{}:{}", files_[place.file].name, place.line, place.column);
}

void Diagnostics::error(Place place, std::string path, std::string message, std::string hint) {
  all_.push_back({Severity::error, place, std::move(path), std::move(message), std::move(hint)});
  ++errors_;
}

void Diagnostics::warning(Place place, std::string path, std::string message, std::string hint) {
  all_.push_back({Severity::warning, place, std::move(path), std::move(message), std::move(hint)});
}

std::vector<Diagnostic> Diagnostics::sorted() const {
  std::vector<Diagnostic> out = all_;
  std::stable_sort(out.begin(), out.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.place.file, a.place.line, a.place.column) <
           std::tie(b.place.file, b.place.line, b.place.column);
  });
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::string format(const Diagnostics& diagnostics, const Sources& sources, bool color) {
  std::string out;
  const char* bold = color ? "\x1b[1m" : "";
  const char* reset = color ? "\x1b[0m" : "";
  for (const Diagnostic& d : diagnostics.sorted()) {
    std::string where = sources.where(d.place);
    if (!where.empty()) out += fmt::format("{}{}:{} ", bold, where, reset);
    out += fmt::format("{}{}:{} {}\n", color ? severity_color(d.severity) : "", severity_name(d.severity),
                       reset, d.message);
    std::string_view line = sources.line(d.place.file, d.place.line);
    if (!line.empty()) {
      Quote q = quote(line, d.place.column);
      out += fmt::format("{:>5} | {}\n      | {:>{}}{}^{}\n", d.place.line, q.text, "", q.caret,
                         color ? severity_color(d.severity) : "", reset);
    }
    if (!d.hint.empty()) out += fmt::format("      {}hint:{} {}\n", bold, reset, d.hint);
  }
  return out;
}

}  // namespace netcfg
