#include "netcfg/spec/yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <istream>
#include <streambuf>
#include <utility>

#include "netcfg/base/text.h"
#include "netcfg/spec/text_check.h"
#include "netcfg/spec/tree.h"
#include "netcfg/spec/yaml_runs.h"
#include "netcfg/spec/yaml_words.h"

namespace netcfg {
namespace {

constexpr std::string_view kStandardTag = "tag:yaml.org,2002:";

struct Stop {};  // thrown through the parser, which has no other way to be stopped

// Two texts one after the other, not copied.
class ViewBuffer : public std::streambuf {
 public:
  ViewBuffer(std::string_view first, std::string_view second) : second_(second) { show(first); }

 private:
  int_type underflow() override {
    if (gptr() == egptr()) show(std::exchange(second_, {}));
    return gptr() == egptr() ? traits_type::eof() : traits_type::to_int_type(*gptr());
  }
  void show(std::string_view text) {
    char* begin = const_cast<char*>(text.data());  // streambuf wants it so; nothing writes
    setg(begin, begin, begin + text.size());
  }

  std::string_view second_;
};

// The parser keeps all tokens of a list or mapping in brackets for as long as it could be a key. That
// takes five times the memory for JSON, where it is the whole file; behind this mark it cannot be one.
constexpr std::string_view kDocumentMark = "--- ";

constexpr std::string_view kUnknownAnchor = "the referenced anchor is not defined";

// Bytes of blanks and tabs at the start of `text`. Never looks further, as lines can be long.
size_t indentation(std::string_view text) {
  return std::min(text.find_first_not_of(" \t"), text.size());
}

bool blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

bool ends_line(std::string_view text, size_t at) {
  return at >= text.size() || text[at] == '\n' || text[at] == '\r';
}

// Past the anchor and tag that `text` starts with, if a value follows in the same line.
size_t properties(std::string_view text) {
  size_t at = 0;
  while (!ends_line(text, at) && (text[at] == '&' || text[at] == '!')) {
    while (!ends_line(text, at) && text[at] != ' ' && text[at] != '\t') ++at;
    at += indentation(text.substr(at));
  }
  return ends_line(text, at) || text[at] == '#' ? 0 : at;
}

// Length of the null that `text` starts with, 0 when it starts with something else. With a colon behind it
// it is a key.
size_t null_length(std::string_view text, bool as_key) {
  constexpr std::array<std::string_view, 4> kNulls = {"~", "null", "Null", "NULL"};
  for (std::string_view word : kNulls) {
    if (!text.starts_with(word)) continue;
    size_t at = word.size() + indentation(text.substr(word.size()));
    bool ends = ends_line(text, at) || std::string_view("#,]}").find(text[at]) != std::string_view::npos;
    return ends || (as_key && text[at] == ':') ? word.size() : 0;
  }
  return 0;
}

// Whether the quotes that `text` starts with are closed. The parser takes the end of the file for that.
bool closed_quotes(std::string_view text) {
  char quote = text[0];
  for (size_t at = 1; at < text.size(); ++at) {
    bool escapes = quote == '"' ? text[at] == '\\' : text.substr(at).starts_with("''");
    if (!escapes && text[at] == quote) return true;
    if (escapes) ++at;
  }
  return false;
}

uint16_t column_of(size_t offset) {
  return static_cast<uint16_t>(std::min<size_t>(offset + 1, UINT16_MAX));
}

class Events : public YAML::EventHandler {
 public:
  // `before`: bytes that the parser sees before `text`, in the same line. It does not see the runs.
  Events(std::string_view text, size_t before, uint16_t file, TreeBuilder& tree, const std::vector<Run>& runs)
      : text_(text), before_(before), file_(file), tree_(tree), runs_(runs), shift_(runs) {}

