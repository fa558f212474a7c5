#include "netcfg/plan/ip_words.h"

#include <fmt/format.h>

#include <algorithm>

namespace netcfg {
namespace {

// Words that are neither the field's `ip` nor its name with '-' as '_'.
struct Spelling {
  Group group;
  std::string_view field;
  std::string_view word;  // empty: iproute2 6.1 has none
};
constexpr Spelling kSpellings[] = {
    {Group::bond, "num-peer-notif", "num_grat_arp"},
    {Group::bridge, "vlans", ""},  // bridge vlan
    {Group::bridge, "untagged", ""},
    {Group::bridge_slave, "vlans", ""},
    {Group::bridge_slave, "untagged", ""},
    {Group::bridge_slave, "pvid", ""},
    {Group::bridge_slave, "mcast-eht-hosts-limit", ""},  // sysfs
    {Group::vlan, "ingress-qos-map", "ingress-qos-map"},
    {Group::vlan, "egress-qos-map", "egress-qos-map"},
    {Group::vlan, "parent", ""},  // `link PARENT`, before the type
    {Group::macvlan, "parent", ""},
    {Group::ipvlan, "parent", ""},
    {Group::link, "master", ""},  // with its own words, in its own place
    {Group::link, "state", ""},
    {Group::link, "token", ""},
    {Group::link, "altnames", ""},
};

std::string word_of(Group group, const Field& field) {
  for (const Spelling& s : kSpellings)
    if (s.group == group && s.field == field.name) return std::string(s.word);
  std::string word(field.ip.empty() ? field.name : field.ip);
  if (field.ip.empty()) std::replace(word.begin(), word.end(), '-', '_');
  return word;
}

// Values of choices that are written as numbers, and booleans that are written as on and off.
bool choice_is_number(Group group, const Field& field) {
  return (group == Group::bridge || group == Group::bridge_slave) && field.name == "mcast-router";
}
bool is_on_off(Group group, const Field& field) {
  return group == Group::link || group == Group::vlan || group == Group::bridge_slave ||
         (group == Group::bond && field.name == "lacp-active");
}

std::string boolean_words(Group group, const Field& field, const std::string& word, bool value) {
  if (group == Group::vxlan) {
    if (field.name == "gbp") return value ? word : "";  // there is no word to turn it off
    return value ? word : "no" + word;
  }
  if (group == Group::macvlan) return value ? "flag nopromisc" : "";
  if (is_on_off(group, field)) return fmt::format("{} {}", word, value ? "on" : "off");
  return fmt::format("{} {}", word, value ? 1 : 0);
}

std::string choice_words(Group group, const Field& field, const std::string& word, const void* object) {
  std::string name = to_string(field.get(field, object));
  if (choice_is_number(group, field)) name = std::to_string(field.number(object));
  if (group == Group::bond && field.name == "arp-validate") std::replace(name.begin(), name.end(), '-', '_');
  if (group == Group::ipvlan && field.name == "isolation") return name;  // a word of its own
  return fmt::format("{} {}", word, name);
}

// Mappings are added and, with priority 0, taken away; those not named stay.
std::string qos_words(const Field& field, const std::string& word, const void* object, const void* before) {
  auto entries = [&](const void* of) {
    Value value = of ? field.get(field, of) : Value{};
    const auto* texts = std::get_if<Texts>(&value);
    return texts ? *texts : Texts{};
  };
  Texts now = entries(object), old = entries(before);
  std::string out;
  for (const std::string& entry : now)
    if (std::find(old.begin(), old.end(), entry) == old.end()) out += " " + entry;
  for (const std::string& entry : old) {
    std::string from = entry.substr(0, entry.find(':') + 1);
    bool kept =
        std::any_of(now.begin(), now.end(), [&](const std::string& n) { return n.starts_with(from); });
    if (!kept) out += " " + from + "0";
  }
  return out.empty() ? "" : word + out;
}

std::string link_name_words(Group group, const Field& field, const std::string& word,
                            const std::string& name) {
  if (!name.empty()) return fmt::format("{} {}", word, shell_word(name));
  if (group == Group::bond && field.name == "active-slave") return "clear_active_slave";
  if (group == Group::bridge_slave && field.name == "backup-port") return "nobackup_port";
  return {};
}

std::string other_words(Group group, const Field& field, const std::string& word, const void* object) {
  Value value = field.get(field, object);
  if (const auto* texts = std::get_if<Texts>(&value))
    return fmt::format("{} {}", word, shell_word(fmt::format("{}", fmt::join(*texts, ","))));
  std::string text =
      std::holds_alternative<std::string>(value) ? std::get<std::string>(value) : to_string(value);
  if (field.type == Type::link) return link_name_words(group, field, word, text);
  if (group == Group::vxlan && field.type == Type::span) {
    auto span = parse<Span>(text).value_or(Span{});
    return fmt::format("{} {} {}", word, span.first, span.last);
  }
  if (group == Group::vxlan && field.name == "remote") {
    auto ip = parse_ip(text);
    return fmt::format("{} {}", ip && ip->is_multicast() ? "group" : "remote", text);
  }
  return fmt::format("{} {}", word, shell_word(text));
}

}  // namespace

std::string shell_word(std::string_view text) {
  constexpr std::string_view kSafe =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:=@%+,-";
  if (!text.empty() && text.find_first_not_of(kSafe) == text.npos) return std::string(text);
  std::string out = "'";
  for (char c : text) {
    if (c == '\'')
      out += "'\\''";
    else
      out += c;
  }
  return out += '\'';
}

std::string option_words(Group group, const Field& field, const void* object, const void* before) {
  std::string word = word_of(group, field);
  if (word.empty()) return {};
  switch (field.type) {
    case Type::boolean:
      return boolean_words(group, field, word, field.number(object) != 0);
    case Type::choice:
      return choice_words(group, field, word, object);
    case Type::integer:
      // A number without 0x is hexadecimal there (rtnl_dsfield_a2n()).
      if (group == Group::vxlan && field.name == "tos") return fmt::format("tos {:#x}", field.number(object));
      [[fallthrough]];
    case Type::duration:  // in the kernel's own unit, as the field is stored
      return fmt::format("{} {}", word, field.number(object));
    case Type::qos:
      return qos_words(field, word, object, before);
    default:
      return other_words(group, field, word, object);
  }
}

}  // namespace netcfg
