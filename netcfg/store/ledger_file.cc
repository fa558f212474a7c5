#include "netcfg/store/ledger_file.h"

#include <fmt/format.h>

#include <cerrno>

#include "netcfg/json/reader.h"
#include "netcfg/json/sink.h"
#include "netcfg/store/ledger_json.h"

namespace netcfg {
namespace {

constexpr size_t kLedgerBytes = size_t{1} << 30;
constexpr int64_t kFormat = 1;

// FNV-1a: against torn writes and bad disks, not against malice.
std::string checksum(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return fmt::format("{:016x}", hash);
}

struct Head {
  int64_t format = 0;
  std::string kernel, sum;
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

Result<Ledger> parse(const std::string& path, const std::string& text, const std::string& kernel) {
  size_t end = text.find('\n');
  if (end == std::string::npos) return damaged(path, "is damaged: its first line is not whole");
  auto head = read_head(std::string_view(text).substr(0, end));
  if (!head) return damaged(path, "is damaged: " + head.error().message);
  if (head->format > kFormat) return damaged(path, "was written by a later version of netcfg");
  std::string_view body = std::string_view(text).substr(end + 1);
  if (head->sum != checksum(body)) return damaged(path, "is damaged: its checksum is wrong");
  auto ledger = ledger_from_json(body);
  if (!ledger) return damaged(path, "cannot be understood: " + ledger.error().message);
  if (head->kernel != kernel) {
    ledger->own_links.clear();
    ledger->original = {};
  }
  return ledger;
}

}  // namespace

StoredLedger load_ledger(Files& files, const std::string& path, const std::string& kernel) {
  StoredLedger out;
  auto text = files.read(path, kLedgerBytes);
  if (!text) {
    if (text.error().code != ENOENT) out.damage = text.error();
    return out;
  }
  out.bytes = text->size();
  auto ledger = parse(path, *text, kernel);
  if (ledger)
    out.ledger = std::move(*ledger);
  else
    out.damage = ledger.error();
  return out;
}

Result<> save_ledger(Files& files, const std::string& path, const std::string& kernel, const Ledger& ledger) {
  std::string body = ledger_to_json(ledger) + "\n";
  std::string text;
  JsonText head(text, Bytes::exact);
  head.begin('{');
  head.key("netcfg-ledger");
  head.number(kFormat);
  head.member("kernel", kernel);
  head.member("checksum", checksum(body));
  head.end('}');
  return files.write(path, text + "\n" + body);
}

}  // namespace netcfg
