#include "netcfg/model/uplink.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>

namespace netcfg {
namespace {

void fill(Fields fields, void* object) {
  for (const Field& field : fields)
    if (!field.has(object) && !field.fallback.empty()) (void)reset(field, object);
}

// FNV-1a: a number that stays the same with every version of netcfg.
uint32_t hash_of(std::string_view name) {
  uint32_t hash = 2166136261;
  for (unsigned char c : name) hash = (hash ^ c) * 16777619;
  return hash;
}

}  // namespace

Ip Uplink::address(Family family) const {
  for (const Ip& ip : addresses)
    if (ip.family == family) return ip;
  return {};
}

const Uplink* Uplinks::find(std::string_view name) const {
  auto at = std::ranges::find(links, name, &Uplink::name);
  return at == links.end() ? nullptr : &*at;
}

Mark mark_of(const Uplinks& uplinks, const Uplink& uplink) {
  uint32_t mask = uplinks.mark.value_or(0);
  return {uint32_t{uplink.id.value_or(0)} << std::countr_zero(mask), mask};
}

Mark dscp_mark_of(const Uplinks& uplinks, uint8_t dscp) {
  uint32_t mask = uplinks.dscp_mark.value_or(0);
  constexpr uint32_t kSome = 1U << (kDscpMarkBits - 1);
  return {(kSome | dscp) << std::countr_zero(mask), mask};
}

Mark any_dscp_mark(const Uplinks& uplinks) {
  uint32_t bit = dscp_mark_of(uplinks, 0).value;
  return {bit, bit};
}

std::string dscp_name(uint8_t dscp) {
  constexpr uint8_t kLe = 1;
  if (dscp == kLe) return "lephb";
  for (const Choice& choice : kDscpNames)
    if (choice.number == dscp) return std::string(choice.name);
  return fmt::format("{:#04x}", dscp);
}

void fill_defaults(Uplinks& uplinks) {
  fill(kUplinksFields, &uplinks);
  fill(kHooksFields, &uplinks.hooks);
  if (uplinks.resilient) fill(kUplinkResilientFields, &*uplinks.resilient);
  if (!uplinks.failback) uplinks.failback = kUsualFailback;
  for (Uplink& uplink : uplinks.links) {
    fill(kUplinkFields, &uplink);
    Health& health = uplink.health;
    fill(kHealthFields, &health);
    if (!health.timeout) health.timeout = std::max<uint32_t>(10, *health.interval / 5 * 4);
    if (health.loss_limit && !health.loss_clear) health.loss_clear = *health.loss_limit / 2;
    if (health.latency_limit && !health.latency_clear)
      health.latency_clear = std::max<uint32_t>(1, *health.latency_limit / 4 * 3);
  }
}

void assign_numbers(Uplinks& uplinks) {
  std::array<bool, kMostUplinks + 1> taken{};
  for (const Uplink& uplink : uplinks.links)
    if (uplink.id) taken[*uplink.id] = true;
  std::ranges::sort(uplinks.links, {}, &Uplink::name);
  for (Uplink& uplink : uplinks.links) {
    for (uint32_t i = 0, from = hash_of(uplink.name); i < kMostUplinks && !uplink.id; ++i) {
      auto id = static_cast<uint8_t>((from % kMostUplinks + i) % kMostUplinks + 1);
      if (taken[id]) continue;
      taken[id] = true;
      uplink.id = id;
    }
    if (!uplink.table && uplink.id) uplink.table = kUplinkTables + *uplink.id;
  }
}

bool has_any_source(const Uplinks& uplinks) {
  return std::ranges::count_if(uplinks.links, [](const Uplink& uplink) {
           return uplink.gateway4 && uplink.address(Family::ipv4);
         }) > 1;
}

std::string_view uplink_name_problem(std::string_view name) {
  if (name.empty() || name.size() > 32) return "an uplink's name has 1 to 32 bytes";
  for (unsigned char c : name)
    if (!isalnum(c) && c != '-' && c != '_' && c != '.')
      return "an uplink's name consists of letters, digits, '-', '_' and '.'";
  return {};
}

bool is_steered_to(const Uplinks& uplinks, const Uplink& uplink) {
  return std::ranges::any_of(uplinks.steer, [&](const Steer& steer) { return steer.via == uplink.name; });
}

bool steers_by_dscp(const Uplinks& uplinks, Family family) {
  return std::ranges::any_of(uplinks.steer,
                             [&](const Steer& steer) { return steer.dscp && steer.applies_to(family); });
}

bool shares(const Uplinks& uplinks, Family family) {
  for (const Uplink& a : uplinks.links)
    for (const Uplink& b : uplinks.links)
      if (&a != &b && a.gateway(family) && b.gateway(family) &&
          (uplinks.policy == UplinkPolicy::balance || a.priority == b.priority))
        return true;
  return false;
}

std::string to_string(const Snat& snat) {
  constexpr std::string_view kWords[] = {"auto", "masquerade", "none"};
  if (snat.mode == SnatMode::address) return to_string(snat.address);
  return std::string(kWords[static_cast<size_t>(snat.mode)]);
}

std::optional<Snat> parse_snat(std::string_view text) {
  if (text == "auto") return Snat{SnatMode::automatic, {}};
  if (text == "masquerade") return Snat{SnatMode::masquerade, {}};
  if (text == "none") return Snat{SnatMode::none, {}};
  auto ip = parse_ip(text);
  if (!ip) return std::nullopt;
  return Snat{SnatMode::address, *ip};
}

}  // namespace netcfg