  void OnDocumentStart(const YAML::Mark& mark) override;
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override;
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override;
  void OnSequenceEnd() override { end(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override;
  void OnMapEnd() override { end(); }

  void failed(const YAML::Exception& exception);
  bool check_quotes();
  // Whether every run had its place.
  bool took_runs() const { return run_ == runs_.size(); }

 private:
  size_t seen(const YAML::Mark& mark) const;  // by the parser, of the text
  size_t line(const YAML::Mark& mark) const;
  void note_run(const YAML::Mark& mark);
  size_t offset(const YAML::Mark& mark) const;
  size_t column(const YAML::Mark& mark) const;
  Place place_of(const YAML::Mark& mark, size_t skipped = 0) const;
  Place value_place(const YAML::Mark& mark) const;
  Place place_before(const YAML::Mark& mark) const;
  Place place_at(size_t at) const;
  void start(const YAML::Mark& mark, std::string_view tag, std::string_view expected, bool flow);
  void end();
  void refuse_tag(const YAML::Mark& mark, std::string_view tag);
  bool refuse_tab(Place place, size_t line_start, const char* leading = " \t");
  void check_tab(const YAML::Mark& mark);
  bool blame_tab(size_t at);
  void go_on() const {
    if (tree_.stopped()) throw Stop();
  }

  std::string_view text_;
  size_t before_;
  uint16_t file_;
  TreeBuilder& tree_;
  size_t documents_ = 0;
  size_t flow_depth_ = 0;  // brackets that are open, and all within
  bool tab_refused_ = false;
  YAML::Mark last_scalar_ = YAML::Mark::null_mark();
  const std::vector<Run>& runs_;
  Shift shift_;
  size_t run_ = 0;         // the next one
  size_t list_depth_ = 0;  // of the list that its items belong to, once that is known
  Place list_;
};

size_t Events::seen(const YAML::Mark& mark) const {
  auto at = static_cast<size_t>(mark.pos);
  return at - std::min(at, before_);
}

size_t Events::offset(const YAML::Mark& mark) const {
  if (mark.pos < 0) return text_.size();
  size_t at = seen(mark);
  return std::min(at + shift_.at(at).bytes, text_.size());
}

size_t Events::line(const YAML::Mark& mark) const {
  size_t hidden = mark.pos < 0 ? 0 : shift_.at(seen(mark)).lines;
  return static_cast<size_t>(mark.line) + hidden;
}

size_t Events::column(const YAML::Mark& mark) const {
  auto at = static_cast<size_t>(mark.column);
  return mark.line == 0 ? at - std::min(at, before_) : at;
}

Place Events::place_of(const YAML::Mark& mark, size_t skipped) const {
  return {static_cast<uint32_t>(line(mark)) + 1, column_of(column(mark) + skipped), file_};
}

// A value begins behind its anchor and tag.
Place Events::value_place(const YAML::Mark& mark) const {
  return place_of(mark, properties(text_.substr(offset(mark))));
}

// Counts lines from the start of the file: not for every value.
Place Events::place_at(size_t at) const {
  std::string_view before = text_.substr(0, at);
  size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  auto line = static_cast<uint32_t>(1 + std::count(before.begin(), before.end(), '\n'));
  return {line, column_of(at - line_start), file_};
}

// The last byte that is no blank before `mark`.
Place Events::place_before(const YAML::Mark& mark) const {
  size_t end = offset(mark);
  size_t last = text_.substr(0, end).find_last_not_of(" \t\r\n");
  if (last == std::string_view::npos) last = 0;
  if (end == text_.size()) return place_at(last);  // the mark of the end has no column
  auto lines = std::count(text_.begin() + last, text_.begin() + end, '\n');
  if (lines == 0)
    return {static_cast<uint32_t>(line(mark)) + 1, column_of(column(mark) - (end - last)), file_};
  size_t line_start = text_.substr(0, last).rfind('\n') + 1;
  return {static_cast<uint32_t>(line(mark) + 1) - static_cast<uint32_t>(lines), column_of(last - line_start),
          file_};
}

bool Events::refuse_tab(Place place, size_t line_start, const char* leading) {
  std::string_view line = text_.substr(line_start);
  size_t tab = line.substr(0, line.find_first_not_of(leading)).find('\t');
  if (tab == std::string_view::npos) return false;
  if (std::exchange(tab_refused_, true)) return true;
  place.column = column_of(tab);
  tree_.error(place, "a tab as indentation", "YAML does not allow tabs for indentation; use blanks");
  return true;
}

void Events::check_tab(const YAML::Mark& mark) {
  if (flow_depth_ > 0 || column(mark) == 0 || offset(mark) == text_.size()) return;
  size_t line_start = offset(mark) - column(mark);
  if (indentation(text_.substr(line_start)) != column(mark)) return;
  refuse_tab(place_of(mark), line_start);
}

void Events::refuse_tag(const YAML::Mark& mark, std::string_view tag) {
  std::string shown(tag);
  if (tag.starts_with(kStandardTag)) shown = fmt::format("!!{}", tag.substr(kStandardTag.size()));
  tree_.error(place_of(mark), fmt::format("the tag `{}` means nothing here", printable(shown)),
              "take it out, or quote the value if it begins with `!`");
}

void Events::OnDocumentStart(const YAML::Mark& mark) {
  if (++documents_ == 1) return;
  if (!check_quotes()) throw Stop();
  size_t at = offset(mark);
  if (text_.substr(at).starts_with("---")) {
    tree_.error(place_of(mark), "a second document; a spec is one",
                "remove the `---`, or use a file for each");
  } else if (!refuse_tab(place_of(mark), at - column(mark))) {
    tree_.error(place_of(mark), "this stands outside of the value above",
                "a mapping has no list items or further values beside its keys; check the indentation");
  }
  throw Stop();
}

void Events::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) {
  std::string_view text = text_.substr(offset(mark));
  size_t skipped = properties(text);
  bool has_properties = text.starts_with('&') || text.starts_with('!');
  text.remove_prefix(skipped);
  if (size_t length = null_length(text, tree_.at_key())) {
    check_tab(mark);
    tree_.null(place_of(mark, skipped), text.substr(0, length), anchor);
  } else if (has_properties || tree_.at_key()) {
    tree_.null(place_of(mark), {}, anchor);
  } else {
    tree_.missing(tree_.at_value() ? Place() : place_before(mark), anchor);
  }
  go_on();
}

void Events::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
  check_tab(mark);
  tree_.alias(value_place(mark), anchor);
  go_on();
}

void Events::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                      const std::string& value) {
  check_tab(mark);
  Place place = value_place(mark);
  std::string_view name = tag;
  bool quoted = name == "!";
  last_scalar_ = mark;
  if (name.starts_with(kStandardTag)) {
    name.remove_prefix(kStandardTag.size());
    quoted = name == "str";
    bool null = name == "null" && (value.empty() || null_length(value, false) > 0);
    if (null) {
      tree_.null(place, value.empty() ? "~" : std::string_view(value), anchor);
      return go_on();
    }
    if (!quoted && name != "int" && name != "bool" && name != "float") refuse_tag(mark, tag);
  } else if (!quoted && name != "?") {
    refuse_tag(mark, tag);
  }
  tree_.scalar(place, value, quoted, anchor);
  go_on();
}

void Events::start(const YAML::Mark& mark, std::string_view tag, std::string_view expected, bool flow) {
  check_tab(mark);
  bool known = tag == "?" || tag == "!" ||
               (tag.starts_with(kStandardTag) && tag.substr(kStandardTag.size()) == expected);
  if (!known) refuse_tag(mark, tag);
  if (flow || flow_depth_ > 0) ++flow_depth_;
}

void Events::OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                             YAML::EmitterStyle::value style) {
  start(mark, tag, "seq", style == YAML::EmitterStyle::Flow);
  tree_.begin_list(value_place(mark), anchor);
  go_on();
}

