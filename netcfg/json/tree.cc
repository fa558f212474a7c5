#include "netcfg/json/tree.h"

#include "netcfg/base/text.h"

namespace netcfg {

Json& JsonTree::put(Json value) {
  if (open_.empty()) return root_ = std::move(value);
  Json& parent = *open_.back();
  if (parent.is_array()) return parent.emplace_back(std::move(value));
  return parent[key_] = std::move(value);
}
void JsonTree::text(std::string_view value) {
  put(valid_utf8(value) ? std::string(value) : printable(value));
}
// A parent is not touched while its child is open, so the pointers stay good.
void JsonTree::begin(char bracket) {
  open_.push_back(&put(bracket == '{' ? Json::object() : Json::array()));
}
void JsonTree::end(char) {
  open_.pop_back();
}

Json to_json(const State& state) {
  Json out = Json::object();
  for_each_state_kind([&](const auto& kind) {
    for (const auto& resource : state.*kind.table) out[std::string(kind.list)].push_back(to_json(resource));
  });
  return out;
}

}  // namespace netcfg
