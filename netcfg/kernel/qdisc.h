// Queueing disciplines and classes of HTB as messages.
#pragma once

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <optional>
#include <string>

#include "netcfg/kernel/message.h"
#include "netcfg/model/qdisc.h"

namespace netcfg::nl {

constexpr uint32_t handle_of(uint16_t major, uint16_t minor = 0) {
  return uint32_t{major} << 16 | minor;
}

// TCA_KIND and TCA_OPTIONS. With `before` (of the same kind) only what differs from it, where the kind has an
// attribute for each parameter; what is not set is left to the kernel.
void put_queue(Message& m, const QueueKind& after, const QueueKind* before = nullptr);
void put_htb(Message& m, const Qdisc& tree);
void put_class(Message& m, const HtbClass& one);

// One message of a dump of queueing disciplines. Of kinds and parameters that a spec cannot say, `kind` is
// monostate.
struct QdiscMessage {
  uint32_t link = 0;    // its index
  uint32_t handle = 0;  // 0: the kernel's own
  uint32_t parent = 0;  // TC_H_ROOT, TC_H_INGRESS, or a class
  std::string name;     // TCA_KIND
  QueueKind kind;
  uint32_t default_class = 0;  // of htb
};
std::optional<QdiscMessage> decode_qdisc(const nlmsghdr& message);
// Nothing for a class that a spec cannot say; its leaf is left out.
std::optional<HtbClass> decode_class(const nlmsghdr& message);

}  // namespace netcfg::nl
