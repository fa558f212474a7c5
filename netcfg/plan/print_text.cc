#include "netcfg/plan/print_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "netcfg/base/text.h"
#include "netcfg/plan/change.h"
#include "netcfg/plan/print_ruleset.h"

namespace netcfg {
namespace {

constexpr size_t kWidest = 110;  // a note at the right edge of a wider screen is too far from its line
constexpr size_t kLongestId = 34;
constexpr size_t kFoldIndent = 6;

constexpr std::string_view kSigns[] = {"+", "~", "-", "="};
constexpr std::string_view kSignColors[] = {"\x1b[32m", "\x1b[33m", "\x1b[31m", "\x1b[36m"};
constexpr std::string_view kDim = "\x1b[2m";
constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kAlarm = "\x1b[1;35m";
constexpr std::string_view kPlain = "\x1b[0m";

struct Columns {
  size_t kind = 0;
  size_t id = 0;
};

std::string file_of(const Sources& sources, Place place, bool whole) {
  if (!place || place.file >= sources.size()) return {};
  std::string_view name = sources.name(place.file);
  if (!whole) name = name.substr(name.rfind('/') + 1);
  return fmt::format("{}:{}", printable(name), place.line);
}

// The parts of a link's line in the order in which people say them: kind, options, the rest, state.
std::vector<std::string> link_words(const std::vector<Leaf>& leaves) {
  std::vector<std::string> words, last;
  for (const Leaf& leaf : leaves) {
    size_t dot = leaf.name.find('.');
    if (leaf.name == "kind")
      words.insert(words.begin(), leaf.text);
    else if (leaf.name == "state")
      last.push_back(leaf.text);
    else if (leaf.name == "master")
      last.insert(last.begin(), "in " + leaf.text);
    else if (leaf.name != "name" && leaf.name != "port.kind")
      words.push_back(
          fmt::format("{} {}", dot == std::string::npos ? leaf.name : leaf.name.substr(dot + 1), leaf.text));
  }
  words.insert(words.end(), last.begin(), last.end());
  return words;
}

// As ip(8) writes it: group 10,3/11.
std::vector<std::string> nexthop_words(const std::vector<Leaf>& leaves) {
  std::vector<std::string> words;
  std::string group;
  bool gateway = std::any_of(leaves.begin(), leaves.end(), [](const Leaf& l) { return l.name == "via"; });
  for (const Leaf& leaf : leaves) {
    bool told = leaf.name == "id" || leaf.name == "protocol" || (leaf.name == "family" && gateway) ||
                leaf.name.starts_with("any-of.");
    if (told) continue;
    size_t dot = leaf.name.find('.');
    if (leaf.name.starts_with("group."))
      group += fmt::format("{}{}{}", group.empty() ? "" : "/", leaf.name.substr(dot + 1),
                           leaf.text == "1" ? "" : "," + leaf.text);
    else if (leaf.text == "true")
      words.push_back(leaf.name);
    else
      words.push_back(
          fmt::format("{} {}", dot == std::string::npos ? leaf.name : leaf.name.substr(dot + 1), leaf.text));
  }
  if (!group.empty()) words.insert(words.begin(), "group " + group);
  return words;
}

// The kind and its parameters; of HTB, the rates of its classes.
std::vector<std::string> qdisc_words(const Qdisc& qdisc) {
  std::vector<std::string> words{std::string(qdisc.name())};
  for (const Field& field : fields_of(qdisc.kind))
    if (field.has(object_of(qdisc.kind)))
      words.push_back(fmt::format("{} {}", field.name, to_string(field.get(field, object_of(qdisc.kind)))));
  for (const HtbClass& one : qdisc.classes) {
    std::string text = fmt::format("{:x}: {}", one.id, rate_to_string(one.rate.value_or(0)));
    if (one.ceil != one.rate) text += " to " + rate_to_string(one.ceil.value_or(0));
    if (const QueueInfo* leaf = queue_info(one.leaf)) text += fmt::format(" {}", leaf->name);
    words.push_back(text + ",");
  }
  if (qdisc.is_htb()) words.back().pop_back();
  return words;
}

// What an object is, beyond its id.
std::vector<std::string> words_of(const Ref& ref) {
  if (const auto* const* qdisc = std::get_if<const Qdisc*>(&ref)) return qdisc_words(**qdisc);
  std::vector<Leaf> leaves = std::visit([](const auto* r) { return leaves_of(*r); }, ref);
  Kind kind = kind_of(ref);
  if (kind == Kind::link) return link_words(leaves);
  if (kind == Kind::nexthop) return nexthop_words(leaves);
  if (kind == Kind::rule) return {};  // its id is all of it
  if (kind == Kind::sysctl) return {"= " + leaves.back().text};
  std::vector<std::string> words;
  for (const Leaf& leaf : leaves) {
    bool in_id = leaf.name == "address" || leaf.name == "to" || leaf.name == "table" ||
                 leaf.name == "metric" || leaf.name == "proxy" || leaf.name == "protocol" ||
                 leaf.name == "secondary" || leaf.name == "order" ||
                 (leaf.name == "dev" && kind != Kind::route);
    if (kind == Kind::address && leaf.name == "metric") in_id = false;
    if (in_id) continue;
    if (leaf.name == "type" || leaf.name == "next-hops")
      words.push_back(leaf.text);
    else
      words.push_back(leaf.text == "true" ? leaf.name : fmt::format("{} {}", leaf.name, leaf.text));
  }
  return words;
}

// A parameter's only field is its value.
std::string name_before_value(const FieldChange& change) {
  return change.name == "value" ? "" : change.name + " ";
}

std::vector<std::string> details_of(const Step& step) {
  if (const auto* const* before = std::get_if<const Ruleset*>(&step.op.before))
    return ruleset_words(*before, std::get<const Ruleset*>(step.op.after));
  if (effect_of(step) == Effect::update) {
    std::vector<std::string> words;
    for (const FieldChange& c : field_changes(step.op.before, step.op.after))
      words.push_back(fmt::format("{}{} → {},", name_before_value(c), c.before, c.after));
    if (!words.empty()) words.back().pop_back();
    return words;
  }
  // What goes needs no description, but for a route: its gateway tells which one it is.
  if (effect_of(step) == Effect::remove && kind_of(step.op.before) != Kind::route) return {};
  return step.writes ? words_of(subject_of(step.op)) : std::vector<std::string>{};
}

std::string note_of(const Step& step, const Sources& sources, const TextOptions& options) {
  std::string reason = printable(short_reason_of(step));
  if (!step.writes && !reason.empty()) reason = "(" + reason + ")";
  std::string place = file_of(sources, step.origin, options.width == 0);
  return reason.empty() ? place : place.empty() ? reason : reason + "  " + place;
}

class Printer {
 public:
  Printer(std::ostream& out, const Plan& plan, const Sources& sources, const TextOptions& options)
      : out_(out), plan_(plan), sources_(sources), options_(options) {
    width_ = std::min(options.width, kWidest);
    for (const Step& step : plan.steps) {
      columns_.kind = std::max(columns_.kind, kind_name(subject_of(step.op)).size());
      size_t id = display_width(id_of(subject_of(step.op), plan.tables));
      if (id <= kLongestId) columns_.id = std::max(columns_.id, id);
    }
  }

