#include "tests/support/faulty_kernel.h"

#include <algorithm>

#include "tests/support/sim_kernel.h"

namespace netcfg::test {

void FaultyKernel::fail_at(size_t k, Fault fault, int code) {
  given_ = 0;
  at_ = k;
  fault_ = fault;
  code_ = code;
  failed_ = false;
  journal_.clear();
}

Result<Snapshot> FaultyKernel::read(const Query& query) {
  auto out = real_.read(query);
  if (!out) return out;
  for (const Link& link : out->state.links)
    if (link.mac && std::find(cards.begin(), cards.end(), *link.mac) != cards.end())
      out->nics.push_back({.name = link.name, .mac = *link.mac, .permanent_mac = *link.mac});
  return out;
}

std::optional<Refusal> FaultyKernel::write(std::span<const Op> ops, const std::function<bool()>& stop) {
  size_t first = given_;
  for (const Op& op : ops) journal_ += "  " + to_string(op) + "\n";
  given_ += ops.size();
  if (failed_ || at_ >= given_) return real_.write(ops, stop);
  failed_ = true;
  size_t bad = at_ - first;
  size_t done = fault_ == Fault::after ? bad + 1 : bad;
  if (auto refusal = real_.write(ops.first(done), stop)) return refusal;
  if (fault_ == Fault::batch) finish_batch(ops, bad + 1);
  return Refusal{bad, code_, "injected", "a test"};
}

// Links and parameters go alone; what else stands in a row may have been under way already.
void FaultyKernel::finish_batch(std::span<const Op> ops, size_t from) {
  auto batched = [](const Op& op) {
    const Ref& ref = op.action == Action::remove ? op.before : op.after;
    return !std::holds_alternative<const Link*>(ref) && !std::holds_alternative<const Sysctl*>(ref);
  };
  if (!batched(ops[from - 1])) return;
  for (size_t i = from; i < ops.size() && batched(ops[i]); ++i)
    static_cast<void>(real_.write(ops.subspan(i, 1), {}));
}

}  // namespace netcfg::test
