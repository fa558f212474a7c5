#include "netcfg/store/ledger_file.h"

#include <fmt/format.h>

#include <cerrno>

#include "netcfg/store/ledger_json.h"
#include "netcfg/store/packed_routes.h"
#include "netcfg/store/sealed.h"

namespace netcfg {
namespace {

constexpr size_t kLedgerBytes = size_t{1} << 30;
constexpr std::string_view kKind = "netcfg-ledger";
constexpr int64_t kFormat = 2;  // 1 had the routes as JSON, which is still read

Error damaged(const std::string& path, const std::string& what) {
  return {fmt::format("{} {}", path, what),
          "until the next apply, links and settings that netcfg made count as someone else's unless the "
          "spec names them; addresses, routes and rules are known by their tags",
          EBADMSG};
}

Result<> add_routes(const std::string& path, const Sealed& file, State& applied) {
  if (!file.sound()) return damaged(path, "is damaged: its routes' checksum is wrong");
  if (!add_packed(applied, file.packed))
    return damaged(path, "cannot be understood: its routes are not whole");
  return Done{};
}

Result<Ledger> parse(const std::string& path, const std::string& text, const std::string& kernel,
                     LedgerRoutes routes) {
  auto file = unseal(kKind, kFormat, text);
  if (!file) return damaged(path, file.error().message);
  auto ledger = ledger_from_json(file->body);
  if (!ledger) return damaged(path, "cannot be understood: " + ledger.error().message);
  if (!file->packed.empty() && routes == LedgerRoutes::read)
    if (auto added = add_routes(path, *file, ledger->applied); !added) return added.error();
  if (file->kernel != kernel) {
    ledger->own_links.clear();
    ledger->original = {};
  }
  return ledger;
}

}  // namespace

StoredLedger load_ledger(Files& files, const std::string& path, const std::string& kernel,
                         LedgerRoutes routes) {
  StoredLedger out;
  auto text = files.read(path, kLedgerBytes);
  if (!text) {
    if (text.error().code != ENOENT) out.damage = text.error();
    return out;
  }
  out.bytes = text->size();
  auto ledger = parse(path, *text, kernel, routes);
  if (ledger)
    out.ledger = std::move(*ledger);
  else
    out.damage = ledger.error();
  return out;
}

Result<> save_ledger(Files& files, const std::string& path, const std::string& kernel, Ledger ledger,
                     const std::vector<Route>& routes) {
  std::vector<Route> with_metrics;
  for (const Route& route : routes)
    if (!can_pack(route)) with_metrics.push_back(route);
  std::string packed = with_metrics.size() < routes.size() ? pack_routes(routes) : std::string();
  ledger.applied.routes = std::move(with_metrics);
  std::string body = ledger_to_json(ledger) + "\n";
  return files.write(path, seal(kKind, kFormat, kernel, body, packed));
}

}  // namespace netcfg