  void step(const Step& step) {
    Effect effect = effect_of(step);
    const Ref& subject = subject_of(step.op);
    std::string id = printable(id_of(subject, plan_.tables));
    std::string_view sign = step.writes               ? kSigns[static_cast<size_t>(effect)]
                            : effect == Effect::adopt ? kSigns[3]
                                                      : " ";
    std::string head = fmt::format("{:<{}}  ", kind_name(subject), columns_.kind);
    column_ = 4 + head.size() + display_width(id);
    std::string_view color = step.writes ? kSignColors[static_cast<size_t>(effect)] : kDim;
    line_ = fmt::format("  {} ", paint(color, sign));
    line_ += step.writes ? head + paint(kBold, id) : paint(kDim, head + id);
    details(details_of(step));
    note(note_of(step, sources_, options_));
    if (!step.disruptive.empty()) disruptive(printable(step.disruptive));
    flush();
    if (options_.verbose) rules(step);
  }

 private:
  // What changes in the table.
  void rules(const Step& step) {
    const auto* const* before = std::get_if<const Ruleset*>(&step.op.before);
    if (!before) return;
    for (const std::string& text : ruleset_lines(*before, std::get<const Ruleset*>(step.op.after))) {
      std::string_view color = text[0] == '+'   ? kSignColors[0]
                               : text[0] == '-' ? kSignColors[2]
                                                : std::string_view();
      if (text == " ")
        out_ << '\n';
      else
        out_ << "      " << (color.empty() ? printable(text) : paint(color, printable(text))) << '\n';
    }
  }

  std::string paint(std::string_view color, std::string_view text) const {
    if (!options_.color || text.empty()) return std::string(text);
    return fmt::format("{}{}{}", color, text, kPlain);
  }
  void pad_to(size_t column) {
    if (column <= column_) return;
    line_.append(column - column_, ' ');
    column_ = column;
  }
  void flush() {
    out_ << line_ << '\n';
    line_.clear();
    column_ = 0;
  }

  // Words after the id; on a terminal they are filled into as many lines as they need. What does not fit
  // into a line of its own is broken at its blanks.
  void details(const std::vector<std::string>& words) {
    start_ = 4 + columns_.kind + 2 + columns_.id + 2;
    if (!words.empty()) pad_to(std::max(start_, column_ + 2) - 1);
    fold_ = width_ > 0 && start_ > width_ / 2 ? kFoldIndent : start_;
    for (const std::string& raw : words) {
      std::string word = printable(raw);
      if (width_ == 0 || fold_ + display_width(word) <= width_)
        put(word);
      else
        for (std::string_view part : split(word, ' ')) put(part);
    }
  }
  void put(std::string_view word) {
    size_t needed = display_width(word) + 1;
    if (width_ > 0 && column_ + needed > width_ && column_ > start_) {
      flush();
      pad_to(fold_ - 1);
    }
    line_ += ' ';
    line_ += word;
    column_ += needed;
  }

