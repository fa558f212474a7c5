#include "netcfg/spec/locate.h"

namespace netcfg {
namespace {

uint64_t number_of(Place place) {
  return static_cast<uint64_t>(place.line) << 32 | static_cast<uint64_t>(place.column) << 16 | place.file;
}

}  // namespace

Locator::Found Locator::walk(std::initializer_list<PathStep> steps) const {
  Found found{root_, {}, {}, false};
  for (const PathStep& step : steps) {
    const Node& node = found.node;
    if (step.index != SIZE_MAX) {
      if (!node.is_list() || step.index >= node.size()) return found;
      Node item = node.items()[step.index];
      found = {item, item.place(), path_with(std::move(found.path), step.index), false};
      continue;
    }
    bool stepped = false;
    for (const Entry& entry : node.entries()) {
      if (entry.key != step.key) continue;
      Entry next = entry;
      found = {next.value, next.key_place, path_with(std::move(found.path), next.key), false};
      stepped = true;
      break;
    }
    for (size_t i = 0; !stepped && i < found.node.items().size(); ++i) {
      Node item = found.node.items()[i];
      if (item.text() != step.key) continue;
      found = {item, item.place(), path_with(std::move(found.path), i), false};
      stepped = true;
    }
    if (!stepped) return found;
  }
  found.whole = true;
  return found;
}

Spot Locator::value(std::initializer_list<PathStep> steps) const {
  Found found = walk(steps);
  // Where the way broke off, the key says more than the beginning of the mapping behind it.
  bool at_key = !found.whole && found.key_place;
  return {at_key || !found.node.place() ? found.key_place : found.node.place(), std::move(found.path)};
}

Spot Locator::key(std::initializer_list<PathStep> steps) const {
  Found found = walk(steps);
  return {found.key_place ? found.key_place : found.node.place(), std::move(found.path)};
}

bool Locator::given(std::initializer_list<PathStep> steps) const {
  return walk(steps).whole;
}

size_t Locator::index_of(std::string_view list, Place origin) const {
  auto [items, fresh] = items_.try_emplace(list);
  const Node* node = root_.find(list);
  if (fresh && node)
    for (size_t i = 0; i < node->items().size(); ++i)
      items->second.emplace(number_of(node->items()[i].place()), i);
  auto it = items->second.find(number_of(origin));
  return it == items->second.end() ? SIZE_MAX : it->second;
}

Spot Locator::in_item(std::string_view list, Place origin, std::string_view key) const {
  size_t index = index_of(list, origin);
  if (index == SIZE_MAX) return {origin, std::string(list)};
  if (key.empty()) return {origin, path_with(std::string(list), index)};
  return value({list, index, key});
}

}  // namespace netcfg
