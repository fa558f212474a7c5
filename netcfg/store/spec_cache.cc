#include "netcfg/store/spec_cache.h"

#include <cstring>

#include "netcfg/json/read.h"
#include "netcfg/json/write.h"
#include "netcfg/store/packed_routes.h"

namespace netcfg {
namespace {

// The last digit counts changes of the form.
constexpr std::string_view kMagic = "netcfg spec cache 2\n";

struct Head {
  Digest key, body;       // of what was read; of the bytes that follow
  uint64_t json, routes;  // their sizes
};
static_assert(std::has_unique_object_representations_v<Head>);

std::string_view view(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

std::string hex(const Digest& digest) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (uint8_t byte : digest) out += {kDigits[byte >> 4], kDigits[byte & 15]};
  return out;
}

bool from_hex(std::string_view text, Digest& out) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  if (text.size() != out.size() * 2) return false;
  for (size_t i = 0; i < out.size(); ++i) {
    size_t high = kDigits.find(text[2 * i]), low = kDigits.find(text[2 * i + 1]);
    if (high == text.npos || low == text.npos) return false;
    out[i] = static_cast<uint8_t>(high << 4 | low);
  }
  return true;
}

void write_warning(JsonText& out, const Diagnostic& d) {
  out.begin('{');
  out.key("place"), out.begin('['), out.number(d.place.line), out.number(d.place.column),
      out.number(d.place.file), out.end(']');
  out.member("path", d.path);
  out.member("message", d.message);
  out.member("hint", d.hint);
  out.end('}');
}

Place read_place(JsonReader& in) {
  int64_t numbers[3] = {};
  size_t n = 0;
  in.array([&] {
    int64_t number = in.number();
    if (n < 3) numbers[n++] = number;
  });
  return {static_cast<uint32_t>(numbers[0]), static_cast<uint16_t>(numbers[1]),
          static_cast<uint16_t>(numbers[2])};
}

Diagnostic read_warning(JsonReader& in) {
  Diagnostic d;
  d.severity = Severity::warning;
  in.object([&](std::string_view key) {
    if (key == "place")
      d.place = read_place(in);
    else if (key == "path")
      d.path = in.text();
    else if (key == "message")
      d.message = in.text();
    else if (key == "hint")
      d.hint = in.text();
    else
      in.fail("unknown key");
  });
  return d;
}

NamedFile read_named(JsonReader& in) {
  NamedFile file;
  in.object([&](std::string_view key) {
    if (key == "path")
      file.path = in.text();
    else if (key == "shown")
      file.shown = in.text();
    else if (key != "digest" || !from_hex(in.text(), file.digest))
      in.fail("unknown key");
  });
  return file;
}

// All but the packed routes.
std::string json_of(const Desired& desired, const std::vector<Diagnostic>& warnings,
                    const std::vector<NamedFile>& named) {
  std::string text;
  JsonText out(text, Bytes::exact);
  out.begin('{');
  out.key("desired"), write(out, without_packed(desired));
  out.key("warnings"), out.begin('[');
  for (const Diagnostic& warning : warnings) write_warning(out, warning);
  out.end(']');
  out.key("named"), out.begin('[');
  for (const NamedFile& file : named) {
    out.begin('{');
    out.member("path", file.path), out.member("shown", file.shown), out.member("digest", hex(file.digest));
    out.end('}');
  }
  out.end(']');
  out.end('}');
  return text;
}

std::optional<ReadSpec> from_json(std::string_view text) {
  ReadSpec out;
  JsonReader in(text);
  in.object([&](std::string_view key) {
    if (key == "desired")
      out.desired = read_desired(in);
    else if (key == "warnings")
      in.array([&] { out.warnings.push_back(read_warning(in)); });
    else if (key == "named")
      in.array([&] { out.named.push_back(read_named(in)); });
    else
      in.fail("unknown key");
  });
  if (!in.finish()) return std::nullopt;
  return out;
}

}  // namespace

Digest spec_key(std::span<const SpecFile> files, std::string_view reader) {
  Blake2b hash;
  hash.add_text(kMagic);
  hash.add_text(reader);
  for (const SpecFile& file : files) {
    hash.add_text(file.name);
    hash.add_text(file.text);
  }
  return hash.finish();
}

std::string to_bytes(const Digest& key, const Desired& desired, const std::vector<Diagnostic>& warnings,
                     const std::vector<NamedFile>& named) {
  std::string json = json_of(desired, warnings, named);
  std::string routes = pack_routes(desired.state.routes);
  Blake2b body;
  body.add(json);
  body.add(routes);
  Head head{key, body.finish(), json.size(), routes.size()};
  std::string out(kMagic);
  out.reserve(kMagic.size() + sizeof head + json.size() + routes.size());
  out.append(reinterpret_cast<const char*>(&head), sizeof head);
  return out += json += routes;
}

std::optional<ReadSpec> spec_from_bytes(const Digest& key, std::string_view bytes) {
  Head head{};
  if (!bytes.starts_with(kMagic) || bytes.size() < kMagic.size() + sizeof head) return std::nullopt;
  bytes.remove_prefix(kMagic.size());
  memcpy(&head, bytes.data(), sizeof head);
  bytes.remove_prefix(sizeof head);
  if (view(head.key) != view(key)) return std::nullopt;
  if (head.json > bytes.size() || head.routes != bytes.size() - head.json) return std::nullopt;
  if (blake2b(bytes) != head.body) return std::nullopt;
  auto out = from_json(bytes.substr(0, head.json));
  if (!out || !add_packed(out->desired.state, bytes.substr(head.json))) return std::nullopt;
  return out;
}

}  // namespace netcfg
