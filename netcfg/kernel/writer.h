// Carries operations out: links, kernel parameters, queueing disciplines and tables of nftables one by one,
// the rest in batches.
#pragma once

#include <functional>

#include "netcfg/kernel/batch.h"
#include "netcfg/kernel/link_events.h"
#include "netcfg/kernel/link_write.h"
#include "netcfg/kernel/qdisc_write.h"
#include "netcfg/kernel/rule_table.h"

namespace netcfg::nl {

class Writer {
 public:
  Writer(Socket& socket, std::chrono::milliseconds carrier)
      : socket_(socket),
        carrier_(carrier),
        indexes_(socket),
        links_(socket, indexes_),
        qdiscs_(socket, indexes_),
        batch_(socket) {}

  Outcome run(std::span<const Op> ops, const std::function<bool()>& stop);

 private:
  Outcome step(size_t index, const std::function<bool()>& stop);
  Outcome flush();
  Outcome try_again(const Refusal& refusal);
  Outcome send_again(size_t index);
  Outcome await_carrier(const Refusal& refusal);
  Outcome write_link(const Op& op);
  // How many link removals from this one on were carried out together; 0: none.
  size_t remove_links(size_t index);
  Outcome write_sysctl(const Op& op);
  Outcome write_ruleset(const Op& op);
  Outcome write_alone(const Op& op);
  // These put their requests into the batch.
  Outcome add(const Op& op, size_t index);
  template <class T, class Encode>
  Outcome add_by_link(const Op& op, size_t index, const T& value, Encode encode);
  Outcome refuse(Refusal refusal);
  Outcome add_rule(const Op& op, size_t index);
  Outcome create_rule(const Rule& rule, size_t index);
  Outcome restore_rule(const Rule& rule, size_t index);
  Outcome remove_rule(const Rule& rule, size_t index);
  Outcome load_rules(size_t index);

  Socket& socket_;
  std::chrono::milliseconds carrier_;
  LiveIndexes indexes_;
  LinkWriter links_;
  QdiscWriter qdiscs_;
  Message message_;
  Batch batch_;
  RuleTable rules_;
  // Of the run that is under way.
  std::span<const Op> ops_;
  const std::function<bool()>* stop_ = nullptr;
  std::optional<std::chrono::steady_clock::time_point> carrier_until_;
  bool late_ = false;       // within this batch an object was made after what needs it was refused
  size_t alone_until_ = 0;  // these removals could not be done together
};

}  // namespace netcfg::nl
