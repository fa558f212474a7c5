// Marks that keep a connection with its uplink, and source addresses that its provider accepts.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "netcfg/spec/lower_uplinks.h"

namespace netcfg {
namespace {

constexpr Family kFamilies[] = {Family::ipv4, Family::ipv6};

std::string_view ip_word(Family family) {
  return family == Family::ipv6 ? "ip6" : "ip";
}

class NftLowering {
 public:
  NftLowering(const Uplinks& uplinks, NftRules& out) : uplinks_(uplinks), out_(out) {}

  void run() {
    for (const Uplink& uplink : uplinks_.links) comes_in(uplink);
    for (const Uplink& uplink : uplinks_.links) belongs(uplink);
    for (Family family : kFamilies) marks_dscp(family);
    for (const Uplink& uplink : uplinks_.links) goes_out(uplink);
    for (const Uplink& uplink : uplinks_.links) any_source(uplink);
    for (const Uplink& uplink : uplinks_.links) steered_source(uplink);
    for (const Uplink& uplink : uplinks_.links) source(uplink);
  }

 private:
  void add(std::vector<NftRule>& chain, const Uplink& uplink, std::string text, std::string_view reason) {
    chain.push_back({std::move(text), uplink.origin, fmt::format("uplink {}: {}", uplink.name, reason)});
  }

  // Another one uses the same card, so that its name does not tell them apart.
  bool is_shared(const Uplink& uplink) const {
    return std::any_of(uplinks_.links.begin(), uplinks_.links.end(),
                       [&](const Uplink& other) { return &other != &uplink && other.dev == uplink.dev; });
  }

  // "203.0.113.10", "{ 203.0.113.10, 203.0.113.11 }"; empty without any.
  static std::string addresses(const Uplink& uplink, Family family) {
    std::vector<Ip> own;
    for (const Ip& ip : uplink.addresses)
      if (ip.family == family) own.push_back(ip);
    std::sort(own.begin(), own.end());
    std::string out;
    for (const Ip& ip : own) out += (out.empty() ? "" : ", ") + to_string(ip);
    return own.size() > 1 ? "{ " + out + " }" : out;
  }

  // f(the beginning of a rule) for packets that come in by the uplink.
  template <class F>
  void each_way_in(const Uplink& uplink, F&& f) const {
    std::string in = fmt::format("iifname \"{}\" ", uplink.dev.view());
    if (!is_shared(uplink)) return f(in);
    for (Family family : kFamilies)
      if (std::string own = addresses(uplink, family); !own.empty())
        f(in + fmt::format("{} daddr {} ", ip_word(family), own));
  }

  // Likewise for packets of a family that leave by it.
  std::string way_out(const Uplink& uplink, Family family) const {
    std::string out = fmt::format("oifname \"{}\" ", uplink.dev.view());
    if (is_shared(uplink))
      out += fmt::format("rt {} nexthop {} ", ip_word(family), to_string(uplink.gateway(family)));
    return out;
  }

  // As nft lists `mark set mark & ~mask | value`.
  std::string set_mark(std::string_view which, const Uplink& uplink) const {
    return set_mark(which, mark_of(uplinks_, uplink));
  }
  static std::string set_mark(std::string_view which, const Mark& mark) {
    return fmt::format("{0} mark set {0} mark & {1:#010x} | {2:#010x}", which, ~mark.mask | mark.value,
                       mark.value);
  }

  void comes_in(const Uplink& uplink) {
    each_way_in(uplink, [&](const std::string& in) {
      add(out_.prerouting, uplink, in + "ct state new " + set_mark("ct", uplink), "what comes in by it");
    });
  }

  void belongs(const Uplink& uplink) {
    Mark mark = mark_of(uplinks_, uplink);
    std::string text =
        fmt::format("ct mark & {:#010x} == {:#010x} ", mark.mask, mark.value) + set_mark("meta", uplink);
    add(out_.prerouting, uplink, text, "stays with it");
    add(out_.output, uplink, text, "stays with it");
  }

