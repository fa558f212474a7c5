#include "tests/support/random_state.h"

#include <fmt/format.h>

#include <algorithm>

#include "netcfg/base/text.h"
#include "netcfg/json/write.h"
#include "tests/support/random_draft.h"
#include "tests/support/random_qdiscs.h"

namespace netcfg::test {
namespace {

constexpr uint8_t kBgp = 186;  // RTPROT_BGP: FRR's

// Makes what other programs would have made. What the kernel refuses does not come to be.
class Others {
 public:
  Others(Rng& rng, SimHost& host) : rng_(rng), host_(host) {}

  void run() {
    uint32_t nics = rng_.between(2, 4);
    for (uint8_t i = 0; i < nics; ++i) {
      IfName name(fmt::format("eth{}", i));
      host_.add_nic(name, Mac{{0x52, 0x54, 0, 0, 0, static_cast<uint8_t>(i + 1)}});
      if (rng_.chance(60)) change(name, [](Link& l) { l.state = LinkState::up; });
    }
    if (rng_.chance(20)) host_.add_foreign("tun0", "tun");
    add_links();
    for (const SimLink& link : std::vector<SimLink>(host_.links())) add_addresses(link.link.name);
    if (rng_.chance(25)) add_nexthops();
    for (uint32_t i = rng_.below(4); i > 0; --i) add_route();
    for (uint32_t i = rng_.below(3); i > 0; --i) add_rule();
    if (rng_.chance(15)) add_neighbor();
    add_qdiscs();
  }

 private:
  template <class T>
  void make(const T& resource) {
    static_cast<void>(host_.apply({Action::create, static_cast<const T*>(nullptr), &resource}));
  }
  template <class F>
  void change(const IfName& name, F&& f) {
    Link before = host_.find(name)->link;
    Link after = before;
    f(after);
    static_cast<void>(host_.apply({Action::update, &before, &after}));
  }
  template <class Kind>
  void link(const char* name, Kind kind) {
    Link l;
    l.name = name;
    l.kind = std::move(kind);
    l.state = rng_.chance(70) ? LinkState::up : LinkState::down;
    make(l);
  }

  // Some have names that specs use too, and are adopted then.
  void add_links() {
    if (rng_.chance(25)) link("docker0", Bridge{});
    if (rng_.chance(15)) link("dm0", Dummy{});
    if (rng_.chance(10)) link("gone0", Dummy{});
    if (rng_.chance(10)) link("bond0", Bond{});
    if (rng_.chance(10)) link("br0", Bridge{});
    if (rng_.chance(10)) {
      Vlan vlan;
      vlan.parent = IfName("eth0");
      vlan.id = static_cast<uint16_t>(rng_.pick({40, 41}));
      link("eth0.40", vlan);
    }
    if (rng_.chance(15)) {
      link("vethx", Veth{IfName("vethy")});
      if (host_.find("docker0")) change("vethx", [](Link& l) { l.master = IfName("docker0"); });
    }
    if (host_.find("br0") && rng_.chance(40)) change("eth1", [](Link& l) { l.master = IfName("br0"); });
  }

  void add_addresses(const IfName& dev) {
    if (dev == IfName("lo") || !rng_.chance(45)) return;
    for (uint32_t i = rng_.between(1, 3); i > 0; --i) {
      Address a;
      a.dev = dev;
      a.address = *parse_prefix(
          rng_.chance(75) ? fmt::format("10.1.{}.{}/24", rng_.below(3), rng_.between(1, 200))
                          : fmt::format("2001:db8:1:{}::{}/64", rng_.below(3), rng_.between(1, 99)));
      // Sometimes one that a spec wants, there or elsewhere.
      if (rng_.chance(15))
        a.address = *parse_prefix(fmt::format("10.0.{}.{}/24", rng_.below(4), rng_.between(1, 3)));
      make(a);
    }
  }