  void note(const std::string& text) {
    if (text.empty()) return;
    size_t needed = display_width(text);
    if (width_ == 0) {
      line_ += "  " + text;
    } else {
      if (column_ + 2 + needed > width_) flush();
      size_t at = width_ > needed ? width_ - needed : 0;
      pad_to(std::max(at, column_ > 0 ? column_ + 2 : kFoldIndent));
      line_ += paint(kDim, text);
    }
  }

  void disruptive(const std::string& why) {
    std::string text = "disruptive: " + why;
    if (width_ == 0) {
      line_ += "  ! " + text;
      return;
    }
    flush();
    line_ = "    " + paint(kAlarm, "! " + text);
  }

  std::ostream& out_;
  const Plan& plan_;
  const Sources& sources_;
  const TextOptions& options_;
  Columns columns_;
  size_t width_ = 0;
  std::string line_;
  size_t column_ = 0;
  size_t start_ = 0, fold_ = 0;  // where details start, in the first line and in the others
};

std::string counted(size_t n, std::string_view plural) {
  if (n != 1) return fmt::format("{} {}", n, plural);
  return fmt::format("1 {}", plural == "addresses" ? "address" : plural.substr(0, plural.size() - 1));
}

void print_warnings(std::ostream& out, const Plan& plan, const Sources& sources, const TextOptions& options) {
  for (const Diagnostic& warning : plan.warnings) {
    std::string place = file_of(sources, warning.place, options.width == 0);
    out << (options.color ? kAlarm : "") << "warning:" << (options.color ? kPlain : "") << ' '
        << printable(warning.message);
    if (!place.empty()) out << "  " << place;
    out << '\n';
    if (!warning.hint.empty()) out << "  " << printable(warning.hint) << '\n';
  }
  if (!plan.warnings.empty()) out << '\n';
}

void print_foreign(std::ostream& out, const Plan& plan, const TextOptions& options) {
  if (plan.foreign.empty()) return;
  std::string text;
  auto counts = count_kinds(plan.foreign);
  for (size_t i = 0; i < counts.size(); ++i)
    if (counts[i] > 0)
      text += fmt::format("{}{}", text.empty() ? "" : ", ", counted(counts[i], kListNames[i]));
  std::string line = "Foreign, left alone: " + text;
  out << (options.color ? fmt::format("{}{}{}", kDim, line, kPlain) : line) << '\n';
  if (!options.verbose) return;
  for (const Ref& ref : plan.foreign)
    out << fmt::format("    {}  {}\n", kind_name(ref), printable(id_of(ref, plan.tables)));
}

}  // namespace

std::string summary_line(const Plan& plan, std::string_view heading) {
  Summary sum = summarize(plan);
  if (sum.no_changes()) {
    std::string line = "No changes: the host is as specified.";
    if (sum.adopt == 1) line += " 1 object will be adopted.";
    if (sum.adopt > 1) line += fmt::format(" {} objects will be adopted.", sum.adopt);
    return line;
  }
  std::string line = fmt::format("{}: {} to create, {} to update, {} to delete", heading, sum.create,
                                 sum.update, sum.remove);
  if (sum.adopt > 0) line += fmt::format(", {} to adopt", sum.adopt);
  if (sum.disruptive > 0) line += fmt::format("; {} disruptive", sum.disruptive);
  return line;
}

void print_text(std::ostream& out, const Plan& plan, const Sources& sources, const TextOptions& options) {
  Printer printer(out, plan, sources, options);
  for (const Step& step : plan.steps) printer.step(step);
  if (!plan.steps.empty()) out << '\n';
  print_warnings(out, plan, sources, options);
  print_foreign(out, plan, options);
  std::string line = summary_line(plan, options.heading);
  out << (options.color ? fmt::format("{}{}{}", kBold, line, kPlain) : line) << '\n';
}

void print_drift(std::ostream& out, const Plan& plan) {
  for (const NetChange& change : net_changes(plan)) {
    if (change.restored || change.implied || change.effect == Effect::adopt) continue;
    const Ref& subject = has(change.before) ? change.before : change.after;
    std::string id = printable(id_of(subject, plan.tables));
    if (change.effect == Effect::create || change.effect == Effect::remove || kind_of(subject) != Kind::link)
      id = fmt::format("{} {}", kind_name(subject), id);
    if (change.effect == Effect::create) out << id << ": is missing\n";
    if (change.effect == Effect::remove) out << id << ": should not be there\n";
    if (change.effect == Effect::update && kind_of(subject) == Kind::ruleset) {
      for (const std::string& line :
           ruleset_drift(*std::get<const Ruleset*>(change.before), *std::get<const Ruleset*>(change.after)))
        out << fmt::format("{}: {}\n", id, printable(line));
      continue;
    }
    for (const FieldChange& c : field_changes(change.before, change.after))
      out << fmt::format("{}{}: is {}, should be {}\n", id, c.name == "value" ? "" : " " + c.name,
                         printable(c.before), printable(c.after));
  }
}

}  // namespace netcfg
