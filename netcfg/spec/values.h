// Values that several sections have, read by hand.
#pragma once

#include <optional>
#include <vector>

#include "netcfg/model/ip.h"
#include "netcfg/model/qdisc.h"
#include "netcfg/model/types.h"
#include "netcfg/spec/at.h"
#include "netcfg/spec/report.h"

namespace netcfg {

// f(value) for the entries of a list, or for the one value that stands in its place.
template <class F>
void each_value(const At& at, F&& f) {
  if (!at.node.is_list()) return f(at);
  for (size_t i = 0; i < at.node.size(); ++i) f(at.item(i));
}

// A network without host bits, or an address; nothing after an error.
std::optional<Prefix> read_network(Report& report, const At& at);
// Adds a port or a range of them.
void read_ports(Report& report, const At& at, std::vector<Span>& out);
// Sorted, and those that touch made one.
void join(std::vector<Span>& spans);

enum class QueueUse : uint8_t { root, leaf };
// A queueing discipline: its kind alone, or a mapping; nothing after an error.
std::optional<QueueKind> read_queue(Report& report, const At& at, QueueUse use);

}  // namespace netcfg
