// Links that exist on paper only, for encoders and decoders.
#pragma once

#include <map>

#include "netcfg/kernel/names.h"

namespace netcfg::test {

class FakeLinks : public nl::Indexes {
 public:
  explicit FakeLinks(std::initializer_list<IfName> list) {
    uint32_t next = 2;
    for (const IfName& name : list) {
      indexes_[name] = next;
      names.add(next++, name);
    }
  }
  uint32_t index(const IfName& name) override {
    auto it = indexes_.find(name);
    return it == indexes_.end() ? 0 : it->second;
  }

  nl::Names names;

 private:
  std::map<IfName, uint32_t> indexes_;
};

}  // namespace netcfg::test
