// The spec as written: a tree of values that know where they stand, not yet of any type.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "netcfg/base/diagnostics.h"
#include "netcfg/base/result.h"

namespace netcfg {

struct Entry;

// A value: 24 bytes that point into the arena of a Document, so a copy is cheap, shares what lies
// below, and lives no longer than the Document. Never changed once made.
class Node {
 public:
  enum class Kind : uint8_t { null, scalar, list, map };

  Node() = default;
  static Node null(Place place, std::string_view text = {});
  static Node scalar(Place place, std::string_view text, bool quoted);
  static Node list(Place place, std::span<const Node> items);
  static Node map(Place place, std::span<const Entry> entries);

  Kind kind() const { return kind_; }
  bool is_null() const { return kind_ == Kind::null; }
  bool is_scalar() const { return kind_ == Kind::scalar; }
  bool is_list() const { return kind_ == Kind::list; }
  bool is_map() const { return kind_ == Kind::map; }
  // Where the value is written: for one that came through an alias or a merge key, beside the anchor;
  // for a value left out, the key or the dash before it.
  Place place() const { return place_; }
  size_t size() const { return size_; }  // bytes of a scalar, items of a list, entries of a map

  // As written, whatever the type: for a null "", "~", "null"…; empty for a list or map. This is what a
  // field with values like `off` reads.
  std::string_view text() const;
  // In quotes, in a block (| or >) or tagged !!str: a string and nothing else.
  bool quoted() const { return quoted_; }

  std::span<const Node> items() const;     // empty unless a list
  std::span<const Entry> entries() const;  // in the order written, keys distinct; empty unless a map
  // The value of `key`; null pointer when there is none or this is no map. Looks at one entry after another.
  const Node* find(std::string_view key) const;

  // The value as a type. The Error says what is wrong and how to mend it; the place is place().
  Result<bool> as_bool() const;                // true or false, nothing else
  Result<std::string_view> as_string() const;  // refuses plain yes, no, on, off, null and the like
  Result<uint64_t> as_unsigned() const;        // decimal or 0x; not 010, 1_000, 1e3
  Result<int64_t> as_signed() const;

 private:
  Node(Kind kind, Place place, const void* data, size_t size, bool quoted)
      : data_(data), place_(place), size_(static_cast<uint32_t>(size)), kind_(kind), quoted_(quoted) {}

  const void* data_ = nullptr;
  Place place_;
  uint32_t size_ = 0;
  Kind kind_ = Kind::null;
  bool quoted_ = false;
};

// One key of a map with its value.
struct Entry {
  std::string_view key;
  Place key_place;
  Node value;
};

// "a mapping", "a list", "nothing", or the scalar as it would be quoted in a message.
std::string describe(const Node& node);

// Memory that is given back all at once.
class Arena {
 public:
  std::string_view copy(std::string_view text);
  std::span<const Node> copy(std::span<const Node> nodes);
  std::span<const Entry> copy(std::span<const Entry> entries);
  void absorb(Arena&& other);  // keeps what `other` holds alive
  size_t bytes() const { return bytes_; }

 private:
  void* take(size_t size, size_t alignment);

  std::vector<std::unique_ptr<std::byte[]>> chunks_;
  std::byte* next_ = nullptr;
  size_t left_ = 0;
  size_t bytes_ = 0;
};

// A tree and the memory that it lives in.
struct Document {
  Arena arena;
  Node root;  // null when nothing but comments was written
};

}  // namespace netcfg
