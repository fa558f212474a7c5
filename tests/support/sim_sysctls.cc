// Kernel parameters: a host's, and each link's with the copies `all` and `default`.
#include "tests/support/sim_sysctls.h"

#include <algorithm>
#include <cerrno>
#include <set>

#include "netcfg/base/text.h"
#include "tests/support/sim_host.h"

namespace netcfg::test {
namespace {

struct Parameter {
  std::string_view name;  // of a link's: what follows net/ipvN/conf/IF/
  Family family;          // none: one of the host, and the name is a whole path
  std::string_view value;
  int64_t min = INT32_MIN, max = INT32_MAX;
};

// The order of the first ones is that of SysctlId.
constexpr Parameter kParameters[] = {
    {"forwarding", Family::ipv4, "0"},
    {"promote_secondaries", Family::ipv4, "0"},
    {"accept_redirects", Family::ipv4, "1"},
    {"forwarding", Family::ipv6, "0"},
    {"disable_ipv6", Family::ipv6, "0"},
    {"accept_ra", Family::ipv6, "1"},
    {"addr_gen_mode", Family::ipv6, "0", 0, 3},
    {"keep_addr_on_down", Family::ipv6, "0"},
    {"router_solicitations", Family::ipv6, "-1", -1, INT32_MAX},
    {"net/ipv4/ip_forward", Family::none, "0"},
    {"rp_filter", Family::ipv4, "0"},
    {"arp_ignore", Family::ipv4, "0"},
    {"arp_announce", Family::ipv4, "0"},
    {"arp_filter", Family::ipv4, "0"},
    {"arp_notify", Family::ipv4, "0"},
    {"proxy_arp", Family::ipv4, "0"},
    {"accept_local", Family::ipv4, "0"},
    {"log_martians", Family::ipv4, "0"},
    {"src_valid_mark", Family::ipv4, "0"},
    {"route_localnet", Family::ipv4, "0"},
    {"autoconf", Family::ipv6, "1"},
    {"accept_dad", Family::ipv6, "1"},
    {"dad_transmits", Family::ipv6, "1"},
    {"use_tempaddr", Family::ipv6, "0"},
    {"hop_limit", Family::ipv6, "64", 1, 255},
    {"accept_redirects", Family::ipv6, "1"},
    {"net/ipv4/ip_nonlocal_bind", Family::none, "0", 0, 255},
    {"net/ipv4/tcp_keepalive_time", Family::none, "7200", 1, INT32_MAX},
    {"net/ipv4/fib_multipath_hash_policy", Family::none, "0", 0, 3},
    {"net/ipv6/bindv6only", Family::none, "0", 0, 255},
};
static_assert(kParameters[kIpForward].family == Family::none);
constexpr uint16_t kCount = std::size(kParameters);

struct Known {
  uint16_t id = kCount;
  IfName dev;
};

Known known(std::string_view path) {
  auto starts = [&](std::string_view prefix) { return path.starts_with(prefix); };
  Family family = starts("net/ipv4/conf/")   ? Family::ipv4
                  : starts("net/ipv6/conf/") ? Family::ipv6
                                             : Family::none;
  Known out;
  std::string_view name = path;
  if (family != Family::none) {
    name.remove_prefix(std::string_view("net/ipv4/conf/").size());
    size_t slash = name.find('/');
    if (slash == name.npos || slash > 15) return out;
    out.dev = name.substr(0, slash);
    name.remove_prefix(slash + 1);
  }
  for (uint16_t id = 0; id < kCount && out.id == kCount; ++id)
    if (kParameters[id].family == family && kParameters[id].name == name) out.id = id;
  return out;
}

std::string path_of(uint16_t id, const IfName& dev) {
  const Parameter& p = kParameters[id];
  if (p.family == Family::none) return std::string(p.name);
  std::string out = p.family == Family::ipv4 ? "net/ipv4/conf/" : "net/ipv6/conf/";
  return out.append(dev.view()).append("/").append(p.name);
}

bool is_link(const IfName& dev) {
  return !dev.empty() && dev != IfName("all") && dev != IfName("default");
}

}  // namespace

bool SimHost::sysctl_exists(uint16_t id, const IfName& dev) const {
  if (id >= kCount) return false;
  if (!is_link(dev)) return true;
  const SimLink* link = find(dev);
  return link && (kParameters[id].family == Family::ipv4 || link->ipv6);
}

std::string_view SimHost::sysctl(uint16_t id, const IfName& dev) const {
  const SimSysctl* preset = nullptr;
  for (const SimSysctl& s : *sysctls_) {
    if (s.id != id) continue;
    if (s.dev == dev) return s.value;
    if (s.dev == IfName("default")) preset = &s;
  }
  // IPv4 links follow `default` until they are written themselves (devinet_copy_dflt_conf()).
  bool follows = is_link(dev) && kParameters[id].family == Family::ipv4;
  return follows && preset ? std::string_view(preset->value) : kParameters[id].value;
}

int64_t SimHost::sysctl_number(uint16_t id, const IfName& dev) const {
  return parse_signed(sysctl(id, dev)).value_or(0);
}

void SimHost::set_sysctl(uint16_t id, const IfName& dev, std::string_view value) {
  for (SimSysctl& s : sysctls_.edit())
    if (s.id == id && s.dev == dev) {
      s.value = value;
      return;
    }
  sysctls_.edit().push_back({id, dev, std::string(value)});
}

void SimHost::drop_sysctls(const IfName& dev, Family family) {
  auto goes = [&](const SimSysctl& s) {
    return s.dev == dev && (family == Family::none || kParameters[s.id].family == family);
  };
  if (std::any_of(sysctls_->begin(), sysctls_->end(), goes)) std::erase_if(sysctls_.edit(), goes);
}

// An IPv6 link copies `default` when its IPv6 comes into being, and never again.
void SimHost::copy_default6(const IfName& dev) {
  std::vector<SimSysctl> copies;
  for (const SimSysctl& s : *sysctls_)
    if (s.dev == IfName("default") && kParameters[s.id].family == Family::ipv6)
      copies.push_back({s.id, dev, s.value});
  for (SimSysctl& copy : copies) sysctls_.edit().push_back(std::move(copy));
}

Answer SimHost::carry_out(Action action, const Sysctl* before, const Sysctl* after) {
  // A parameter cannot go; what goes is only that netcfg minds it.
  if (action == Action::remove) return {known(before->path).id == kCount ? ENOENT : 0, ""};
  Known k = known(after->path);
  if (!sysctl_exists(k.id, k.dev)) return {ENOENT, ""};
  auto number = parse_signed(after->value);
  const Parameter& p = kParameters[k.id];
  if (!number || *number < p.min || *number > p.max) return {EINVAL, ""};
  sysctl_written(k.id, k.dev, after->value);
  return {};
}

// The parameter, and others that change with it.
void SimHost::sysctl_written(uint16_t id, const IfName& dev, const std::string& value) {
  if (id == kIpForward) id = kForwarding4;
  IfName written = id == kForwarding4 && dev.empty() ? IfName("all") : dev;
  bool differs = sysctl(id, written) != value;
  set_sysctl(id, written, value);
  bool all = written == IfName("all");
  bool spreads = all && (id == kForwarding4 || id == kForwarding6 || id == kDisableIpv6);
  if (id == kForwarding4 && all) set_sysctl(kIpForward, {}, value);
  if (!spreads) {
    if (id == kDisableIpv6 && differs && is_link(written)) disable_ipv6_written(written);
    return;
  }
  // inet_forward_change(), addrconf_fixup_forwarding(), addrconf_disable_ipv6()
  if (!differs) return;
  if (id == kForwarding4) set_sysctl(kAcceptRedirects4, "all", value == "0" ? "1" : "0");
  set_sysctl(id, "default", value);
  std::vector<IfName> links;
  for (const SimLink& link : *links_)
    if (sysctl_exists(id, link.link.name)) links.push_back(link.link.name);
  for (const IfName& link : links) {
    bool changed = sysctl(id, link) != value;
    set_sysctl(id, link, value);
    if (id == kDisableIpv6 && changed) disable_ipv6_written(link);
  }
}

void SimHost::disable_ipv6_written(const IfName& dev) {
  if (sysctl_number(kDisableIpv6, dev) != 0)
    disable6(dev, false);
  else
    came_up6(dev);
}

void SimHost::read_sysctls(const Query& query, State& state) const {
  auto add = [&](uint16_t id, const IfName& dev) {
    if (sysctl_exists(id, dev))
      state.sysctls.push_back(Sysctl{path_of(id, dev), std::string(sysctl(id, dev)), {}});
  };
  std::set<std::pair<uint16_t, IfName>> asked;
  for (const std::string& path : query.sysctls) {
    Known k = known(path);
    if (k.dev == IfName("*")) {
      for (const char* copy : {"all", "default"}) asked.emplace(k.id, copy);
      for (const SimLink& link : *links_) asked.emplace(k.id, link.link.name);
    } else {
      asked.emplace(k.id, k.dev);
    }
  }
  for (const auto& [id, dev] : asked) {
    Known k{id, dev};
    bool whole = query.sysctls_of_links && is_link(k.dev);  // comes below
    if (k.id < kCount && !whole) add(k.id, k.dev);
  }
  if (!query.sysctls_of_links) return;
  for (const SimLink& link : *links_)
    for (uint16_t id = 0; id < kCount; ++id)
      if (kParameters[id].family != Family::none) add(id, link.link.name);
}

}  // namespace netcfg::test