  // The rules that choose a table see marks alone: of the DSCP, IPv4's see no more than three bits.
  void marks_dscp(Family family) {
    bool used = std::any_of(uplinks_.links.begin(), uplinks_.links.end(),
                            [&](const Uplink& uplink) { return bool(uplink.gateway(family)); });
    std::map<uint8_t, Place> wanted;
    for (const Steer& steer : uplinks_.steer)
      if (used && steer.dscp && steer.applies_to(family)) wanted.emplace(*steer.dscp, steer.origin);
    for (const auto& [dscp, origin] : wanted) {
      std::string name = dscp_name(dscp);
      std::string text =
          fmt::format("{} dscp {} ", ip_word(family), name) + set_mark("meta", dscp_mark_of(uplinks_, dscp));
      for (auto* chain : {&out_.prerouting, &out_.output})
        chain->push_back({text, origin, "steer: dscp " + name});
    }
  }

  void goes_out(const Uplink& uplink) {
    std::string tail = fmt::format("ct state new ct mark & {:#010x} == 0x00000000 ", *uplinks_.mark) +
                       set_mark("ct", uplink);
    if (!is_shared(uplink))
      return add(out_.postrouting, uplink, way_out(uplink, Family::ipv4) + tail, "left by it");
    for (Family family : kFamilies)
      if (uplink.gateway(family)) add(out_.postrouting, uplink, way_out(uplink, family) + tail, "left by it");
  }

  // A server that is bound to no address would answer from whatever the routing table says at the moment.
  void any_source(const Uplink& uplink) {
    std::string own = addresses(uplink, Family::ipv4);
    if (own.empty() || !uplink.gateway4 || !has_any_source(uplinks_)) return;
    add(out_.dstnat, uplink,
        fmt::format("iifname \"{}\" ip daddr {} meta l4proto udp socket wildcard 1 dnat ip to {}",
                    uplink.dev.view(), own, to_string(kAnySource)),
        "UDP servers on all addresses");
  }

  // What was made here had a source already when its DSCP had it leave by this one.
  void steered_source(const Uplink& uplink) {
    for (Family family : kFamilies) {
      if (!uplink.gateway(family) || !steers_by_dscp(uplinks_, family)) continue;
      std::string text = way_out(uplink, family) +
                         fmt::format("meta mark & {0:#010x} == {0:#010x} ", any_dscp_mark(uplinks_).value);
      std::string own = addresses(uplink, family);
      if (own.empty())
        text += fmt::format("meta nfproto {} fib saddr type local masquerade",
                            family == Family::ipv6 ? "ipv6" : "ipv4");
      else
        text += fmt::format("{0} saddr != {1} fib saddr type local snat {0} to {2}", ip_word(family), own,
                            to_string(uplink.address(family)));
      add(out_.srcnat, uplink, text, "steered by DSCP");
    }
  }

  void source(const Uplink& uplink) {
    for (Family family : kFamilies) {
      if (!uplink.gateway(family)) continue;
      std::string text = way_out(uplink, family) + source_text(uplink, family);
      if (!text.ends_with(' ')) add(out_.srcnat, uplink, text, "an address that it accepts");
    }
  }

  // Ends with a blank where nothing is to be done.
  std::string source_text(const Uplink& uplink, Family family) const {
    std::string_view ip = ip_word(family);
    if (uplink.snat.mode == SnatMode::masquerade)
      return fmt::format("meta nfproto {} masquerade", family == Family::ipv6 ? "ipv6" : "ipv4");
    bool named = uplink.snat.mode == SnatMode::address && uplink.snat.address.family == family;
    Ip to = named ? uplink.snat.address : uplink.address(family);
    if (!to) return " ";
    std::string own = addresses(uplink, family);
    std::string from = own.empty() ? "" : fmt::format("{} saddr != {} ", ip, own);
    // Globally routed IPv6 sources are the provider's business; unique local ones (RFC 4193) are ours.
    if (family == Family::ipv6 && !named) from = "ip6 saddr fc00::/7 ";
    bool only_any_source =
        uplink.snat.mode == SnatMode::none || (uplink.snat.mode == SnatMode::address && !named);
    if (only_any_source) {
      if (family == Family::ipv6 || !has_any_source(uplinks_)) return " ";
      from = fmt::format("ip saddr {} ", to_string(kAnySource));
    }
    return fmt::format("{}snat {} to {}", from, ip, to_string(to));
  }

  const Uplinks& uplinks_;
  NftRules& out_;
};

}  // namespace

void lower_uplinks(const Uplinks& uplinks, NftRules& rules) {
  if (!uplinks.links.empty()) NftLowering(uplinks, rules).run();
}

}  // namespace netcfg
