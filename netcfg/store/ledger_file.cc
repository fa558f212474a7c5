#include "netcfg/store/ledger_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <iterator>

#include "netcfg/json/reader.h"
#include "netcfg/json/sink.h"
#include "netcfg/store/ledger_json.h"
#include "netcfg/store/packed_routes.h"

namespace netcfg {
namespace {

constexpr size_t kLedgerBytes = size_t{1} << 30;
constexpr int64_t kFormat = 2;  // 1 had the routes as JSON, which is still read

// FNV-1a: against torn writes and bad disks, not against malice.
std::string checksum(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return fmt::format("{:016x}", hash);
}

struct Head {
  int64_t format = 0;
  std::string kernel, sum, routes_sum;
  int64_t routes_bytes = 0;  // at the end of the file
};

Result<Head> read_head(std::string_view line) {
  Head head;
  JsonReader in(line);
  in.object([&](std::string_view key) {
    if (key == "netcfg-ledger")
      head.format = in.number();
    else if (key == "kernel")
      head.kernel = in.text();
    else if (key == "checksum")
      head.sum = in.text();
    else if (key == "routes-bytes")
      head.routes_bytes = in.number();
    else if (key == "routes-checksum")
      head.routes_sum = in.text();
    else
      in.skip();
  });
  if (!in.finish()) return in.error();
  return head;
}

Error damaged(const std::string& path, const std::string& what) {
  return {fmt::format("{} {}", path, what),
          "until the next apply, links and settings that netcfg made count as someone else's unless the "
          "spec names them; addresses, routes and rules are known by their tags",
          EBADMSG};
}

Result<> add_routes(const std::string& path, const Head& head, std::string_view packed, State& applied) {
  if (head.routes_sum != checksum(packed)) return damaged(path, "is damaged: its routes' checksum is wrong");
  auto routes = unpack_routes(packed);
  if (!routes) return damaged(path, "cannot be understood: its routes are not whole");
  auto& all = applied.routes;
  bool some = !all.empty();
  all.insert(all.end(), std::make_move_iterator(routes->begin()), std::make_move_iterator(routes->end()));
  if (some) applied.sort();
  return Done{};
}

Result<Ledger> parse(const std::string& path, const std::string& text, const std::string& kernel,
                     LedgerRoutes routes) {
  size_t end = text.find('\n');
  if (end == std::string::npos) return damaged(path, "is damaged: its first line is not whole");
  auto head = read_head(std::string_view(text).substr(0, end));
  if (!head) return damaged(path, "is damaged: " + head.error().message);
  if (head->format > kFormat) return damaged(path, "was written by a later version of netcfg");
  std::string_view body = std::string_view(text).substr(end + 1);
  auto packed = static_cast<size_t>(std::max<int64_t>(head->routes_bytes, 0));
  if (packed > body.size()) return damaged(path, "is damaged: it is not whole");
  std::string_view tail = body.substr(body.size() - packed);
  body.remove_suffix(packed);
  if (head->sum != checksum(body)) return damaged(path, "is damaged: its checksum is wrong");
  auto ledger = ledger_from_json(body);
  if (!ledger) return damaged(path, "cannot be understood: " + ledger.error().message);
  if (packed > 0 && routes == LedgerRoutes::read)
    if (auto added = add_routes(path, *head, tail, ledger->applied); !added) return added.error();
  if (head->kernel != kernel) {
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
  std::string text;
  JsonText head(text, Bytes::exact);
  head.begin('{');
  head.key("netcfg-ledger");
  head.number(kFormat);
  head.member("kernel", kernel);
  head.member("checksum", checksum(body));
  head.key("routes-bytes"), head.number(static_cast<int64_t>(packed.size()));
  head.member("routes-checksum", checksum(packed));
  head.end('}');
  text += '\n';
  text += body;
  text += packed;
  return files.write(path, text);
}

}  // namespace netcfg
