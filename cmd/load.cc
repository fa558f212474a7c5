#include "cmd/load.h"

#include <fmt/format.h>

#include <algorithm>

#include "cmd/spec_files.h"
#include "netcfg/apply/apply.h"
#include "netcfg/host/namespaces.h"
#include "netcfg/spec/spec.h"
#include "netcfg/store/place.h"

namespace netcfg {
namespace {

std::optional<Wish> load_saved(Session& session, const SpecFile& file) {
  auto saved = load_plan(file.text);
  if (!saved) {
    session.problem({fmt::format("{}: {}", file.name, saved.error().message), saved.error().hint, 0});
    return std::nullopt;
  }
  session.sources = std::move(saved->sources);
  return Wish{std::move(saved->desired), std::move(saved->fingerprint)};
}

}  // namespace

std::optional<Desired> load_desired(Session& session, std::span<const std::string> names, Cache cache) {
  auto files = read_spec_files(session, names);
  if (!files) return std::nullopt;
  return load_spec(session, std::move(*files), cache);
}

std::optional<Wish> load_wish(Session& session, std::span<const std::string> names, Cache cache) {
  auto files = read_spec_files(session, names);
  if (!files) return std::nullopt;
  if (files->size() == 1 && is_saved_plan(files->front().text)) return load_saved(session, files->front());
  for (const SpecFile& file : *files)
    if (is_saved_plan(file.text))
      session.problem({fmt::format("{} is a saved plan, which stands alone", file.name),
                       "give either the plan or the specs", 0});
  if (session.problems.has_errors()) return std::nullopt;
  auto desired = load_spec(session, std::move(*files), cache);
  if (!desired) return std::nullopt;
  return Wish{std::move(*desired), {}};
}

Ledger load_ledger(Session& session, LedgerRoutes routes, size_t* bytes) {
  std::string path = ledger_path(session.netns());
  StoredLedger stored = load_ledger(session.files, path, netns_identity(), routes);
  if (stored.damage) session.problems.warning(kNowhere, "", stored.damage->message, stored.damage->hint);
  if (bytes != nullptr) *bytes = stored.bytes;
  session.detail(fmt::format("ledger: {} ({} bytes)", session.files.real(path), stored.bytes));
  return std::move(stored.ledger);
}

std::optional<Snapshot> read_live(Session& session, const Query& query) {
  Kernel* kernel = session.kernel();
  if (kernel == nullptr) return std::nullopt;
  auto live = kernel->read(query);
  if (live) return std::move(*live);
  session.problem(live.error());
  return std::nullopt;
}

std::unique_ptr<Situation> look(Session& session, Desired desired, Others others, const Query& besides) {
  auto out = std::make_unique<Situation>();
  out->desired = std::move(desired);
  out->ledger = load_ledger(session, LedgerRoutes::skip, &out->ledger_bytes);
  Query query = query_for(out->desired, out->ledger);
  query.sysctls.insert(query.sysctls.end(), besides.sysctls.begin(), besides.sysctls.end());
  std::sort(query.sysctls.begin(), query.sysctls.end());
  query.sysctls.erase(std::unique(query.sysctls.begin(), query.sysctls.end()), query.sysctls.end());
  Kernel* kernel = session.kernel();
  if (kernel == nullptr) return nullptr;
  auto looked = look(*kernel, std::move(query), out->desired, out->ledger, others, session.problems);
  if (!looked) session.problem(looked.error());
  if (!looked || !looked->plan) return nullptr;
  out->live = std::move(looked->live);
  out->plan = std::move(*looked->plan);
  return out;
}

}  // namespace netcfg
