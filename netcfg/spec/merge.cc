#include "netcfg/spec/merge.h"

#include <unordered_map>

namespace netcfg {
namespace {

constexpr size_t kFewEntries = 16;  // up to here looking at each beats building an index

// Finds keys among the entries of a map.
class Index {
 public:
  explicit Index(std::span<const Entry> entries) : entries_(entries) {
    if (entries.size() <= kFewEntries) return;
    by_key_.reserve(entries.size());
    for (size_t i = 0; i < entries.size(); ++i) by_key_.emplace(entries[i].key, i);
  }

  size_t find(std::string_view key) const {  // entries.size() when there is none
    if (entries_.size() > kFewEntries) {
      auto found = by_key_.find(key);
      return found == by_key_.end() ? entries_.size() : found->second;
    }
    size_t i = 0;
    while (i < entries_.size() && entries_[i].key != key) ++i;
    return i;
  }

 private:
  std::span<const Entry> entries_;
  std::unordered_map<std::string_view, size_t> by_key_;
};

bool left_out(const Node& node) {
  return node.is_null() && node.text().empty();
}

// No deeper than the readers' limit on depth.
Node combine(Arena& arena, const Node& earlier, const Node& later) {
  if (!earlier.is_map() || !later.is_map()) return later;
  std::vector<Entry> entries(earlier.entries().begin(), earlier.entries().end());
  Index index(earlier.entries());
  for (const Entry& entry : later.entries()) {
    size_t at = index.find(entry.key);
    if (at == earlier.entries().size()) {
      entries.push_back(entry);
    } else if (entries[at].value.is_map() && entry.value.is_map()) {
      entries[at].value = combine(arena, entries[at].value, entry.value);
    } else if (!left_out(entry.value)) {
      entries[at] = entry;
    }
  }
  return Node::map(earlier.place(), arena.copy(entries));
}

}  // namespace

Document merge(std::vector<Document> documents) {
  Document out;
  for (Document& document : documents) {
    out.arena.absorb(std::move(document.arena));
    if (out.root.is_null()) {
      out.root = document.root;
    } else if (!document.root.is_null()) {
      out.root = combine(out.arena, out.root, document.root);
    }
  }
  return out;
}

}  // namespace netcfg
