#include "tests/support/settled.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include "netcfg/base/text.h"
#include "tests/support/netns.h"

namespace netcfg::test {
namespace {

constexpr auto kPatience = std::chrono::seconds(5);

void erase(std::string& text, std::string_view part) {
  for (size_t at = 0; (at = text.find(part, at)) != text.npos;) text.erase(at, part.size());
}

std::vector<std::string_view> without(std::vector<std::string_view> lines,
                                      std::vector<std::string_view> others) {
  std::erase_if(lines, [&](std::string_view line) {
    auto it = std::find(others.begin(), others.end(), line);
    if (it == others.end()) return false;
    others.erase(it);
    return true;
  });
  return lines;
}

}  // namespace

std::string dump_at_rest(const std::string& netns) {
  std::string text = dump_state(netns);
  for (std::string_view part :
       {" state UNKNOWN", " state UP", " state LOWERLAYERDOWN", " state DOWN", "NO-CARRIER,", " linkdown"})
    erase(text, part);
  return text;
}

std::string dump_when_quiet(const std::string& netns) {
  constexpr auto kQuiet = std::chrono::seconds(1), kLongest = std::chrono::seconds(20);
  auto start = std::chrono::steady_clock::now(), since = start, now = start;
  std::string text = dump_at_rest(netns);
  while (now - since < kQuiet && now - start < kLongest) {
    std::string again = dump_at_rest(netns);
    now = std::chrono::steady_clock::now();
    if (again == text) continue;
    text = std::move(again);
    since = now;
  }
  return text;
}

std::string line_difference(const std::string& expected, const std::string& found) {
  std::string out;
  auto a = split(expected, '\n'), b = split(found, '\n');
  for (std::string_view line : without(a, b)) out += "-" + std::string(line) + "\n";
  for (std::string_view line : without(b, a)) out += "+" + std::string(line) + "\n";
  if (!out.empty()) return out;
  auto [at, there] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  for (; at != a.end() && *at != *there; ++at, ++there)
    out += "-" + std::string(*at) + "\n+" + std::string(*there) + "\n";
  return "the order of lines:\n" + out;
}

testing::AssertionResult comes_to(const std::string& expected, const std::string& netns) {
  auto end = std::chrono::steady_clock::now() + kPatience;
  std::string found;
  do {
    found = dump_at_rest(netns);
    if (found == expected) return testing::AssertionSuccess();
  } while (std::chrono::steady_clock::now() < end);
  return testing::AssertionFailure() << "the state differs:\n" << line_difference(expected, found);
}

}  // namespace netcfg::test
