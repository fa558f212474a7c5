// Tests of the real kernel's implementation, in a network namespace of their own.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "netcfg/kernel/kernel.h"
#include "tests/support/netns.h"

namespace netcfg::test {

// Why an operation failed, when it did.
testing::AssertionResult accepted(const std::optional<Refusal>& refusal);

// Equal, or which fields are not.
testing::AssertionResult same(const Link& now, const Link& wanted);

class LiveKernelTest : public NetnsTest {
 protected:
  void SetUp() override;
  void TearDown() override;

  Snapshot snapshot(const Query& query = {});
  State state(const Query& query = {}) { return snapshot(query).state; }
  // The link as it is now; a failed expectation and an empty link when there is none.
  Link live(const IfName& name);
  bool exists(const IfName& name) { return state().link(name) != nullptr; }

  std::optional<Refusal> write(std::span<const Op> ops) { return kernel_->write(ops, nullptr); }
  template <class T>
  std::optional<Refusal> create(const T& after) {
    Op op{Action::create, static_cast<const T*>(nullptr), &after};
    return write({&op, 1});
  }
  template <class T>
  std::optional<Refusal> update(const T& before, const T& after) {
    Op op{Action::update, &before, &after};
    return write({&op, 1});
  }
  template <class T>
  std::optional<Refusal> remove(const T& before) {
    Op op{Action::remove, &before, static_cast<const T*>(nullptr)};
    return write({&op, 1});
  }
  // A veth pair, for links that need something to stand on.
  void make_pair(const IfName& name, const IfName& peer, LinkState state = LinkState::up);

  // Values to use instead of the one that comes to mind first.
  using Choices = std::map<std::string, Value, std::less<>>;
  // For every field of the base link's kind but those in `skip`: another value is written and read back; one
  // that cannot be changed on a live link by making the link anew.
  void change_each_kind_field(const Link& base, const Choices& choices = {},
                              const std::set<std::string, std::less<>>& skip = {});
  // The same for the options of a member.
  void change_each_port_field(const IfName& port, const Choices& choices = {},
                              const std::set<std::string, std::less<>>& skip = {});

  std::unique_ptr<Kernel> kernel_;
};

}  // namespace netcfg::test
