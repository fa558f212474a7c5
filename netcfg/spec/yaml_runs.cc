#include "netcfg/spec/yaml_runs.h"

#include <algorithm>
#include <array>

namespace netcfg {
namespace {

constexpr size_t kWorthwhile = 16;  // items

enum Class : uint8_t { kOther = 0, kWord = 1, kColon = 2, kFirst = 4, kKey = 8 };

constexpr std::array<uint8_t, 256> kClasses = [] {
  std::array<uint8_t, 256> out{};
  for (unsigned c = 'a'; c <= 'z'; ++c) out[c] = kWord | kFirst | kKey;
  for (unsigned c = 'A'; c <= 'Z'; ++c) out[c] = kWord | kFirst;
  for (unsigned c = '0'; c <= '9'; ++c) out[c] = kWord | kFirst | kKey;
  out['.'] = out['_'] = out['/'] = kWord;
  out['-'] = kWord | kKey;
  out[':'] = kColon;
  return out;
}();

bool is(char c, uint8_t classes) {
  return (kClasses[static_cast<unsigned char>(c)] & classes) != 0;
}

bool is_null(std::string_view word) {
  return word == "null" || word == "Null" || word == "NULL";
}

// Reads one line of an item. Column 0 is the line's first byte.
class LineScanner {
 public:
  explicit LineScanner(std::string_view line) : line_(line) {}

  size_t at() const { return at_; }
  bool done() {
    blanks();
    return at_ == line_.size();
  }
  void blanks() {
    while (at_ < line_.size() && line_[at_] == ' ') ++at_;
  }
  bool take(char c) {
    if (at_ >= line_.size() || line_[at_] != c) return false;
    ++at_;
    return true;
  }
  // f(key column, key, value column, value, quoted) for `key: value`; false when it is not of the form.
  template <class F>
  bool pair(F&& f) {
    size_t key_at = at_;
    while (at_ < line_.size() && is(line_[at_], kKey)) ++at_;
    std::string_view key = line_.substr(key_at, at_ - key_at);
    if (key.empty() || key[0] < 'a' || is_null(key) || !take(':') || !take(' ')) return false;
    blanks();
    size_t value_at = at_;
    bool quoted = take('"');
    size_t word_at = at_;
    if (!word(quoted)) return false;
    std::string_view value = line_.substr(word_at, at_ - word_at);
    if (quoted ? !take('"') : is_null(value)) return false;
    f(key_at, key, value_at, value, quoted);
    return true;
  }

 private:
  // A colon counts as part of a plain word where more of the word follows.
  bool word(bool quoted) {
    size_t begin = at_;
    if (at_ >= line_.size() || !is(line_[at_], quoted ? kWord | kColon : kFirst)) return false;
    while (at_ < line_.size() && is(line_[at_], kWord | kColon)) ++at_;
    if (!quoted && line_[at_ - 1] == ':') return false;
    return at_ > begin;
  }

  std::string_view line_;
  size_t at_ = 0;
};

struct Ignore {
  void operator()(size_t, std::string_view, size_t, std::string_view, bool) const {}
};

// `{ key: word, key: word }` to the end of the line.
template <class F>
bool scan_flow(LineScanner& in, F&& f) {
  if (!in.take('{')) return false;
  do {
    in.blanks();
    if (!in.pair(f)) return false;
    in.blanks();
  } while (in.take(','));
  return in.take('}') && in.done();
}

std::string_view line_at(std::string_view text, size_t at) {
  return text.substr(at, std::min(text.find('\n', at), text.size()) - at);
}

// One item of the narrow form that begins at `at`, with all of its lines.
struct Item {
  size_t end = 0;  // behind its last line; 0: not of the form
  size_t map = 0;  // where its mapping begins
  size_t indent = 0;
  uint32_t lines = 0;
};

template <class F, class NewLine>
Item scan_item(std::string_view text, size_t at, F&& f, NewLine&& new_line) {
  std::string_view line = line_at(text, at);
  LineScanner in(line);
  in.blanks();
  Item item;
  item.indent = in.at();
  if (!in.take('-') || !in.take(' ')) return {};
  size_t column = in.at();
  item.map = at + column;
  item.lines = 1;
  item.end = std::min(at + line.size() + 1, text.size());
  if (column < line.size() && line[column] == '{') return scan_flow(in, f) ? item : Item{};
  if (!in.pair(f) || !in.done()) return {};
  while (item.end < text.size()) {
    line = line_at(text, item.end);
    LineScanner more(line);
    more.blanks();
    if (more.at() != column) break;
    new_line();
    if (!more.pair(f) || !more.done()) return {};
    ++item.lines;
    item.end = std::min(item.end + line.size() + 1, text.size());
  }
  return item;
}

}  // namespace

std::vector<Run> find_runs(std::string_view text) {
  std::vector<Run> out;
  Run run;
  Item last;
  size_t count = 0, last_at = 0, indent = 0;
  uint32_t number = 1, last_number = 0;
  // The items between the first and the last of those that were seen in a row.
  auto close = [&] {
    if (count >= kWorthwhile && last_at > run.begin) {
      run.end = last_at;
      run.lines = last_number - run.line;
      run.tail = last.map;
      out.push_back(run);
    }
    count = 0;
  };
  for (size_t at = 0; at < text.size();) {
    Item item = scan_item(text, at, Ignore{}, [] {});
    if (item.end == 0) {
      close();
      at = std::min(text.find('\n', at), text.size() - 1) + 1;
      ++number;
      continue;
    }
    if (count > 0 && item.indent != indent) close();
    if (count++ == 0) {
      run = {item.end, 0, number + item.lines, 0, item.map, 0};
      indent = item.indent;
    }
    last = item, last_at = at, last_number = number;
    at = item.end;
    number += item.lines;
  }
  close();
  return out;
}

std::string without(std::string_view text, const std::vector<Run>& runs) {
  std::string out;
  size_t at = 0;
  for (const Run& run : runs) {
    out += text.substr(at, run.begin - at);
    at = run.end;
  }
  return out += text.substr(at);
}

Shift::Shift(const std::vector<Run>& runs) {
  By so_far;
  for (const Run& run : runs) {
    size_t offset = run.begin - so_far.bytes;
    so_far.bytes += run.end - run.begin;
    so_far.lines += run.lines;
    cuts_.push_back({offset, so_far});
  }
}

Shift::By Shift::at(size_t offset) const {
  auto it = std::upper_bound(cuts_.begin(), cuts_.end(), offset,
                             [](size_t wanted, const Cut& cut) { return wanted < cut.offset; });
  return it == cuts_.begin() ? By{} : std::prev(it)->by;
}

void add_run(std::string_view text, const Run& run, uint16_t file, TreeBuilder& tree) {
  uint32_t line = run.line;
  auto place = [&](size_t column) {
    return Place{line, static_cast<uint16_t>(std::min<size_t>(column + 1, UINT16_MAX)), file};
  };
  auto pair = [&](size_t key_at, std::string_view key, size_t value_at, std::string_view value, bool quoted) {
    tree.borrowed(place(key_at), key, false);
    tree.borrowed(place(value_at), value, quoted);
  };
  for (size_t at = run.begin; at < run.end && !tree.stopped();) {
    size_t dash = text.find('-', at);
    tree.begin_map(place(dash + 2 - at), 0);
    Item item = scan_item(text, at, pair, [&] { ++line; });
    tree.end();
    ++line;
    at = item.end;
  }
}

}  // namespace netcfg
