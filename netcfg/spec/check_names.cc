#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>

#include "netcfg/spec/check.h"

namespace netcfg {
namespace {

std::string altname_problem(std::string_view name) {
  if (name.empty()) return "an altname cannot be empty";
  for (unsigned char c : name)
    if (c <= ' ' || c == 0x7f || c == '/') return "an altname cannot hold blanks, '/' or control characters";
  return {};
}

void check_altnames(const Checker& check, const Link& link, std::map<std::string_view, const Link*>& owners) {
  if (!link.altnames) return;
  for (size_t i = 0; i < link.altnames->size(); ++i) {
    const std::string& name = (*link.altnames)[i];
    Spot spot = check.locate.value({"interfaces", link.name, "altnames", i});
    if (auto problem = altname_problem(name); !problem.empty()) check.error(spot, problem);
    if (name.size() <= 15 && check.state.link(IfName(name)))
      check.error(spot, fmt::format("'{}' is the name of an interface", name), "choose another altname");
    auto [first, fresh] = owners.emplace(name, &link);
    if (!fresh)
      check.error(spot, fmt::format("'{}' is an altname of {} already", name, first->second->name.view()),
                  "names are unique on a host");
  }
}

bool same_criteria(const Match& a, const Match& b) {
  return a.ifname == b.ifname && a.mac == b.mac && a.permanent_mac == b.permanent_mac && a.pci == b.pci &&
         a.driver == b.driver && a.path == b.path;
}

void check_matches(const Checker& check) {
  const auto& matches = check.desired.matches;
  std::multimap<std::string, const Match*> seen;
  for (const Match& match : matches) {
    std::string digest = match.ifname.value_or("") + "|" + (match.mac ? to_string(*match.mac) : "") + "|" +
                         (match.permanent_mac ? to_string(*match.permanent_mac) : "") + "|" +
                         match.pci.value_or("") + "|" + match.path.value_or("");
    auto [begin, end] = seen.equal_range(digest);
    auto same = std::find_if(begin, end, [&](const auto& row) { return same_criteria(*row.second, match); });
    if (same != end)
      check.error({match.origin, path_with(path_with("interfaces", match.name.view()), "match")},
                  fmt::format("the same match as that of {}", same->second->name.view()),
                  "a NIC can be one interface only");
    else
      seen.emplace(std::move(digest), &match);
  }
}

bool is_unicast(const Mac& mac) {
  return (mac.bytes[0] & 1) == 0 && mac != Mac{};
}

void check_macs(const Checker& check) {
  std::map<Mac, const Link*> owners;
  for (const Link& link : check.state.links) {
    if (!link.mac) continue;
    if (!is_unicast(*link.mac)) {
      bool zero = *link.mac == Mac{};
      check.error(check.in_link(link, "mac"),
                  fmt::format("{} cannot be the address of an interface: {}", to_string(*link.mac),
                              zero ? "it is zero" : "it is a multicast address"),
                  zero ? "" : "the lowest bit of the first byte must be 0");
      continue;
    }
    auto [first, fresh] = owners.emplace(*link.mac, &link);
    if (!fresh)
      check.warning(check.in_link(link, "mac"),
                    fmt::format("{} has the same MAC address", first->second->name.view()),
                    "on one network that confuses switches");
  }
}

}  // namespace

void check_names(const Checker& check) {
  std::map<std::string_view, const Link*> owners;
  for (const Link& link : check.state.links) check_altnames(check, link, owners);
  check_matches(check);
  check_macs(check);
}

}  // namespace netcfg
