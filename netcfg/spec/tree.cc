#include "netcfg/spec/tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace netcfg {
namespace {

constexpr size_t kFewEntries = 16;  // up to here comparing all pairs beats sorting
constexpr size_t kInterned = 1024;  // field names recur, names of things do not
constexpr std::string_view kMergeKey = "<<";

struct Repeat {
  size_t index;
  size_t first;  // where the same key stands first
};

// Entries whose key was there before, by index.
std::vector<Repeat> repeated(std::span<const Entry> entries) {
  std::vector<Repeat> out;
  if (entries.size() <= kFewEntries) {
    for (size_t i = 1; i < entries.size(); ++i) {
      size_t first = 0;
      while (entries[first].key != entries[i].key) ++first;
      if (first < i) out.push_back({i, first});
    }
    return out;
  }
  std::vector<uint32_t> order(entries.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    int by_key = entries[a].key.compare(entries[b].key);
    return by_key != 0 ? by_key < 0 : a < b;
  });
  size_t first = 0;
  for (size_t i = 1; i < order.size(); ++i) {
    if (entries[order[i]].key != entries[order[first]].key) {
      first = i;
    } else {
      out.push_back({order[i], order[first]});
    }
  }
  std::sort(out.begin(), out.end(), [](const Repeat& a, const Repeat& b) { return a.index < b.index; });
  return out;
}

// Takes the entries `repeats` out of the end of `entries` that begins at `first`.
void erase(std::vector<Entry>& entries, size_t first, std::span<const Repeat> repeats) {
  if (repeats.empty()) return;
  size_t to = first + repeats.front().index;
  for (size_t from = to; from < entries.size(); ++from) {
    if (!repeats.empty() && from == first + repeats.front().index) {
      repeats = repeats.subspan(1);
    } else {
      entries[to++] = entries[from];
    }
  }
  entries.resize(to);
}

bool plain_name(std::string_view key) {
  return !key.empty() && key.find_first_of(". []\"") == std::string_view::npos;
}

}  // namespace

void TreeBuilder::error(Place place, std::string message, std::string hint) {
  if (++errors_ > limits_.errors) {
    if (!std::exchange(stopped_, true)) {
      diagnostics_.error(place, {}, "too many errors in this file; the rest of it is not checked");
    }
    return;
  }
  diagnostics_.error(place, path(), std::move(message), std::move(hint));
}

std::string TreeBuilder::path() const {
  std::string out;
  for (size_t i = 0; i < stack_.size(); ++i) {
    const Frame& frame = stack_[i];
    if (!frame.is_map) {
      // Items of the inner lists lie behind those of this one.
      size_t end = nodes_.size();
      for (size_t inner = stack_.size() - 1; inner > i; --inner) {
        if (!stack_[inner].is_map) end = stack_[inner].first;
      }
      out += fmt::format("[{}]", end - frame.first);
    } else if (frame.has_key && !frame.drop) {
      std::string_view key = frame.is_merge ? kMergeKey : frame.key;
      if (!out.empty()) out += '.';
      out += plain_name(key) ? std::string(key) : fmt::format("\"{}\"", key);
    }
  }
  return out;
}

Document TreeBuilder::finish(Place start) {
  if (!root_.place()) root_ = Node::null(start);
  return {std::move(arena_), root_};
}

void TreeBuilder::null(Place place, std::string_view text, Anchor anchor) {
  Node node = Node::null(place, arena_.copy(text));
  define(anchor, {node, 1, 0, true});
  ++total_;
  add(node, place, 0);
}

void TreeBuilder::missing(Place place, Anchor anchor) {
  if (at_value()) place = stack_.back().key_place;
  null(place, {}, anchor);
}

void TreeBuilder::scalar(Place place, std::string_view text, bool quoted, Anchor anchor) {
  Node node = Node::scalar(place, at_key() ? intern(text) : arena_.copy(text), quoted);
  define(anchor, {node, 1, 0, true});
  ++total_;
  add(node, place, 0);
}

void TreeBuilder::borrowed(Place place, std::string_view text, bool quoted) {
  ++total_;
  add(Node::scalar(place, text, quoted), place, 0);
}

void TreeBuilder::alias(Place place, Anchor anchor) {
  if (anchor == 0 || anchor > anchors_.size() || !anchors_[anchor - 1].complete) {
    error(place, "the alias stands inside the value it refers to", "write that part of the value out");
    return add(Node::null(place), place, 0);
  }
  const Defined& defined = anchors_[anchor - 1];
  if (stack_.size() + defined.height > limits_.depth) {
    error(place, fmt::format("this alias nests lists and mappings more than {} deep", limits_.depth));
    stopped_ = true;
    return;
  }
  total_ += defined.total;
  paid_ += defined.total;
  charge(place, defined.total);
  add(defined.node, place, defined.height);
}

void TreeBuilder::begin(bool is_map, Place place, Anchor anchor) {
  if (stack_.size() >= limits_.depth) {
    error(place, fmt::format("lists and mappings are nested more than {} deep", limits_.depth));
    stopped_ = true;
    return;
  }
  define(anchor, {});
  Frame& frame = stack_.emplace_back();
  frame.place = place;
  frame.anchor = anchor;
  frame.first = is_map ? entries_.size() : nodes_.size();
  frame.before = total_++;
  frame.is_map = is_map;
}

