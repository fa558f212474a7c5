#include "tests/support/watcher.h"

#include <gtest/gtest.h>

#include <chrono>

namespace netcfg::test {

std::unique_ptr<Child> start_watcher(const Sandbox& box, size_t uplinks,
                                     const std::vector<std::string>& more) {
  std::vector<std::string> words{NETCFG_PROGRAM, "--root", box.path(), "watch"};
  words.insert(words.end(), more.begin(), more.end());
  auto out = std::make_unique<Child>(words);
  if (out->read_until("watching " + std::to_string(uplinks) + " uplinks", std::chrono::seconds(20)))
    return out;
  ADD_FAILURE() << "the watcher does not watch:\n" << out->rest();
  return nullptr;
}

}  // namespace netcfg::test
