// What the watcher sees, for others: /run/netcfg/uplinks.json and metrics in Prometheus's text format. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "netcfg/base/result.h"
#include "netcfg/model/ip.h"

namespace netcfg::watch {

struct TargetView {
  std::string name;
  bool up = true;
  std::optional<int64_t> rtt;  // microseconds, of the last answer
  uint32_t loss = 0;           // percent
  bool operator==(const TargetView&) const = default;
};

struct UplinkView {
  std::string name, interface;
  bool up = true, held = false;
  bool active4 = false, active6 = false;  // carries traffic of that family
  int64_t since = 0;                      // milliseconds since 1970: up or down from then on
  std::string reason;                     // why
  std::optional<int64_t> rtt;
  uint32_t loss = 0;
  uint64_t changes = 0;  // how often it went up or down since the watcher first saw it
  std::vector<TargetView> targets;
  bool operator==(const UplinkView&) const = default;
};

struct View {
  int64_t written = 0;              // milliseconds since 1970
  std::string kernel;               // the network namespace that it speaks of
  std::vector<UplinkView> uplinks;  // sorted by name
  uint64_t switches = 0;            // how often the active uplinks changed
  bool operator==(const View&) const = default;

  // Nothing for a name that it does not know; that counts as up.
  const UplinkView* find(std::string_view name) const;
};

std::string to_json(const View& view);
Result<View> view_from_json(std::string_view text);
std::string to_metrics(const View& view);

}  // namespace netcfg::watch
