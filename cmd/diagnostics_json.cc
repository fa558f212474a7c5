#include "cmd/diagnostics_json.h"

#include <nlohmann/json.hpp>

#include "netcfg/base/text.h"

namespace netcfg {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const Diagnostic& d, const Sources& sources) {
  Json out;
  out["file"] = d.place.file < sources.size() ? Json(printable(sources.name(d.place.file))) : Json();
  out["line"] = d.place ? Json(d.place.line) : Json();
  out["column"] = d.place ? Json(d.place.column) : Json();
  out["path"] = printable(d.path);
  out["message"] = printable(d.message);
  out["hint"] = printable(d.hint);
  return out;
}

}  // namespace

std::string diagnostics_json(std::span<const Diagnostic> problems, const Sources& sources) {
  Json errors = Json::array();
  Json warnings = Json::array();
  for (const Diagnostic& d : problems)
    (d.severity == Severity::error ? errors : warnings).push_back(to_json(d, sources));
  Json out;
  out["errors"] = std::move(errors);
  if (!warnings.empty()) out["warnings"] = std::move(warnings);
  return out.dump() + "\n";
}

}  // namespace netcfg
