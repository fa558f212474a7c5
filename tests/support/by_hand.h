// A plan carried out twice: by netcfg in one namespace, as commands typed by a person in another.
#pragma once

#include <string>
#include <vector>

#include "tests/support/netns.h"
#include "tests/support/sandbox.h"

namespace netcfg::test {

class ByHandTest : public NetnsTest {
 protected:
  void SetUp() override;

  // Runs a script in both.
  void prepare(const std::string& script);
  // Each spec after the other, in both. Afterwards both are in the same state and as specified.
  void goes_by_hand(const std::vector<std::string>& specs);

 private:
  void by_netcfg(const std::string& spec);
  void by_commands(const std::string& spec);

  Sandbox box_;
};

}  // namespace netcfg::test
