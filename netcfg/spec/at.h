// A value of the spec together with the way to it from the top.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "netcfg/spec/node.h"

namespace netcfg {

// Lives on the stack of whoever reads the value and points to the one it was reached from, so that the
// path costs nothing until a message needs its text.
struct At {
  Node node;
  const At* up = nullptr;
  std::string_view key;     // in a mapping
  size_t index = SIZE_MAX;  // in a list
  Place key_place;          // of the key, or of the item

  Place place() const { return node.place() ? node.place() : key_place; }
  At value(const Entry& entry) const { return {entry.value, this, entry.key, SIZE_MAX, entry.key_place}; }
  At item(size_t i) const { return {node.items()[i], this, {}, i, node.items()[i].place()}; }
  std::string path() const;  // "interfaces.bond0.addresses[2].label"
};

// "interfaces.eth0" and "mtu" -> "interfaces.eth0.mtu". A key that holds a dot is put in quotes.
std::string path_with(std::string path, std::string_view key);
std::string path_with(std::string path, size_t index);

}  // namespace netcfg
