// Making, changing and deleting the queueing discipline of a link, with its classes.
#pragma once

#include "netcfg/kernel/encode.h"
#include "netcfg/kernel/link_write.h"
#include "netcfg/kernel/qdisc.h"

namespace netcfg::nl {

// Every request is acknowledged before the next is sent: the first failure must be the last thing that
// happened.
class QdiscWriter {
 public:
  QdiscWriter(Socket& socket, Indexes& indexes) : socket_(socket), indexes_(indexes) {}

  Outcome write(Action action, const Qdisc* before, const Qdisc* after);

 private:
  // The whole tree. `flags`: whether it may take the place of another (NLM_F_REPLACE), in one step then.
  Outcome create(const Qdisc& tree, uint16_t flags);
  Outcome change(const Qdisc& before, const Qdisc& after);
  Outcome change_classes(const Qdisc& before, const Qdisc& after);
  Outcome replace(const Qdisc& before, const Qdisc& after);
  Outcome restore(const Qdisc& tree);
  Outcome remove(uint16_t handle);
  Outcome write_class(const HtbClass& one, uint16_t flags);
  Outcome write_leaf(const HtbClass& one, const HtbClass* before);
  Outcome remove_class(const HtbClass& one);

  void start(uint16_t type, uint16_t flags, uint32_t parent, uint32_t handle);
  Outcome transact();

  Socket& socket_;
  Indexes& indexes_;
  Message message_;
  uint32_t link_ = 0;
};

}  // namespace netcfg::nl
