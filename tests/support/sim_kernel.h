// A kernel that is simulated by a SimHost, with faults on demand. Copies are independent and cheap.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/support/sim_host.h"

namespace netcfg::test {

class SimKernel : public Kernel {
 public:
  SimKernel() = default;
  explicit SimKernel(SimHost host) : host_(std::move(host)) {}

  Result<Snapshot> read(const Query& query) override;
  // One operation a batch.
  std::optional<Refusal> write(std::span<const Op> ops, const std::function<bool()>& stop) override;
  void announce(std::span<const Announcement> addresses) override {
    announced.insert(announced.end(), addresses.begin(), addresses.end());
  }

  SimHost& host() { return host_; }
  const SimHost& host() const { return host_; }
  // What is there, as read() gives it.
  State state(const Query& query = {}) const { return host_.state(query); }

  // The k-th operation written from now on, the next being the 0th, is refused; once.
  void fail_at(size_t k, int code, std::string extack = "injected");
  // Called before the k-th operation from now on, once: to stall, to meddle, to give up.
  void at(size_t k, std::function<void(SimKernel&)> hook);
  // Called after each operation that was carried out: another program that changes things, a clock.
  std::function<void(SimKernel&, const Op&)> after_write;
  // Reading fails with this errno, unless 0.
  int read_error = 0;
  std::vector<std::string> others;   // Snapshot::others
  bool has_resilient_groups = true;  // Linux 5.13 and later
  std::vector<Announcement> announced;

  size_t writes() const { return writes_; }  // operations carried out
  size_t reads() const { return reads_; }

  // With `keep_journal`, a line an operation: "create link bond0", "update route 10.0.0.0/8: ENETUNREACH …".
  bool keep_journal = false;
  const std::vector<std::string>& journal() const { return journal_; }

 private:
  std::optional<Refusal> write_one(const Op& op);
  void note(const Op& op, const Answer& answer);

  SimHost host_;
  size_t asked_ = 0;  // operations given to write(), refused ones included
  size_t writes_ = 0, reads_ = 0;
  size_t fail_at_ = SIZE_MAX, hook_at_ = SIZE_MAX;
  int fail_code_ = 0;
  std::string fail_extack_;
  std::function<void(SimKernel&)> hook_;
  std::vector<std::string> journal_;
};

// "create link bond0"
std::string to_string(const Op& op);

}  // namespace netcfg::test
