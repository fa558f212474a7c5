#include "netcfg/store/snapshot_file.h"

#include "netcfg/json/read.h"
#include "netcfg/json/write.h"
#include "netcfg/store/packed_routes.h"
#include "netcfg/store/sealed.h"

namespace netcfg {
namespace {

constexpr std::string_view kSnapshot = "netcfg-snapshot", kSpec = "netcfg-spec";
constexpr int64_t kFormat = 1;

Error damaged(const std::string& what) {
  return {"cannot be understood: " + what, "", 0};
}

Result<> add_routes(const Sealed& file, State& state) {
  if (!file.sound()) return Error{"is damaged: its routes' checksum is wrong", "", 0};
  if (!add_packed(state, file.packed)) return damaged("its routes are not whole");
  return Done{};
}

void read_indexes(JsonReader& in, State& state) {
  in.object([&](std::string_view name) {
    IfName link(name);
    auto index = static_cast<uint32_t>(in.number());
    for (Link& l : state.links)
      if (l.name == link) l.index = index;
  });
}

}  // namespace

std::string snapshot_to_bytes(const State& state, const std::string& kernel) {
  std::string body;
  JsonText json(body, Bytes::exact);
  json.begin('{');
  json.key("state"), write(json, without_packed(state));
  json.line(), json.key("indexes"), json.begin('{');
  for (const Link& link : state.links) json.key(link.name.view()), json.number(link.index);
  json.end('}');
  json.end('}');
  body += '\n';
  return seal(kSnapshot, kFormat, kernel, body, pack_routes(state.routes));
}

Result<State> snapshot_from_bytes(std::string_view bytes) {
  auto file = unseal(kSnapshot, kFormat, bytes);
  if (!file) return file.error();
  State state;
  JsonReader in(file->body);
  in.object([&](std::string_view key) {
    if (key == "state")
      state = read_state(in);
    else if (key == "indexes")
      read_indexes(in, state);
    else
      in.fail("unknown key");
  });
  if (!in.finish()) return damaged(in.error().message);
  if (auto added = add_routes(*file, state); !added) return added.error();
  return state;
}

std::string desired_to_bytes(const Desired& desired, const Sources& sources) {
  std::string body;
  JsonText json(body, Bytes::exact);
  json.begin('{');
  json.key("sources"), json.begin('[');
  for (uint16_t i = 0; i < sources.size(); ++i) json.text(sources.name(i));
  json.end(']');
  json.line(), json.key("desired"), write(json, without_packed(desired));
  json.end('}');
  body += '\n';
  return seal(kSpec, kFormat, {}, body, pack_routes(desired.state.routes));
}

Result<StoredDesired> desired_from_bytes(std::string_view bytes) {
  auto file = unseal(kSpec, kFormat, bytes);
  if (!file) return file.error();
  StoredDesired out;
  JsonReader in(file->body);
  in.object([&](std::string_view key) {
    if (key == "sources")
      in.array([&] { out.sources.add(std::string(in.text()), {}); });
    else if (key == "desired")
      out.desired = read_desired(in);
    else
      in.fail("unknown key");
  });
  if (!in.finish()) return damaged(in.error().message);
  if (auto added = add_routes(*file, out.desired.state); !added) return added.error();
  return out;
}

}  // namespace netcfg