void TreeBuilder::end() {
  Frame& frame = stack_.back();
  Node node;
  if (frame.is_map) {
    node = finish_map(frame);
  } else {
    node = Node::list(frame.place, arena_.copy(std::span<const Node>(nodes_).subspan(frame.first)));
    nodes_.resize(frame.first);
  }
  size_t height = frame.height + 1;
  define(frame.anchor, {node, total_ - frame.before, height, true});
  stack_.pop_back();
  add(node, node.place(), height);
}

// `written` is where the value stands in the text: the alias itself for one that comes through an alias.
void TreeBuilder::add(Node node, Place written, size_t height) {
  if (stack_.empty()) {
    root_ = node;
    return;
  }
  Frame& frame = stack_.back();
  frame.height = std::max(frame.height, height);
  if (!frame.is_map) {
    nodes_.push_back(node);
    return;
  }
  if (!frame.has_key) return take_key(frame, node, written);
  frame.has_key = false;
  if (frame.drop) return;
  if (frame.is_merge) return take_merge(frame, node, written);
  entries_.push_back({frame.key, frame.key_place, node});
}

void TreeBuilder::take_key(Frame& frame, const Node& node, Place written) {
  frame.has_key = true;
  frame.key_place = written;
  frame.key = node.text();
  frame.drop = !node.is_scalar();
  frame.is_merge = node.is_scalar() && !node.quoted() && frame.key == kMergeKey;
  frame.charged = paid_;
  // Told when the mapping ends: a syntax error that comes first says more about `{a, b}`.
  if (frame.drop && !frame.bad_key) frame.bad_key = written;
}

void TreeBuilder::take_merge(Frame& frame, const Node& node, Place written) {
  if (std::exchange(frame.has_merge, true)) {
    error(frame.key_place, "`<<` is given twice in one mapping", "write one `<<: [*first, *second]`");
    return;
  }
  bool good =
      node.is_map() || (node.is_list() && std::all_of(node.items().begin(), node.items().end(),
                                                      [](const Node& item) { return item.is_map(); }));
  if (!good) {
    error(written, fmt::format("`<<` takes a mapping or a list of mappings, got {}", describe(node)),
          "put \"<<\" in quotes if a key of that name is meant");
    return;
  }
  frame.merged = node;
  frame.charged = paid_ - frame.charged;
}

Node TreeBuilder::finish_map(Frame& frame) {
  if (frame.bad_key) {
    error(frame.bad_key, "a key must be text", "write it as one word, or in quotes");
  }
  drop_repeated(frame);
  append_merged(frame);
  Node node = Node::map(frame.place, arena_.copy(std::span<const Entry>(entries_).subspan(frame.first)));
  entries_.resize(frame.first);
  return node;
}

void TreeBuilder::drop_repeated(Frame& frame) {
  auto entries = std::span<const Entry>(entries_).subspan(frame.first);
  std::vector<Repeat> repeats = repeated(entries);
  for (const Repeat& repeat : repeats) {
    const Entry& entry = entries[repeat.index];
    frame.key = entry.key;  // for the path
    frame.has_key = true;
    error(
        entry.key_place,
        fmt::format("`{}` is given twice; first in line {}", entry.key, entries[repeat.first].key_place.line),
        "keep one of the two");
    if (stopped_) break;
  }
  frame.has_key = false;
  erase(entries_, frame.first, repeats);
}

void TreeBuilder::append_merged(const Frame& frame) {
  auto sources = frame.merged.is_map() ? std::span<const Node>(&frame.merged, 1) : frame.merged.items();
  if (sources.empty()) return;
  size_t explicit_end = entries_.size();
  for (const Node& source : sources) {
    entries_.insert(entries_.end(), source.entries().begin(), source.entries().end());
  }
  size_t copied = entries_.size() - explicit_end;
  if (copied > frame.charged) charge(frame.place, copied - frame.charged);
  // The first of each key stays: explicit ones, then those of earlier mappings.
  erase(entries_, frame.first, repeated(std::span<const Entry>(entries_).subspan(frame.first)));
}

void TreeBuilder::define(Anchor anchor, const Defined& defined) {
  if (anchor == 0) return;
  if (anchor > anchors_.size()) anchors_.resize(anchor);
  anchors_[anchor - 1] = defined;
}

// Documents of a few lines can stand for billions of values; what reads the tree walks each of them.
void TreeBuilder::charge(Place place, size_t count) {
  aliased_ += count;
  if (aliased_ <= limits_.aliased || stopped_) return;
  error(place, fmt::format("aliases and merge keys add more than {} values", limits_.aliased),
        "write a value in one place, or use fewer aliases of aliases");
  stopped_ = true;
}

std::string_view TreeBuilder::intern(std::string_view key) {
  auto found = keys_.find(key);
  if (found != keys_.end()) return *found;
  std::string_view kept = arena_.copy(key);
  if (keys_.size() < kInterned) keys_.insert(kept);
  return kept;
}

}  // namespace netcfg
