#include "cmd/spec_files.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "netcfg/spec/yaml.h"

namespace netcfg {
namespace {

std::string hint_for(const Session& session, const std::string& name, int code) {
  switch (code) {
    case ENOENT:
      return session.options.root.empty() ? "check the name"
                                          : fmt::format("--root goes before every name: '{}' became '{}'",
                                                        name, session.files.real(name));
    case EISDIR:
      return fmt::format("name the files in it: {}{}*.yaml", name, name.ends_with('/') ? "" : "/");
    case EACCES:
      return "run it as root, or make the file readable to this user";
    case EFBIG:
      return fmt::format("a spec has at most {} MiB; split it, or is this the right file?",
                         YamlLimits{}.file_bytes >> 20);
    default:
      return {};
  }
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

// Reads one file. A problem is recorded against the file's name.
std::optional<SpecFile> read_one(Session& session, const std::string& name) {
  bool standard_input = name == "-";
  std::string shown = standard_input ? "standard input" : session.files.real(name);
  size_t limit = YamlLimits{}.file_bytes;
  auto text = standard_input ? read_all(STDIN_FILENO, shown, limit) : session.files.read(name, limit);
  auto refuse = [&](std::string message, std::string hint) {
    session.problems.error({0, 0, session.sources.add(shown, "")}, "", std::move(message), std::move(hint));
    return std::nullopt;
  };
  if (!text) {
    int code = text.error().code;
    return refuse(fmt::format("cannot read it: {}", std::strerror(code)), hint_for(session, name, code));
  }
  if (is_blank(*text))
    return refuse("the file is empty", "a spec begins with 'netcfg: 1'; remove the file if it is not needed");
  session.detail(fmt::format("read {} ({} bytes)", shown, text->size()));
  standard_input ? session.files.inherit(STDIN_FILENO) : session.files.inherit(name);
  return SpecFile{std::move(shown), std::move(*text)};
}

// The default files that exist.
std::vector<std::string> default_names(Session& session) {
  std::vector<std::string> names;
  auto beside = session.files.list(std::filesystem::path(kSpecFile).parent_path());
  bool unknown = !beside && beside.error().code != ENOENT;  // reading it will say why
  if (unknown || (beside && std::ranges::find(*beside, "netcfg.yaml") != beside->end()))
    names.emplace_back(kSpecFile);
  auto further = session.files.list(kSpecDirectory);
  if (!further && further.error().code != ENOENT) session.problem(further.error());
  if (further)
    for (const std::string& name : *further)
      if (name.ends_with(".yaml") && !name.starts_with('.'))
        names.push_back(fmt::format("{}/{}", kSpecDirectory, name));
  return names;
}

}  // namespace

std::optional<std::vector<SpecFile>> read_spec_files(Session& session, std::span<const std::string> names) {
  std::vector<std::string> all(names.begin(), names.end());
  if (all.empty()) all = default_names(session);
  if (all.empty() && !session.problems.has_errors())
    session.problem({fmt::format("there is no spec: neither {} nor {}/*.yaml exist",
                                 session.files.real(kSpecFile), session.files.real(kSpecDirectory)),
                     "write one ('netcfg show' prints the present state as a spec), or name a file", ENOENT});
  if (std::ranges::count(all, "-") > 1)
    session.problem({"standard input (-) can be read only once", "", EINVAL});
  std::vector<SpecFile> files;
  if (session.problems.has_errors()) return std::nullopt;
  for (const std::string& name : all)
    if (auto file = read_one(session, name)) files.push_back(std::move(*file));
  session.spec_names = all;
  if (!session.problems.has_errors()) return files;
  // What else is wrong, as far as it can be told without the missing ones.
  (void)read(session.sources, session.problems, std::move(files));
  return std::nullopt;
}

}  // namespace netcfg