  void add_route() {
    Route r;
    bool v4 = rng_.chance(80);
    r.to = *parse_prefix(v4 ? rng_.pick({"0.0.0.0/0", "198.18.0.0/15", "203.0.113.0/24"})
                            : rng_.pick({"::/0", "2001:db8:200::/48"}));
    r.protocol = rng_.pick<uint8_t>({3, 4, kBgp});
    r.metric = rng_.pick({0U, 20U});
    r.table = rng_.pick({kTableMain, kTableMain, 200U});
    std::vector<Address> via;
    for (const Address& a : host_.addresses())
      if (a.address.ip.family == r.family() && a.dev != IfName("lo")) via.push_back(a);
    if (via.empty()) return;
    const Address& on = rng_.pick(via);
    NextHop hop{on.address.ip, rng_.chance(50) ? on.dev : IfName(), 1, false};
    hop.via.bytes[hop.via.size() - 1] = 0xfe;
    r.hops.push_back(hop);
    if (rng_.chance(30)) r.src = on.address.ip;
    make(r);
  }

  // Some have ids that specs use too.
  void add_nexthops() {
    std::vector<NexthopMember> made;
    for (const Address& on : std::vector<Address>(host_.addresses())) {
      if (on.dev == IfName("lo") || made.size() == 3) continue;
      Nexthop n;
      n.id = rng_.chance(80) ? 50 + static_cast<uint32_t>(made.size()) : rng_.between(1, 4);
      n.family = on.address.ip.family;
      n.dev = on.dev;
      n.via = on.address.ip;
      n.via.bytes[n.via.size() - 1] = 0xfe;
      n.protocol = rng_.pick<uint8_t>({0, 4, kBgp});
      if (host_.apply({Action::create, static_cast<const Nexthop*>(nullptr), &n}).refused()) continue;
      made.push_back({n.id, 1});
    }
    if (made.empty()) return;
    std::sort(made.begin(), made.end());
    if (rng_.chance(50)) {
      Nexthop group;
      group.id = 60;
      group.group = made;
      group.protocol = kBgp;
      make(group);
    }
    Route r;
    r.to = *parse_prefix("198.51.0.0/16");
    r.protocol = kBgp;
    r.scope = uint8_t{0};
    r.nexthop_id = rng_.chance(40) ? 60 : rng_.pick(made).id;
    make(r);
  }

  void add_rule() {
    Rule r;
    r.priority = rng_.pick({50U, 100U, 4000U});
    r.from = *parse_prefix(rng_.pick({"10.1.0.0/16", "10.0.0.0/24", "192.0.2.0/24"}));
    r.table = rng_.pick({200U, 100U});
    r.action = RuleAction::lookup;
    r.protocol = rng_.pick<uint8_t>({0, 3, kBgp});
    make(r);
  }

  void add_neighbor() {
    Neighbor n;
    n.dev = "eth0";
    n.address = *parse_ip("10.1.0.77");
    n.mac = Mac{{2, 0, 0, 0, 0xff, 1}};
    make(n);
  }

  // By numbers of their own: those that follow make the specs.
  void add_qdiscs() {
    Rng rng = rng_;
    for (const SimLink& link : std::vector<SimLink>(host_.links())) {
      if (!rng.chance(12)) continue;
      if (rng.chance(30)) {
        host_.add_foreign_qdisc(link.link.name, "prio");
        continue;
      }
      Qdisc qdisc = some_qdisc(rng, link.link.name);
      while (qdisc.is_htb()) qdisc = some_qdisc(rng, link.link.name);
      qdisc.handle = 0x8001;
      make(qdisc);
    }
  }

