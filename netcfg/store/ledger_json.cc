#include "netcfg/store/ledger_json.h"

#include <algorithm>

#include "netcfg/json/read.h"
#include "netcfg/json/write.h"

namespace netcfg {

void write(JsonText& out, const Ledger& ledger) {
  out.begin('{');
  out.key("applied"), write(out, ledger.applied);
  out.line(), out.key("own-links"), out.begin('[');
  for (const IfName& name : ledger.own_links) out.text(name.view());
  out.end(']');
  out.line(), out.key("original"), write(out, ledger.original);
  if (ledger.uplinks) out.line(), out.key("uplinks"), write(out, *ledger.uplinks);
  out.end('}');
}

Ledger read_ledger(JsonReader& in) {
  Ledger ledger;
  in.object([&](std::string_view key) {
    if (key == "applied") {
      ledger.applied = read_state(in);
    } else if (key == "own-links") {
      in.array([&] { ledger.own_links.emplace_back(in.text()); });
    } else if (key == "original") {
      ledger.original = read_state(in);
    } else if (key == "uplinks") {
      ledger.uplinks = read_uplinks(in);
    } else {
      in.fail("unknown key");
    }
  });
  std::sort(ledger.own_links.begin(), ledger.own_links.end());
  return ledger;
}

std::string ledger_to_json(const Ledger& ledger) {
  std::string text;
  JsonText json(text, Bytes::exact);
  write(json, ledger);
  return text += '\n';
}

Result<Ledger> ledger_from_json(std::string_view text) {
  JsonReader in(text);
  Ledger ledger = read_ledger(in);
  if (!in.finish()) return in.error();
  return ledger;
}

}  // namespace netcfg
