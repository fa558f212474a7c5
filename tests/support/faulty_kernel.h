// A kernel, real or simulated, one of whose operations fails on demand.
#pragma once

#include <string>
#include <vector>

#include "netcfg/port/kernel.h"

namespace netcfg::test {

enum class Fault : uint8_t {
  before,  // the operation is refused, as a kernel does
  after,  // it is refused although it was carried out: an answer that was lost, or a request of several parts
  batch,  // it is refused, and the rest of its batch was carried out where that was still possible
};
inline constexpr Fault kFaults[] = {Fault::before, Fault::after, Fault::batch};
inline constexpr const char* kFaultNames[] = {"before", "after", "batch"};

class FaultyKernel : public Kernel {
 public:
  explicit FaultyKernel(Kernel& real) : real_(real) {}

  // The k-th operation written from now on, the next being the 0th, fails with this errno; once.
  void fail_at(size_t k, Fault fault, int code);
  // Whether that has happened.
  bool failed() const { return failed_; }
  size_t operations() const { return given_; }
  // Since fail_at(), a line an operation.
  const std::string& journal() const { return journal_; }

  // Links with these MAC addresses pass for network cards, which a test's namespace has none of.
  std::vector<Mac> cards;

  Result<Snapshot> read(const Query& query) override;
  std::optional<Refusal> write(std::span<const Op> ops, const std::function<bool()>& stop) override;
  void announce(std::span<const Announcement> addresses) override { real_.announce(addresses); }

 private:
  void finish_batch(std::span<const Op> ops, size_t from);

  Kernel& real_;
  size_t given_ = 0;  // since fail_at()
  size_t at_ = SIZE_MAX;
  Fault fault_ = Fault::before;
  int code_ = 0;
  bool failed_ = false;
  std::string journal_;
};

}  // namespace netcfg::test
