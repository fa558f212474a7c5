#!/usr/bin/python3
"""The checker must see each kind of breach: a check that cannot fail is worth nothing."""
import pathlib
import tempfile
import unittest

import check

TABLE = """
netcfg_floor(netcfg/base   0)
netcfg_floor(netcfg/spec   2 LINK yaml-cpp)
netcfg_floor(netcfg/diff   2)
netcfg_floor(netcfg/kernel 3)
netcfg_floor(cmd           6)
"""


class Floors(unittest.TestCase):
    def breaches(self, **files):
        """The complaints about a tree of these files; `__` stands for a slash, a last `_x` for `.x`."""
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "CMakeLists.txt").write_text(TABLE)
            for name, text in files.items():
                path = root / ".".join(name.replace("__", "/").rsplit("_", 1))
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return check.check(root)

    def test_downward_own_folder_and_system_headers_are_clean(self):
        self.assertEqual([], self.breaches(
            netcfg__base__a_h="#include <string>\n",
            netcfg__base__b_h='#include "netcfg/base/a.h"\n',
            netcfg__diff__c_cc='#include "netcfg/base/a.h"\n',
            netcfg__kernel__d_cc="#include <netlink/msg.h>\n",
            cmd__main_cc='#include <CLI/CLI.hpp>\n#include "netcfg/diff/c.h"\n',
            tests__t_cc='#include "netcfg/diff/c.h"\n#include <netlink/msg.h>\n'))

    def test_upward(self):
        found = self.breaches(netcfg__base__a_h='#pragma once\n\n#include "netcfg/spec/b.h"\n')
        self.assertEqual(1, len(found))
        self.assertRegex(found[0], r"^netcfg/base/a.h:3: error: netcfg/base \(floor 0\) must not include "
                                   r"netcfg/spec \(floor 2\)")

    def test_upward_with_angle_brackets(self):
        found = self.breaches(netcfg__base__a_h="#include <netcfg/spec/b.h>\n", netcfg__spec__b_h="")
        self.assertRegex("\n".join(found), "netcfg/base/a.h:1: error: .*netcfg/spec")

    def test_sideways(self):
        found = self.breaches(netcfg__diff__a_cc='  #  include "netcfg/spec/b.h"\n')
        self.assertRegex("\n".join(found), "netcfg/diff/a.cc:1: error: .*floor 2.*floor 2")

    def test_not_spelled_from_the_top(self):
        self.assertRegex("\n".join(self.breaches(netcfg__diff__a_cc='#include "b.h"\n')), '"b.h" is in no floor')

    def test_folder_without_a_number(self):
        self.assertRegex("\n".join(self.breaches(netcfg__extra__a_h="")), "netcfg/extra/a.h:1: error: .*no netcfg_floor")

    def test_third_party_outside_its_home(self):
        for header, home in {"CLI/CLI.hpp": "cmd", "yaml-cpp/yaml.h": "netcfg/spec",
                             "netlink/attr.h": "netcfg/kernel", "systemd/sd-bus.h": "netcfg/host"}.items():
            found = self.breaches(netcfg__diff__a_cc=f"\n#include <{header}>\n")
            self.assertEqual([f"netcfg/diff/a.cc:2: error: <{header}> belongs behind {home}"], found)

    def test_a_second_user_of_yaml_cpp(self):
        one = "#include <yaml-cpp/eventhandler.h>\n#include <yaml-cpp/parser.h>\n"
        self.assertEqual([], self.breaches(netcfg__spec__a_cc=one))
        found = self.breaches(netcfg__spec__a_cc=one, netcfg__spec__b_cc=one)
        self.assertRegex(found[0], "netcfg/spec/b.cc:1: error: .*netcfg/spec/a.cc already")

    def test_own_header_not_first(self):
        self.assertEqual([], self.breaches(netcfg__base__a_h="", netcfg__base__a_cc='// A\n#include "netcfg/base/a.h"\n'))
        found = self.breaches(netcfg__base__a_h="", netcfg__base__a_cc='#include <string>\n#include "netcfg/base/a.h"\n')
        self.assertEqual(['netcfg/base/a.cc:1: error: "netcfg/base/a.h" has to come first'], found)
        found = self.breaches(netcfg__base__a_h="", netcfg__base__a_cc="int a;\n")
        self.assertEqual(['netcfg/base/a.cc:1: error: does not include "netcfg/base/a.h"'], found)

    def test_long_file(self):
        self.assertEqual([], self.breaches(tests__a_cc="\n" * 500))
        self.assertRegex("\n".join(self.breaches(tests__a_cc="\n" * 501)), "tests/a.cc:501: error: longer than 500")

    def test_table_gone(self):
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "CMakeLists.txt").write_text("project(x)\n")
            self.assertEqual(1, len(check.check(pathlib.Path(folder))))


if __name__ == "__main__":
    unittest.main()
