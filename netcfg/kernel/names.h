// Between interface names, which a State speaks of, and the kernel's interface indexes.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "netcfg/kernel/socket.h"

namespace netcfg::nl {

struct NameHash {
  size_t operator()(const IfName& name) const { return std::hash<std::string_view>{}(name.view()); }
};

// Index to name, for decoding dumps.
class Names {
 public:
  void add(uint32_t index, const IfName& name);
  // Empty for an index that is not known: a link that vanished between two dumps.
  IfName name(uint32_t index) const;
  // Whether there was such an index since the last time.
  bool take_unknown() const { return std::exchange(unknown_, false); }

 private:
  mutable bool unknown_ = false;
  std::vector<IfName> low_;  // by index
  std::unordered_map<uint32_t, IfName> high_;
};

// Name to index, for encoding requests: 0 when there is no such link.
class Indexes {
 public:
  virtual ~Indexes() = default;
  virtual uint32_t index(const IfName& name) = 0;
};

// Asks the kernel once for each name. Valid as long as nobody else renames, makes or deletes links; its
// owner tells it of what it does itself.
class LiveIndexes : public Indexes {
 public:
  explicit LiveIndexes(Socket& socket) : socket_(socket) {}
  uint32_t index(const IfName& name) override;
  void forget(const IfName& name) {
    known_.erase(name);
    last_index_ = 0;
  }
  // Deleting a link takes others with it.
  void forget_all() {
    known_.clear();
    last_index_ = 0;
  }

 private:
  uint32_t look_up(const IfName& name);

  Socket& socket_;
  Message request_;
  std::unordered_map<IfName, uint32_t, NameHash> known_;
  // Most routes in a row leave by the same link.
  IfName last_;
  uint32_t last_index_ = 0;
};

}  // namespace netcfg::nl
