#include <fmt/format.h>

#include <algorithm>

#include "netcfg/base/text.h"
#include "netcfg/spec/binder.h"
#include "netcfg/spec/sections.h"

namespace netcfg {
namespace {

struct LinkDraft {
  Binder& binder;
  Link link;
  const Entry* block = nullptr;  // the kind block
  const Entry* match = nullptr;
};

constexpr Key<LinkDraft> kKeys[] = {
    {{"match", "how the NIC is found that gets this name", "match"},
     [](LinkDraft& d, const At& at) { bind_match(d.binder, d.link.name, at); }},
    {{"addresses", "its addresses; the first of a subnet is the primary one", "[address-entry]"},
     [](LinkDraft& d, const At& at) { bind_addresses(d.binder, d.link.name, at); }},
    {{"ipv6", "how the interface takes part in IPv6", "ipv6"},
     [](LinkDraft& d, const At& at) { bind_ipv6(d.binder, d.link, at); }},
    {{"sysctl", "kernel parameters of the interface, such as ipv4/arp_ignore: 1", "{sysctl-value}"},
     [](LinkDraft& d, const At& at) { bind_link_sysctls(d.binder, d.link.name, at); }},
    {{"neighbors", "permanent neighbour entries", "[neighbor]"},
     [](LinkDraft& d, const At& at) { bind_neighbors(d.binder, d.link.name, at); }},
    {{"qdisc", "how it queues what it sends: a kind, or a mapping with its parameters", "qdisc"},
     [](LinkDraft& d, const At& at) { bind_qdisc(d.binder, d.link.name, at); }},
    {{"qos", "rates of what it sends: of all, of parts of the traffic, of hosts", "qos"},
     [](LinkDraft& d, const At& at) { bind_qos(d.binder, d.link.name, at); }},
    {{"guard", "true: losing this interface counts as losing connectivity", "boolean"},
     [](LinkDraft& d, const At& at) { bind_link_guard(d.binder, d.link.name, at); }},
    {{"manage", "exclusive: foreign addresses and routes of the interface are removed", "manage"},
     [](LinkDraft& d, const At& at) {
       if (read_manage(d.binder.report, at).value_or(false))
         d.binder.out.exclusive_links.push_back(d.link.name);
     }},
};

const std::vector<Field>& link_fields() {
  static const std::vector<Field> fields = [] {
    std::vector<Field> out;
    for (const Field& field : kLinkFields)
      if (field.name != "master" && field.name != "token") out.push_back(field);
    return out;
  }();
  return fields;
}

// A kind block's members, each with its port options.
struct BlockDraft {
  Binder& binder;
  LinkDraft& link;
};

void add_member(BlockDraft& d, const At& at, std::string_view name, PortKind port) {
  if (auto problem = IfName::problem(name); !problem.empty()) {
    d.binder.gaps.links = true;
    return d.binder.report.key_error(at, std::string(problem));
  }
  d.binder.memberships.push_back(
      {d.link.link.name, IfName(name), std::move(port), at.key_place ? at.key_place : at.place()});
}

void read_member_list(BlockDraft& d, const At& at) {
  for (size_t i = 0; i < at.node.size(); ++i) {
    At item = at.item(i);
    auto name = item.node.as_string();
    if (name)
      add_member(d, item, *name, port_for(d.link.link.kind));
    else
      d.binder.report.error(item,
                            fmt::format("expected the name of an interface, got {}", describe(item.node)),
                            name.error().hint);
  }
}

void read_members(BlockDraft& d, const At& at) {
  if (at.node.is_list() || at.node.is_null()) return read_member_list(d, at);
  if (!at.node.is_map())
    return d.binder.report.error(
        at, fmt::format("expected a list or mapping of members, got {}", describe(at.node)),
        at.node.is_scalar() ? fmt::format("write [{}]", printable(at.node.text())) : std::string());
  const KindInfo* info = kind_info(d.link.link.kind);
  for (const Entry& entry : at.node.entries()) {
    if (taken_back(entry.value)) continue;
    PortKind port = port_for(d.link.link.kind);
    At value = at.value(entry);
    read_map<PortKind>(d.binder.report, value, fmt::format("{}-port", info->name), {}, fields_of(port).fields,
                       port, [](PortKind& p) { return object_of(p); });
    add_member(d, value, entry.key, std::move(port));
  }
}

constexpr Key<BlockDraft> kMasterKeys[] = {
    {{"members", "the links that belong to it: a list, or a mapping to each one's options", "members"},
     read_members},
};

// A VRF's table may be given by name; no other kind has one.
constexpr Key<BlockDraft> kVrfKeys[] = {
    kMasterKeys[0],
    {{"table", "the routing table of its members: a number or a name of `tables`", "table", true},
     [](BlockDraft& d, const At& at) { std::get<Vrf>(d.link.link.kind).table = d.binder.table(at); }},
};

struct Block {
  std::span<const Key<BlockDraft>> keys;
  Fields fields;
};

Block block_of(const KindInfo& info) {
  if (info.name == Vrf::kind) return {kVrfKeys, {}};
  if (info.has_members) return {kMasterKeys, info.fields};
  return {{}, info.fields};
}

void read_block(LinkDraft& d, const KindInfo& info, const At& at) {
  d.link.kind = info.make();
  BlockDraft draft{d.binder, d};
  Block block = block_of(info);
  if (!read_map<BlockDraft>(d.binder.report, at, info.name, block.keys, block.fields, draft,
                            [](BlockDraft& b) { return object_of(b.link.link.kind); }))
    d.binder.gaps.links = true;
  if (const auto* veth = std::get_if<Veth>(&d.link.kind); veth && veth->peer)
    d.binder.pairings.push_back({d.link.name, *veth->peer, at.node.find("peer")->place()});
}

std::vector<std::string_view> interface_words() {
  auto out = names_of<LinkDraft>(kKeys, link_fields());
  for (const KindInfo& info : kKinds) out.push_back(info.name);
  return out;
}

void read_entry(LinkDraft& d, const At& parent, const Entry& entry) {
  At at = parent.value(entry);
  Report& report = d.binder.report;
  for (const auto& key : kKeys)
    if (key.info.name == entry.key) {
      if (entry.key == "match") d.match = &entry;
      return key.read(d, at);
    }
  if (const KindInfo* info = find_kind(entry.key)) {
    if (d.block)
      return report.key_error(
          at, fmt::format("'{}' beside '{}': an interface is of one kind", entry.key, d.block->key),
          "keep one of the two");
    d.block = &entry;
    return read_block(d, *info, at);
  }
  if (const Field* field = find_field(link_fields(), entry.key)) {
    read_field(report, at, *field, &d.link);
    return;
  }
  unknown_key(report, at, "interface", interface_words());
}

// `state: absent` stands alone: there is nothing to configure.
void check_absent(LinkDraft& d, const At& at) {
  for (const Entry& entry : at.node.entries())
    if (entry.key != "state" && !taken_back(entry.value))
      d.binder.report.key_error(at.value(entry),
                                fmt::format("'{}' on an interface that is absent", entry.key),
                                "remove it, or remove `state: absent`");
}

void read_interface(Binder& binder, const At& at) {
  LinkDraft d{binder, {}};
  d.link.name = IfName(at.key);
  d.link.origin = at.key_place;
  if (!is_map(binder.report, at)) return;
  for (const Entry& entry : at.node.entries())
    if (!taken_back(entry.value)) read_entry(d, at, entry);
  if (d.match && d.block)
    binder.report.key_error(at.value(*d.match),
                            fmt::format("'match' beside '{}': netcfg makes this link "
                                        "itself, there is nothing to find",
                                        d.block->key),
                            "remove one of the two");
  if (d.link.absent()) check_absent(d, at);
  if (!d.link.state) d.link.state = LinkState::up;
  binder.out.state.links.push_back(std::move(d.link));
}

}  // namespace

void bind_defaults(Binder& binder, const At& at) {
  read_map<Binder>(binder.report, at, "defaults", {}, default_fields(), binder,
                   [](Binder& b) { return &b.defaults; });
}

void bind_interfaces(Binder& binder, const At& at) {
  if (!is_map(binder.report, at)) return;
  binder.out.state.links.reserve(at.node.size());
  for (const Entry& entry : at.node.entries()) {
    if (taken_back(entry.value)) continue;
    At value = at.value(entry);
    if (auto problem = IfName::problem(entry.key); !problem.empty()) {
      binder.gaps.links = binder.gaps.addresses = true;
      binder.report.key_error(value, std::string(problem));
    } else {
      read_interface(binder, value);
    }
  }
  resolve_links(binder);
}

const std::vector<Field>& default_fields() {
  static const std::vector<Field> fields = [] {
    std::vector<Field> out;
    for (const Field& field : kLinkFields)
      for (std::string_view name : {"mtu", "txqueuelen", "group", "arp", "multicast", "allmulticast"})
        if (field.name == name) out.push_back(field);
    return out;
  }();
  return fields;
}

Section interface_section() {
  return {"interface", "A network interface.", infos<LinkDraft>(kKeys), link_fields()};
}

Section kind_section(const KindInfo& info) {
  Block block = block_of(info);
  return {info.name, info.doc, infos<BlockDraft>(block.keys), {block.fields.begin(), block.fields.end()}};
}

}  // namespace netcfg
