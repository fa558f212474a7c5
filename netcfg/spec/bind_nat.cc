#include <fmt/format.h>

#include <algorithm>

#include "netcfg/model/nat.h"
#include "netcfg/spec/binder.h"
#include "netcfg/spec/sections.h"
#include "netcfg/spec/values.h"

namespace netcfg {
namespace {

template <class Item>
struct Draft {
  Report& report;
  Item item{};
};

template <class Item>
void read_from(Draft<Item>& d, const At& at) {
  each_value(at, [&](const At& one) {
    if (auto network = read_network(d.report, one)) d.item.from.push_back(*network);
  });
}

template <class Item>
void read_destination(Draft<Item>& d, const At& at) {
  d.item.destination = read_network(d.report, at);
}

void read_source_address(Draft<SourceNat>& d, const At& at) {
  auto ip = at.node.is_scalar() ? parse_ip(at.node.text()) : std::nullopt;
  if (!ip) {
    bool prefix = at.node.is_scalar() && parse_prefix(at.node.text());
    return d.report.error(at, fmt::format("expected an IPv4 or IPv6 address, got {}", describe(at.node)),
                          prefix ? "write it without its length" : "");
  }
  if (!d.item.to.empty() && d.item.to.front().family != ip->family)
    return d.report.error(at, "the addresses of 'to' are of different families", "make an entry for each");
  d.item.to.push_back(*ip);
}

void read_protocol(Draft<PortForward>& d, const At& at) {
  std::string_view text = at.node.is_scalar() ? at.node.text() : std::string_view();
  for (const Choice& choice : kPortProtocols) {
    if (text != choice.name && text != std::to_string(choice.number)) continue;
    auto number = static_cast<uint8_t>(choice.number);
    auto& all = d.item.protocols;
    if (std::find(all.begin(), all.end(), number) == all.end()) all.push_back(number);
    return;
  }
  constexpr std::string_view kHint = "write tcp, udp, dccp, sctp or udplite, or a list of them";
  for (std::string_view name : {"icmp", "icmpv6", "igmp", "gre", "esp", "ah"})
    if (text == name)
      return d.report.error(at, fmt::format("{} has no ports that could be forwarded", name),
                            std::string(kHint));
  d.report.error(at, fmt::format("expected a protocol with ports, got {}", describe(at.node)),
                 std::string(kHint));
}

void read_target(Draft<PortForward>& d, const At& at) {
  auto target =
      at.node.is_scalar()
          ? parse_forward_target(at.node.text())
          : Result<ForwardTarget>(Error{fmt::format("expected ADDRESS, ADDRESS:PORT or ADDRESS:PORT-PORT, "
                                                    "got {}",
                                                    describe(at.node)),
                                        "", 0});
  if (!target) return d.report.error(at, target.error().message, target.error().hint);
  if (!d.item.to.empty() && d.item.family() != target->ip.family)
    return d.report.error(at, "the targets are of different address families", "make an entry for each");
  d.item.to.push_back(*target);
}

constexpr std::string_view kFromDoc = "source network or address, or a list of them; else all";
constexpr std::string_view kDestinationDoc = "destination network or address; else all";

constexpr Key<Draft<Masquerade>> kMasqueradeKeys[] = {
    {{"from", kFromDoc, "networks"}, read_from<Masquerade>},
    {{"destination", kDestinationDoc, "destination"}, read_destination<Masquerade>},
};
constexpr Key<Draft<SourceNat>> kSourceNatKeys[] = {
    {{"from", kFromDoc, "networks"}, read_from<SourceNat>},
    {{"destination", kDestinationDoc, "destination"}, read_destination<SourceNat>},
    {{"to", "the address that the packets get; of a list, each source address keeps one", "addresses", true},
     [](Draft<SourceNat>& d, const At& at) {
       each_value(at, [&](const At& one) { read_source_address(d, one); });
     }},
};
constexpr Key<Draft<PortForward>> kPortForwardKeys[] = {
    {{"ip-proto", "tcp, udp, dccp, sctp, udplite, or a list of them", "port-protocols", true},
     [](Draft<PortForward>& d, const At& at) {
       each_value(at, [&](const At& one) { read_protocol(d, one); });
     }},
    {{"dport", "the port that the connections are made to, a range, or a list of both", "ports", true},
     [](Draft<PortForward>& d, const At& at) {
       each_value(at, [&](const At& one) { read_ports(d.report, one, d.item.dport); });
     }},
    {{"from", kFromDoc, "networks"}, read_from<PortForward>},
    {{"to",
      "where they go: ADDRESS, ADDRESS:PORT, ADDRESS:PORT-PORT, or a list of them among which connections "
      "are distributed. A range as long as that of dport is translated port by port",
      "forward-targets", true},
     [](Draft<PortForward>& d, const At& at) {
       each_value(at, [&](const At& one) { read_target(d, one); });
     }},
};

template <class Item>
void read_items(Binder& binder, const At& at, std::string_view section,
                std::span<const Key<Draft<Item>>> keys, Fields fields, std::vector<Item>& out) {
  if (!is_list(binder.report, at)) {
    binder.gaps.nat = true;
    return;
  }
  for (size_t i = 0; i < at.node.size(); ++i) {
    At item = at.item(i);
    Draft<Item> draft{binder.report};
    draft.item.origin = item.place();
    if (!read_map<Draft<Item>>(binder.report, item, section, keys, fields, draft,
                               [](Draft<Item>& d) { return &d.item; }))
      binder.gaps.nat = true;
    else
      out.push_back(std::move(draft.item));
  }
}

void read_masquerade(Binder& binder, const At& at) {
  read_items<Masquerade>(binder, at, "masquerade", kMasqueradeKeys, kMasqueradeFields, binder.nat.masquerade);
}
void read_snat(Binder& binder, const At& at) {
  read_items<SourceNat>(binder, at, "snat", kSourceNatKeys, kSourceNatFields, binder.nat.snat);
}
void read_port_forward(Binder& binder, const At& at) {
  read_items<PortForward>(binder, at, "port-forward", kPortForwardKeys, kPortForwardFields,
                          binder.nat.port_forward);
  for (PortForward& forward : binder.nat.port_forward) join(forward.dport);
}

constexpr Key<Binder> kNatKeys[] = {
    {{"masquerade", "packets that leave by an interface get the address that it has then", "[masquerade]"},
     read_masquerade},
    {{"snat", "packets that leave by an interface get an address that is named here", "[snat]"}, read_snat},
    {{"port-forward", "connections to ports of this host go to another", "[port-forward]"},
     read_port_forward},
};

}  // namespace

void bind_nat(Binder& binder, const At& at) {
  if (!read_map<Binder>(binder.report, at, "nat", kNatKeys, {}, binder, [](Binder& b) { return &b; }))
    binder.gaps.nat = true;
}

Section nat_section() {
  return {"nat",
          "Address translation, by the table `inet netcfg` of nftables. Of several entries that fit a packet "
          "the one with the narrowest networks counts, and snat before masquerade. What is not forbidden by "
          "another program's rules is forwarded: where the spec does not set net.ipv4.ip_forward, or "
          "net.ipv6.conf.all.forwarding, nat does.",
          infos<Binder>(kNatKeys),
          {}};
}
Section masquerade_section() {
  return {"masquerade",
          "Packets that leave by an interface get the address that it has then.",
          infos<Draft<Masquerade>>(kMasqueradeKeys),
          {std::begin(kMasqueradeFields), std::end(kMasqueradeFields)}};
}
Section snat_section() {
  return {"snat",
          "Packets that leave by an interface get an address that is named here.",
          infos<Draft<SourceNat>>(kSourceNatKeys),
          {std::begin(kSourceNatFields), std::end(kSourceNatFields)}};
}
Section port_forward_section() {
  return {"port-forward",
          "Connections to ports of this host go to another.",
          infos<Draft<PortForward>>(kPortForwardKeys),
          {std::begin(kPortForwardFields), std::end(kPortForwardFields)}};
}

}  // namespace netcfg
