#include <fmt/format.h>

#include "netcfg/spec/binder.h"
#include "netcfg/spec/sections.h"

namespace netcfg {
namespace {

// The `ipv6:` block. All but the token are parameters below net/ipv6/conf/IF
// (Documentation/networking/ip-sysctl.rst).
struct Ipv6 {
  std::optional<int32_t> accept_ra, privacy, addr_gen_mode, dad_transmits, accept_dad, hop_limit, mtu;
  std::optional<int32_t> router_solicitations;
  std::optional<bool> autoconf, forwarding, disable, keep_addr_on_down, accept_ra_defrtr, accept_ra_pinfo;
  std::optional<bool> accept_redirects, proxy_ndp;
  std::optional<Ip> token;
};

constexpr Choice kAcceptRa[] = {{"false", 0}, {"true", 1}, {"always", 2}};
constexpr Choice kPrivacy[] = {{"false", 0}, {"prefer-public", 1}, {"true", 2}};
constexpr Choice kAddrGenModes[] = {{"eui64", 0}, {"none", 1}, {"stable-privacy", 2}, {"random", 3}};
constexpr Choice kAcceptDad[] = {{"false", 0}, {"true", 1}, {"disable-ipv6", 2}};

// iproute() holds the parameter's name where it is not the key's with '_' for '-'.
constexpr Field kIpv6Fields[] = {
    choice<&Ipv6::accept_ra>("accept-ra", "heed router advertisements; always: even when forwarding",
                             kAcceptRa),
    boolean<&Ipv6::accept_ra_defrtr>("accept-ra-defrtr", "learn a default route from them"),
    boolean<&Ipv6::accept_ra_pinfo>("accept-ra-pinfo", "learn prefixes from them"),
    boolean<&Ipv6::autoconf>("autoconf", "make addresses from the prefixes that they name"),
    other<&Ipv6::token>(Type::ip6, "token", "interface identifier of those addresses, such as ::10"),
    choice<&Ipv6::privacy>("privacy", "temporary addresses (RFC 8981); true prefers them", kPrivacy)
        .iproute("use_tempaddr"),
    choice<&Ipv6::addr_gen_mode>("addr-gen-mode", "how interface identifiers are made", kAddrGenModes),
    boolean<&Ipv6::disable>("disable", "no IPv6 on this interface").iproute("disable_ipv6"),
    boolean<&Ipv6::forwarding>("forwarding", "be a router on this interface"),
    boolean<&Ipv6::keep_addr_on_down>("keep-addr-on-down", "keep static addresses while the link is down"),
    integer<&Ipv6::dad_transmits>("dad-transmits", "probes of duplicate address detection; 0 for none",
                                  {0, kInt}),
    choice<&Ipv6::accept_dad>("accept-dad",
                              "detect duplicate addresses; disable-ipv6: and stop at one of the link's own",
                              kAcceptDad),
    integer<&Ipv6::router_solicitations>("router-solicitations", "at most so many; -1 for no limit",
                                         {-1, kInt}),
    integer<&Ipv6::hop_limit>("hop-limit", "hop limit of packets sent", {1, 255}),
    integer<&Ipv6::mtu>("mtu", "MTU of IPv6 packets", {1280, 65536}),
    boolean<&Ipv6::accept_redirects>("accept-redirects", "heed ICMPv6 redirects"),
    boolean<&Ipv6::proxy_ndp>("proxy-ndp", "answer for the proxy entries of `neighbors`"),
};

std::string parameter(const Field& field) {
  std::string out(field.ip.empty() ? field.name : field.ip);
  for (char& c : out)
    if (c == '-') c = '_';
  return out;
}

}  // namespace

void bind_ipv6(Binder& binder, Link& link, const At& at) {
  Ipv6 ipv6;
  read_map<Ipv6>(binder.report, at, "ipv6", {}, kIpv6Fields, ipv6, [](Ipv6& draft) { return &draft; });
  link.token = ipv6.token;
  for (const Entry& entry : at.node.entries()) {
    const Field* field = find_field(kIpv6Fields, entry.key);
    if (!field || !field->has(&ipv6) || !is_numeric(field->type)) continue;
    binder.add_sysctl(at.value(entry),
                      fmt::format("net/ipv6/conf/{}/{}", link.name.view(), parameter(*field)),
                      std::to_string(field->number(&ipv6)));
  }
}

Section ipv6_section() {
  return {
      "ipv6", "How an interface takes part in IPv6.", {}, {std::begin(kIpv6Fields), std::end(kIpv6Fields)}};
}

}  // namespace netcfg
