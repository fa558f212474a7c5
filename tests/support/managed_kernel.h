// Specs that are applied to this machine's kernel, in a network namespace of the test's own.
#pragma once

#include <memory>

#include "netcfg/kernel/kernel.h"
#include "tests/support/managed.h"
#include "tests/support/netns.h"

namespace netcfg::test {

class ManagedTest : public NetnsTest {
 protected:
  void SetUp() override;
  void TearDown() override;
  // In SetUp(): false where there is no namespace, or no kernel could be opened.
  bool is_ready() const { return managed_ != nullptr && !HasFatalFailure() && !IsSkipped(); }
  // Another connection to the kernel; what netcfg remembers is forgotten.
  void open(const KernelOptions& options);

  std::unique_ptr<Kernel> kernel_;
  std::unique_ptr<Managed> managed_;
};

}  // namespace netcfg::test
