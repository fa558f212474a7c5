#include <fmt/format.h>

#include "netcfg/probes/task.h"

namespace netcfg::probes {
namespace {

class Carrier : public Task {
 public:
  Carrier(const Probe& probe, const Links& links) : probe_(probe), links_(links) {}

  void start() override { look(); }
  void on_link() override { look(); }

 private:
  void look() {
    IfName name = probe_.spec.dev.value_or(IfName{});
    note_ = links_.problem(name);
    if (!note_.empty()) return;
    bool gateway = probe_.spec.kind == ProbeKind::gateway;
    succeed(gateway ? fmt::format("{} has a carrier; no addresses are resolved on it", name.view())
                    : fmt::format("{} is up and has a carrier", name.view()));
  }

  const Probe& probe_;
  const Links& links_;
};

}  // namespace

std::unique_ptr<Task> carrier_task(const Probe& probe, const Links& links) {
  return std::make_unique<Carrier>(probe, links);
}

}  // namespace netcfg::probes
