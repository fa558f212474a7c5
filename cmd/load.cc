#include "cmd/load.h"

#include "cmd/spec_files.h"

namespace netcfg {

std::optional<Desired> load_desired(Session& session, std::span<const std::string> names) {
  auto files = read_spec_files(session, names);
  if (!files) return std::nullopt;
  auto document = read(session.sources, session.problems, std::move(*files));
  if (!document || session.problems.has_errors()) return std::nullopt;
  return Desired{};
}

}  // namespace netcfg