// The items that were left out belong between two mappings of one list.
void Events::note_run(const YAML::Mark& mark) {
  if (took_runs()) return;
  const Run& run = runs_[run_];
  size_t at = offset(mark);
  if (at != run.head && at != run.tail) return;
  bool item = flow_depth_ == 0 && tree_.in_list();
  if (at == run.head) {
    list_depth_ = item ? tree_.depth() : 0;
    list_ = tree_.innermost();
  } else if (item && tree_.depth() == list_depth_ && tree_.innermost() == list_) {
    add_run(text_, run, file_, tree_);
    ++run_;
    list_depth_ = 0;
  }
}

void Events::OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                        YAML::EmitterStyle::value style) {
  note_run(mark);
  start(mark, tag, "map", style == YAML::EmitterStyle::Flow);
  tree_.begin_map(value_place(mark), anchor);
  go_on();
}

void Events::end() {
  if (flow_depth_ > 0) --flow_depth_;
  tree_.end();
  go_on();
}

bool Events::check_quotes() {
  if (last_scalar_.is_null()) return true;
  size_t at = offset(last_scalar_);
  at += properties(text_.substr(at));
  while (at < text_.size() && (text_[at] == '&' || text_[at] == '!')) {  // the value is in a line below
    at = text_.find_first_of(" \t\r\n", at);
    at = text_.find_first_not_of(" \t\r\n", at);
  }
  bool quotes = at < text_.size() && (text_[at] == '"' || text_[at] == '\'');
  if (!quotes || closed_quotes(text_.substr(at))) return true;
  tree_.error(place_at(at), "these quotes are never closed", "close them with the same kind");
  return false;
}

