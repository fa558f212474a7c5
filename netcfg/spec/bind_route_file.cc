// Routes from a file of their own, a line each, in the words of `ip route add`: for lists too long to be
// written as YAML. A line becomes the same mapping that a spec would hold, and is read like one.
#include <fmt/format.h>

#include <algorithm>

#include "netcfg/base/text.h"
#include "netcfg/spec/binder.h"
#include "netcfg/spec/route_draft.h"
#include "netcfg/spec/sections.h"

namespace netcfg {
namespace {

struct Word {
  std::string_view text;
  Place place;
};

struct Name {
  std::string_view ip, ours;
};
// Words that have a value, but for metrics, whose fields know iproute2's word themselves.
constexpr Name kNames[] = {{"via", "via"},           {"dev", "dev"},         {"metric", "metric"},
                           {"preference", "metric"}, {"priority", "metric"}, {"table", "table"},
                           {"src", "src"},           {"scope", "scope"},     {"tos", "tos"},
                           {"dsfield", "tos"},       {"pref", "pref"},       {"type", "type"},
                           {"nhid", "nexthop"}};
constexpr Name kHopNames[] = {{"via", "via"}, {"dev", "dev"}, {"weight", "weight"}};

std::string_view find_name(std::span<const Name> names, std::string_view word) {
  for (const Name& name : names)
    if (name.ip == word) return name.ours;
  return {};
}

// iproute2's word for a field: its own, or the field's with `_` for `-`.
bool is_word_of(const Field& field, std::string_view word) {
  if (!field.ip.empty()) return field.ip == word;
  auto same = [](char ours, char theirs) { return ours == theirs || (ours == '-' && theirs == '_'); };
  return std::equal(field.name.begin(), field.name.end(), word.begin(), word.end(), same);
}

const Field* find_metric(std::string_view word) {
  for (const Field& field : kRouteMetricFields)
    if (is_word_of(field, word)) return &field;
  return nullptr;
}

class LineReader {
 public:
  LineReader(Binder& binder, const At& list, uint16_t file) : binder_(binder), list_(list), file_(file) {}

  void read(std::string_view line, uint32_t number) {
    split_words(line, number);
    if (words_.empty()) return;
    entries_.clear(), hops_.clear();
    next_ = 0;
    bool good = read_words();
    At item{Node::map(words_[0].place, entries_), &list_, {}, count_++, words_[0].place};
    if (!good || !add_route(binder_, item)) binder_.gaps.routes = true;
  }

 private:
  void split_words(std::string_view line, uint32_t number) {
    words_.clear();
    auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
    for (size_t at = 0; at < line.size();) {
      if (blank(line[at])) {
        ++at;
        continue;
      }
      if (line[at] == '#') return;
      size_t begin = at;
      while (at < line.size() && !blank(line[at])) ++at;
      auto column = static_cast<uint16_t>(std::min<size_t>(begin + 1, UINT16_MAX));
      words_.push_back({line.substr(begin, at - begin), {number, column, file_}});
    }
  }

  bool read_words() {
    const Word& first = words_[0];
    bool type = std::any_of(std::begin(kRouteTypes), std::end(kRouteTypes),
                            [&](const Choice& c) { return c.name == first.text; });
    if (type) {
      add(entries_, "type", first, first);
      if (++next_ == words_.size())
        return fail(first, "the destination is missing", "write default or a network");
    }
    add(entries_, "to", words_[next_], words_[next_]);
    ++next_;
    std::vector<Entry>* to = &entries_;
    while (next_ < words_.size())
      if (!read_option(to)) return false;
    return take_hops();
  }

  bool read_option(std::vector<Entry>*& to) {
    const Word& word = words_[next_++];
    if (word.text == "nexthop") {
      hops_.emplace_back();
      hop_places_.resize(hops_.size());
      hop_places_.back() = word.place;
      to = &hops_.back();
      return true;
    }
    if (word.text == "onlink") return add(*to, "onlink", word, {"true", word.place});
    if (word.text == "proto" || word.text == "protocol")
      return value_of(word) != nullptr;  // netcfg has its own
    std::string_view name = to == &entries_ ? find_name(kNames, word.text) : find_name(kHopNames, word.text);
    const Field* metric = name.empty() && to == &entries_ ? find_metric(word.text) : nullptr;
    if (metric) return read_metric(word, *metric);
    if (name.empty()) return unknown(word);
    const Word* value = value_of(word);
    // `via inet6 ADDRESS`
    if (value && name == "via" && (value->text == "inet" || value->text == "inet6")) value = value_of(word);
    return value && add(*to, name, word, *value);
  }

