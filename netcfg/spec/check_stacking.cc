#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "netcfg/spec/check.h"

namespace netcfg {
namespace {

// The links below each link: its parent and its members.
class Below {
 public:
  explicit Below(const State& state) : state_(state), below_(state.links.size()) {
    for (size_t i = 0; i < state.links.size(); ++i) {
      const Link& link = state.links[i];
      if (auto parent = index(parent_of(link))) below_[i].push_back(*parent);
      if (auto master = index(link.master.value_or(IfName{}))) below_[*master].push_back(i);
    }
  }
  const std::vector<size_t>& of(size_t i) const { return below_[i]; }

 private:
  std::optional<size_t> index(const IfName& name) const {
    const Link* link = name.empty() ? nullptr : state_.link(name);
    return link ? std::optional<size_t>(link - state_.links.data()) : std::nullopt;
  }
  const State& state_;
  std::vector<std::vector<size_t>> below_;
};

void report_cycle(const Checker& check, const std::vector<size_t>& way) {
  const Link& first = check.state.links[way.front()];
  if (way.size() == 1) {
    if (parent_of(first) == first.name)
      check.error(check.in_block(first, "parent"),
                  fmt::format("{} cannot be its own parent", first.name.view()), "name the link below it");
    return;  // its own member: said when the members were read
  }
  std::string names;
  for (size_t i : way) names += fmt::format("{} on ", check.state.links[i].name.view());
  check.error(check.of_link(first),
              fmt::format("interfaces stand on each other in a circle: {}{}", names, first.name.view()),
              "take one of them out of the circle");
}

// Depth first without recursion; every circle is found once, from where it is entered.
void check_cycles(const Checker& check) {
  Below below(check.state);
  enum class Mark : uint8_t { fresh, open, done };
  std::vector<Mark> marks(check.state.links.size());
  struct Frame {
    size_t link, next;
  };
  for (size_t start = 0; start < marks.size(); ++start) {
    if (marks[start] != Mark::fresh) continue;
    std::vector<Frame> stack{{start, 0}};
    marks[start] = Mark::open;
    while (!stack.empty()) {
      Frame& top = stack.back();
      if (top.next == below.of(top.link).size()) {
        marks[top.link] = Mark::done;
        stack.pop_back();
        continue;
      }
      size_t lower = below.of(top.link)[top.next++];
      if (marks[lower] == Mark::open) {
        std::vector<size_t> way;
        auto it = std::find_if(stack.begin(), stack.end(), [&](const Frame& f) { return f.link == lower; });
        for (; it != stack.end(); ++it) way.push_back(it->link);
        report_cycle(check, way);
      } else if (marks[lower] == Mark::fresh) {
        marks[lower] = Mark::open;
        stack.push_back({lower, 0});
      }
    }
  }
}

struct Refused {
  std::string_view master, member, why;
};

// net/bridge/br_if.c, drivers/net/bonding/bond_main.c, drivers/net/vrf.c
constexpr Refused kRefusedMembers[] = {
    {"bridge", "bridge", "a bridge cannot be a member of a bridge"},
    {"bridge", "vrf", "a VRF cannot be a member of a bridge"},
    {"bond", "vrf", "a VRF cannot be a member of a bond"},
    {"vrf", "vrf", "a VRF cannot be a member of a VRF"},
};

void check_member_kind(const Checker& check, const Link& link) {
  const Link* master = link.master ? check.state.link(*link.master) : nullptr;
  if (!master || master == &link) return;
  for (const Refused& row : kRefusedMembers)
    if (row.master == kind_name(*master) && row.member == kind_name(link))
      check.error(check.of_member(*master, link), fmt::format("{}: {}", link.name.view(), row.why),
                  "remove it from the members");
}

// Parents that the kernel refuses, or silently replaces by the one below.
void check_parent_kind(const Checker& check, const Link& link) {
  const Link* parent = check.state.link(parent_of(link));
  bool tunnel = std::holds_alternative<Vxlan>(link.kind);
  if (parent_of(link) == IfName("lo") && !tunnel)
    check.error(check.in_block(link, "parent"), fmt::format("a {} cannot stand on lo", kind_name(link)),
                "use a dummy link");
  if (!parent || tunnel) return;
  std::string_view kind = kind_name(link), below = kind_name(*parent);
  if (kind == "vlan" && below == "vrf")
    check.error(check.in_block(link, "parent"), "a VLAN cannot stand on a VRF",
                "name the VRF's member as the parent");
  bool mac_kind = kind == "macvlan" || kind == "macvtap";
  bool on_own =
      (mac_kind && (below == "macvlan" || below == "macvtap")) || (kind == "ipvlan" && below == kind);
  if (on_own)
    check.error(check.in_block(link, "parent"),
                fmt::format("the kernel puts a {} on the parent of {} instead", kind, parent->name.view()),
                fmt::format("write parent: {}", parent_of(*parent).view()));
  bool grabbed =
      std::holds_alternative<BondPort>(parent->port) || std::holds_alternative<BridgePort>(parent->port);
  if (grabbed && (mac_kind || kind == "ipvlan"))
    check.error(check.in_block(link, "parent"),
                fmt::format("{} is a member of {}, so a {} on it would get no packets", parent->name.view(),
                            parent->master->view(), kind),
                fmt::format("put it on {}", parent->master->view()));
}

}  // namespace

void check_stacking(const Checker& check) {
  check_cycles(check);
  for (const Link& link : check.state.links) {
    check_member_kind(check, link);
    check_parent_kind(check, link);
  }
}

}  // namespace netcfg
