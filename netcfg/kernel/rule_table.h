// The kernel's rules as they are while operations on them are carried out.
//
// The kernel deletes the first rule that has what the request names, whatever else it has: a request for
// "1000: lookup 5" deletes "1000: from 10.0.0.0/8 lookup 5" when that comes first (rule_find() in
// net/core/fib_rules.c). And asked to refuse duplicates it compares a new rule with every other, which
// makes ten thousand of them quadratic, and forgets to compare inversion. Both need to know what is there.
#pragma once

#include <map>
#include <vector>

#include "netcfg/kernel/socket.h"
#include "netcfg/model/rule.h"

namespace netcfg::nl {

class RuleTable {
 public:
  // What was read before is not valid any more.
  void forget() { loaded_ = false; }
  bool loaded() const { return loaded_; }
  Result<> load(Socket& socket);

  bool contains(const Rule& rule) const;
  void add(const Rule& rule);
  // Takes the rule out; nothing when it is not there. Otherwise the rules that the kernel would delete in its
  // stead, and that must be added again after as many deletions more. The table then holds them at their new
  // places.
  std::optional<std::vector<Rule>> take(const Rule& rule);

 private:
  using Key = std::pair<Family, uint32_t>;  // priority
  // Of one priority, in the kernel's order.
  std::map<Key, std::vector<Rule>> rules_;
  bool loaded_ = false;
};

// Whether the kernel takes `live` for the rule that is to be deleted.
bool deletion_matches(const Rule& wanted, const Rule& live);

}  // namespace netcfg::nl
