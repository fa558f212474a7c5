// How iproute2 spells things; for print_ip.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "netcfg/port/kernel.h"

namespace netcfg {

// As one word of a shell command: in single quotes where it needs them.
std::string shell_word(std::string_view text);

// A command line, word by word.
class Command {
 public:
  explicit Command(std::string_view start) : text_(start) {}
  // Words of ours.
  Command& add(std::string_view words) {
    text_ += ' ';
    text_ += words;
    return *this;
  }
  // A word and a value from outside.
  Command& add(std::string_view word, std::string_view value) { return add(word).add(shell_word(value)); }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// The groups of options in which iproute2 spells alike.
enum class Group : uint8_t {
  link,
  bond,
  bond_slave,
  bridge,
  bridge_slave,
  vlan,
  vxlan,
  macvlan,
  ipvlan,
  plain
};

// iproute2's words that set the field of `object` to its value; empty where iproute2 has none.
// `before` is the object as it was, or null: lists are written as differences from it.
std::string option_words(Group group, const Field& field, const void* object, const void* before);

// `exists`: a create only has to set what it wants of a link that is there.
std::vector<std::string> link_commands(const Op& op, bool exists);
std::vector<std::string> address_commands(const Op& op);
std::vector<std::string> neighbor_commands(const Op& op);
std::vector<std::string> nexthop_commands(const Op& op);
std::vector<std::string> route_commands(const Op& op);
std::vector<std::string> rule_commands(const Op& op);
std::vector<std::string> qdisc_commands(const Op& op);
// What `bridge vlan` has to do so that the VLANs of a port, or of the bridge itself, change.
std::vector<std::string> vlan_commands(const Link* before, const Link& after);

}  // namespace netcfg
