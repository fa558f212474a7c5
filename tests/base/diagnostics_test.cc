#include "netcfg/base/diagnostics.h"

#include <gtest/gtest.h>

namespace netcfg {
namespace {

TEST(Diagnostics, ShowsPlaceLineCaretAndHint) {
  Sources sources;
  uint16_t file = sources.add("spec.yaml", "netcfg: 1\r\nmtuu: 9000\r\n");
  Diagnostics d;
  d.error({2, 1, file}, "mtuu", "unknown key 'mtuu'", "did you mean 'mtu'?");
  EXPECT_EQ(format(d, sources, false),
            "spec.yaml:2:1: error: unknown key 'mtuu'\n"
            "    2 | mtuu: 9000\n"
            "      | ^\n"
            "      hint: did you mean 'mtu'?\n");
}

TEST(Diagnostics, AreSortedByPlaceAndNotRepeated) {
  Diagnostics d;
  d.warning({9, 1, 0}, "", "late");
  d.error({2, 5, 0}, "", "early");
  d.error({2, 5, 0}, "", "early");
  auto all = d.sorted();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].message, "early");
  EXPECT_TRUE(d.has_errors());
}

TEST(Diagnostics, CutsALongLineAroundTheCaret) {
  Sources sources;
  std::string line(5000, 'x');
  line[3000] = '@';
  uint16_t file = sources.add("f", line);
  Diagnostics d;
  d.error({1, 3001, file}, "", "here");
  std::string text = format(d, sources, false);
  EXPECT_LT(text.size(), 400U);
  size_t at = text.find('@');
  size_t row = text.rfind('\n', at);
  size_t caret = text.find('^');
  size_t caret_row = text.rfind('\n', caret);
  // "…" is three bytes and one column.
  EXPECT_EQ(at - row - 2, caret - caret_row);
}

}  // namespace
}  // namespace netcfg
