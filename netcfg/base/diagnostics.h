// What is wrong with the input, where, and how to mend it. Input problems are gathered here and
// reported all at once; nothing that reads input stops at the first.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace netcfg {

// A position in one of the Sources. Lines and columns count from 1; columns are bytes.
// Line 0 means "no particular place".
struct Place {
  uint32_t line = 0;
  uint16_t column = 0;  // saturates at 65535
  uint16_t file = 0;    // index into Sources

  explicit operator bool() const { return line != 0; }
  auto operator<=>(const Place&) const = default;
};

// The texts that were read, kept for quoting their lines.
class Sources {
 public:
  uint16_t add(std::string name, std::string text);
  const std::string& name(uint16_t file) const { return files_[file].name; }
  std::string_view text(uint16_t file) const { return files_[file].text; }
  // Line `number` (from 1) without its end of line; empty when there is none.
  std::string_view line(uint16_t file, uint32_t number) const;
  size_t size() const { return files_.size(); }
  // "file:line:column"; "file" alone when the place has no line; empty for no file at all.
  std::string where(Place place) const;

 private:
  struct File {
    std::string name;
    std::string text;
  };
  std::vector<File> files_;
};

enum class Severity : uint8_t { error, warning, note };

struct Diagnostic {
  Severity severity = Severity::error;
  Place place;
  std::string path;     // the key's path in the spec, "interfaces.bond0.bond.mode"
  std::string message;  // what is wrong
  std::string hint;     // how to mend it; may be empty

  bool operator==(const Diagnostic&) const = default;
};

class Diagnostics {
 public:
  void error(Place place, std::string path, std::string message, std::string hint = {});
  void warning(Place place, std::string path, std::string message, std::string hint = {});
  bool has_errors() const { return errors_ > 0; }
  size_t errors() const { return errors_; }
  // By file, line and column; the order in which they were found breaks ties. No duplicates.
  std::vector<Diagnostic> sorted() const;
  bool empty() const { return all_.empty(); }

 private:
  std::vector<Diagnostic> all_;
  size_t errors_ = 0;
};

// `file:line:column: error: message`, the line with a caret, and `hint: …` below each.
// Control bytes and invalid UTF-8 of the quoted line are shown as `?`, long lines are cut around the caret.
std::string format(const Diagnostics& diagnostics, const Sources& sources, bool color);

}  // namespace netcfg
