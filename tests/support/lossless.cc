#include "tests/support/lossless.h"

#include <memory>

#include "tests/support/traffic.h"

namespace netcfg::test {
namespace {

constexpr uint64_t kBetween = 100;  // datagrams

}  // namespace

Passage pass_through(Managed& managed, const std::vector<std::string>& specs,
                     const std::vector<Path>& paths) {
  Passage out;
  std::vector<std::unique_ptr<Flow>> flows;
  for (const Path& path : paths) flows.push_back(std::make_unique<Flow>(path.from, path.into, path.to));
  auto let_pass = [&] {
    for (const auto& flow : flows) flow->pass(kBetween);
  };
  let_pass();
  for (const std::string& spec : specs) {
    auto planned = managed.plan(spec);
    out.disruptive += planned->disruptive();
    EXPECT_GT(planned->writes(), 0U) << "nothing changes:\n" << spec;
    EXPECT_TRUE(went_well(managed.apply(*planned))) << planned->text();
    let_pass();
  }
  for (const auto& flow : flows) {
    out.lost.push_back(flow->lost());
    out.all += out.lost.back();
  }
  return out;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  size_t at = text.find(from);
  EXPECT_NE(at, text.npos) << from << " is not in\n" << text;
  if (at != text.npos) text.replace(at, from.size(), to);
  return text;
}

}  // namespace netcfg::test