// The parser may notice the tabs of a line only in the line after. Behind a dash they are as wrong, but
// only before a key or another dash, where an error follows.
bool Events::blame_tab(size_t at) {
  size_t line_start = text_.substr(0, at).rfind('\n') + 1;
  if (refuse_tab(place_at(line_start), line_start, " \t-")) return true;
  if (line_start == 0) return false;
  size_t previous = text_.substr(0, line_start - 1).rfind('\n') + 1;
  return refuse_tab(place_at(previous), previous);
}

void Events::failed(const YAML::Exception& exception) {
  size_t at = offset(exception.mark);
  if (!check_quotes() || blame_tab(at)) return;
  bool at_end = blank(text_.substr(at));
  Place place = at_end ? place_before(exception.mark) : place_at(at);
  std::string_view theirs = exception.msg;
  if (theirs.starts_with(kUnknownAnchor)) {
    std::string_view alias = text_.substr(at);
    alias = alias.substr(0, alias.find_first_of(" \t\r\n,]}"));
    return tree_.error(place, fmt::format("no anchor stands before the alias `{}`", printable(alias)),
                       "define it first, or put the value in quotes if it begins with `*`");
  }
  bool bracket = theirs.find("flow not found") != std::string_view::npos;
  size_t line_start = text_.substr(0, at).rfind('\n') + 1;
  Sentence ours = in_our_words(theirs, !at_end && !blank(text_.substr(line_start, at - line_start)));
  if (bracket) ours.message += fmt::format("; it was opened in line {}", tree_.innermost().line);
  tree_.error(place, std::move(ours.message), std::move(ours.hint));
}

// False when the text cannot be read to its end, or not with these runs left out of it.
bool read_events(std::string_view text, uint16_t file, TreeBuilder& tree, const std::vector<Run>& runs) {
  size_t first = text.find_first_not_of(" \t\r\n");
  bool json = first != std::string_view::npos && (text[first] == '{' || text[first] == '[');
  std::string_view mark = json ? kDocumentMark : "";
  Events events(text, mark.size(), file, tree, runs);
  std::string rest = runs.empty() ? std::string() : without(text, runs);
  ViewBuffer buffer(mark, runs.empty() ? text : rest);
  std::istream stream(&buffer);
  try {
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(events)) return runs.empty();
    // A second document is one too many, which Events says.
    return !parser.HandleNextDocument(events) && events.check_quotes() && events.took_runs();
  } catch (const Stop&) {
  } catch (const YAML::Exception& exception) {
    if (runs.empty()) events.failed(exception);
  }
  return false;
}

// The quick way, where there is one. Nothing with the least problem is taken from it.
std::optional<Document> read_runs(std::string_view text, uint16_t file, const YamlLimits& limits) {
  std::vector<Run> runs = limits.runs ? find_runs(text) : std::vector<Run>();
  if (runs.empty()) return std::nullopt;
  Diagnostics problems;
  TreeBuilder tree(limits, problems);
  if (!read_events(text, file, tree, runs) || !problems.empty()) return std::nullopt;
  return tree.finish({1, 1, file});
}

}  // namespace

std::string without_mark(std::string text) {
  while (text.starts_with(kUtf8Mark)) text.erase(0, kUtf8Mark.size());
  return text;
}

std::optional<Document> parse(Sources& sources, Diagnostics& diagnostics, std::string name, std::string text,
                              const YamlLimits& limits) {
  if (text.size() > limits.file_bytes) {
    size_t size = text.size();
    uint16_t file = sources.add(std::move(name), {});
    diagnostics.error({0, 0, file}, {},
                      fmt::format("the file is {} bytes long; {} are the limit", size, limits.file_bytes),
                      "split it, or move long lists into files of their own");
    return std::nullopt;
  }
  uint16_t file = sources.add(std::move(name), without_mark(std::move(text)));
  std::string_view checked = sources.text(file);
  if (!check_text(checked, file, limits, diagnostics)) return std::nullopt;
  if (auto document = read_runs(checked, file, limits)) return document;
  TreeBuilder tree(limits, diagnostics);
  if (!read_events(checked, file, tree, {})) return std::nullopt;
  return tree.finish({1, 1, file});
}

}  // namespace netcfg
