#!/usr/bin/python3
"""check.py [ROOT]: the rules of netcfg's floors, each breach as file:line: error.

- A folder includes itself and folders of a smaller number in CMakeLists.txt's netcfg_floor(folder number)
  table; a folder with code but no number is a breach too.
- A third-party library's headers stay behind the one folder that wraps it.
- A .cc file includes its own header first: compiling it then shows that the header stands by itself
  (headers without one are compiled alone, cmake/floors.cmake).
- No file is longer than 500 lines.
"""
import pathlib
import re
import sys

FLOOR = re.compile(r"^\s*netcfg_floor\(\s*(\S+)\s+(\d+)")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[">]')
# Folders outside the table that may include anything.
FREE = ("tests", "build")
# Header prefix: the folder that may include it, and in how many files (None: any number).
THIRD_PARTY = {
    "CLI/": ("cmd", None),
    "yaml-cpp/": ("netcfg/spec", 1),
    "netlink/": ("netcfg/kernel", None),
    "systemd/": ("netcfg/host", None),
    "nftables/": ("netcfg/kernel", None),
}
LONGEST_FILE = 500


def read_floors(root):
    floors = {}
    for line in (root / "CMakeLists.txt").read_text().splitlines():
        if found := FLOOR.match(line):
            floors[found[1]] = int(found[2])
    return floors


def folder_of(path, floors):
    """The floor that a file belongs to: that of the longest folder name in front of it."""
    inside = [folder for folder in floors if path.startswith(folder + "/")]
    return max(inside, key=len, default=None)


def sources(root):
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.suffix in (".h", ".cc") and not name.startswith((".", "build/")) and path.is_file():
            yield name, path.read_text(errors="replace").splitlines()


def check_own(folder, target, floors):
    below = folder_of(target, floors)
    if below is None:
        return f'"{target}" is in no floor: spell it from the top folder, and give its folder a number'
    if below != folder and floors[below] >= floors[folder]:
        return (f"{folder} (floor {floors[folder]}) must not include {below} (floor {floors[below]}): "
                "only folders of a smaller number")
    return None


def check_third_party(folder, target, users, where):
    for prefix, (home, limit) in THIRD_PARTY.items():
        if not target.startswith(prefix):
            continue
        if folder != home:
            return f"<{target}> belongs behind {home}"
        others = users.setdefault(prefix, [])
        if where not in others:
            others.append(where)
        if limit is not None and len(others) > limit:
            return f"<{target}> is included by {others[0]} already, and one file of {home} may"
    return None


def check_own_header_first(root, name, lines):
    header = name.removesuffix(".cc") + ".h"
    if not name.endswith(".cc") or not (root / header).is_file():
        return []
    for number, line in enumerate(lines, 1):
        if found := INCLUDE.match(line):
            return [] if found[2] == header else [f'{name}:{number}: error: "{header}" has to come first']
    return [f'{name}:1: error: does not include "{header}"']


def check(root):
    floors = read_floors(root)
    if not floors:
        return ["CMakeLists.txt:1: error: no netcfg_floor(folder number) line"]
    breaches, users = [], {}
    for name, lines in sources(root):
        if len(lines) > LONGEST_FILE:
            breaches.append(f"{name}:{LONGEST_FILE + 1}: error: longer than {LONGEST_FILE} lines")
        if name.split("/")[0] in FREE:
            continue
        folder = folder_of(name, floors)
        if folder is None:
            breaches.append(f"{name}:1: error: its folder has no netcfg_floor line in CMakeLists.txt")
            continue
        breaches += check_own_header_first(root, name, lines)
        for number, line in enumerate(lines, 1):
            if not (found := INCLUDE.match(line)):
                continue
            own = found[1] == '"' or (root / found[2]).is_file()
            complaint = check_third_party(folder, found[2], users, name)
            if complaint is None and own:
                complaint = check_own(folder, found[2], floors)
            if complaint:
                breaches.append(f"{name}:{number}: error: {complaint}")
    return breaches


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2])
    breaches = check(root)
    for breach in breaches:
        print(breach)
    print(f"{len(breaches)} breaches of the floors" if breaches else "floors: clean")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