  Rng& rng_;
  SimHost& host_;
};

std::string fields_text(Fields fields, const void* object) {
  std::string out;
  for (const Field& field : fields)
    if (field.has(object))
      out += fmt::format(" {}={}", field.name, netcfg::to_string(field.get(field, object)));
  return out;
}

template <class T>
std::string details(const T&) {
  return {};
}
template <>
std::string details(const Link& link) {
  FieldsOf kind = fields_of(link.kind), port = fields_of(link.port);
  const KindInfo* info = kind_info(link.kind);
  return fmt::format(" {}{}{}{}", info ? info->name : "-", fields_text(kLinkFields, &link),
                     fields_text(kind.fields, kind.object), fields_text(port.fields, port.object));
}
template <>
std::string details(const Address& a) {
  return fmt::format("{} protocol={}{}", fields_text(kAddressFields, &a), a.protocol,
                     a.secondary ? " secondary" : "");
}
template <>
std::string details(const Route& r) {
  std::string out = fmt::format(" type={} protocol={}", static_cast<int>(r.type), r.protocol);
  if (r.scope) out += fmt::format(" scope={}", *r.scope);
  if (r.src) out += " src " + to_string(r.src);
  if (r.nexthop_id != 0) out += fmt::format(" nhid {}", r.nexthop_id);
  for (const NextHop& hop : r.hops)
    out += fmt::format(" [via {} dev {} weight {}{}]", to_string(hop.via), hop.dev.view(), hop.weight,
                       hop.onlink ? " onlink" : "");
  return out;
}
template <>
std::string details(const Nexthop& n) {
  std::string out = fmt::format(" family={} protocol={}", static_cast<int>(n.family), n.protocol);
  if (n.blackhole) out += " blackhole";
  if (!n.dev.empty())
    out += fmt::format(" [via {} dev {}{}]", to_string(n.via), n.dev.view(), n.onlink ? " onlink" : "");
  for (const NexthopMember& member : n.group) out += fmt::format(" {},{}", member.id, member.weight);
  if (n.resilient) out += " resilient" + fields_text(kResilientFields, &*n.resilient);
  return out;
}
template <>
std::string details(const Rule& r) {
  return fmt::format(" action={} protocol={}", static_cast<int>(r.action.value_or(RuleAction::lookup)),
                     r.protocol);
}
template <>
std::string details(const Neighbor& n) {
  return fields_text(kNeighborFields, &n);
}
template <>
std::string details(const Sysctl& s) {
  return " = " + s.value;
}
template <>
std::string details(const Qdisc& q) {
  std::string out = fmt::format(" handle={:x}", q.handle);
  for (const Leaf& leaf : leaves_of(q)) out += fmt::format(" {}={}", leaf.name, leaf.text);
  return out;
}
template <>
std::string details(const Ruleset& r) {
  return "\n" + r.text;
}

std::vector<std::string> split_text(const std::string& text, char separator) {
  std::vector<std::string> out;
  for (std::string_view part : split(text, separator)) out.emplace_back(part);
  while (!out.empty() && out.back().empty()) out.pop_back();
  return out;
}

void drop_common(std::vector<std::string>& a, std::vector<std::string>& b) {
  std::erase_if(a, [&](const std::string& word) {
    auto it = std::find(b.begin(), b.end(), word);
    if (it == b.end()) return false;
    b.erase(it);
    return true;
  });
}

}  // namespace

SimKernel random_host(Rng& rng) {
  SimHost host;
  Others(rng, host).run();
  return SimKernel(std::move(host));
}

Desired random_desired(Rng& rng, const SimKernel& kernel) {
  return Draft(rng, kernel.host()).run();
}

std::string describe(const State& state) {
  std::string out;
  for_each_kind(state, [&](const auto& table) {
    for (const auto& resource : table) {
      using T = std::remove_cvref_t<decltype(resource)>;
      out += fmt::format("  {} {}{}\n", state_kind<T>().name, id_of(resource), details(resource));
    }
  });
  return out;
}

std::string difference(const State& wanted, const State& found) {
  std::string text = describe(wanted), now = describe(found);
  if (text == now) return {};
  auto a = split_text(text, '\n'), b = split_text(now, '\n');
  drop_common(a, b);
  std::string out;
  for (const std::string& line : a) {
    // Of what both have, in different states, only the words that differ.
    auto words = split_text(line, ' ');
    auto same = std::find_if(b.begin(), b.end(), [&](const std::string& other) {
      auto theirs = split_text(other, ' ');
      return theirs.size() > 3 && words.size() > 3 &&
             std::equal(words.begin(), words.begin() + 4, theirs.begin());
    });
    if (same == b.end()) {
      out += "  -" + line + "\n";
      continue;
    }
    auto theirs = split_text(*same, ' ');
    out += fmt::format("  {} {}:", words[2], words[3]);
    drop_common(words, theirs);
    for (const std::string& word : words) out += " -" + word;
    for (const std::string& word : theirs) out += " +" + word;
    out += "\n";
    b.erase(same);
  }
  for (const std::string& line : b) out += "  +" + line + "\n";
  return out;
}

}  // namespace netcfg::test
