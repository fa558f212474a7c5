#include "tests/support/managed_kernel.h"

namespace netcfg::test {

void ManagedTest::SetUp() {
  NetnsTest::SetUp();
  if (!IsSkipped() && !HasFatalFailure()) open({});
}

void ManagedTest::TearDown() {
  managed_.reset();
  kernel_.reset();
  NetnsTest::TearDown();
}

void ManagedTest::open(const KernelOptions& options) {
  auto opened = open_kernel(options);
  ASSERT_TRUE(opened) << opened.error().message;
  managed_.reset();
  kernel_ = std::move(*opened);
  managed_ = std::make_unique<Managed>(*kernel_);
}

}  // namespace netcfg::test