  bool read_metric(const Word& word, const Field& metric) {
    const Word* value = value_of(word);
    if (value && metric.name == "mtu" && value->text == "lock") {
      if (!add(entries_, "mtu-lock", *value, {"true", value->place})) return false;
      value = value_of(word);
    }
    if (!value) return false;
    // ip(8) writes truth as a number.
    bool truth = metric.type == Type::boolean && (value->text == "0" || value->text == "1");
    return add(entries_, metric.name, word,
               truth ? Word{value->text == "1" ? "true" : "false", value->place} : *value);
  }

  bool take_hops() {
    if (hops_.empty()) return true;
    hop_nodes_.clear();
    for (size_t i = 0; i < hops_.size(); ++i) hop_nodes_.push_back(Node::map(hop_places_[i], hops_[i]));
    entries_.push_back({"next-hops", hop_places_[0], Node::list(hop_places_[0], hop_nodes_)});
    return true;
  }

  const Word* value_of(const Word& word) {
    if (next_ < words_.size()) return &words_[next_++];
    fail(word, fmt::format("'{}' has no value", printable(word.text)), "");
    return nullptr;
  }

  bool add(std::vector<Entry>& to, std::string_view key, const Word& word, const Word& value) {
    for (const Entry& entry : to)
      if (entry.key == key)
        return fail(word, fmt::format("'{}' is given twice", printable(word.text)), "keep one of the two");
    to.push_back({key, word.place, Node::scalar(value.place, value.text, false)});
    return true;
  }

  bool unknown(const Word& word) {
    std::vector<std::string_view> known{"nexthop", "onlink", "proto"};
    for (const Name& name : kNames) known.push_back(name.ip);
    for (const Field& field : kRouteMetricFields) known.push_back(field.ip.empty() ? field.name : field.ip);
    auto near = binder_.report.full() ? std::nullopt : nearest(word.text, known);
    return fail(word, fmt::format("'{}' is no word of a route", printable(word.text)),
                near ? fmt::format("did you mean '{}'?", *near)
                     : "a line is: DESTINATION via ADDRESS dev NAME metric NUMBER …, as for 'ip route add'");
  }

  bool fail(const Word& word, std::string message, std::string hint) {
    binder_.report.error(word.place, list_.path(), std::move(message), std::move(hint));
    return false;
  }

  Binder& binder_;
  const At& list_;
  uint16_t file_;
  std::vector<Word> words_;
  std::vector<Entry> entries_;
  std::vector<std::vector<Entry>> hops_;
  std::vector<Place> hop_places_;
  std::vector<Node> hop_nodes_;
  size_t next_ = 0;   // word
  size_t count_ = 0;  // routes
};

void read_lines(Binder& binder, const At& at, uint16_t file) {
  std::string_view text = binder.sources->text(file);
  binder.out.state.routes.reserve(binder.out.state.routes.size() +
                                  static_cast<size_t>(std::count(text.begin(), text.end(), '\n')) + 1);
  LineReader reader(binder, at, file);
  for (uint32_t number = 1; !text.empty(); ++number) {
    size_t end = std::min(text.find('\n'), text.size());
    reader.read(text.substr(0, end), number);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void read_file(Binder& binder, const At& at) {
  auto name = at.node.as_string();
  if (!name || name->empty()) {
    binder.report.error(at, fmt::format("expected the name of a file, got {}", describe(at.node)));
    return;
  }
  if (!binder.read_named || !*binder.read_named) {
    binder.report.error(at, "a spec from here cannot name further files", "write the routes as a list");
    return;
  }
  auto file = (*binder.read_named)(at.place().file, *name);
  if (!file) {
    binder.report.error(at, file.error().message, file.error().hint);
    return;
  }
  uint16_t index = binder.sources->add(std::move(file->name), std::move(file->text));
  read_lines(binder, *at.up, index);
}

constexpr Key<Binder> kKeys[] = {
    {{"from-file", "a file beside the spec with a route in each line, in the words of 'ip route add'",
      "file-name", true},
     read_file},
};

}  // namespace

void bind_route_file(Binder& binder, const At& at) {
  size_t before = binder.report.errors();
  read_map<Binder>(binder.report, at, "route-file", kKeys, {}, binder, [](Binder& b) { return &b; });
  if (binder.report.errors() != before) binder.gaps.routes = true;
}

Section route_file_section() {
  return {"route-file", "Routes from a file of their own.", infos<Binder>(kKeys), {}};
}

}  // namespace netcfg
