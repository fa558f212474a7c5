#include "netcfg/model/nat.h"

#include <fmt/format.h>

#include "netcfg/base/text.h"

namespace netcfg {
namespace {

Error wrong(std::string_view text, std::string hint) {
  return {fmt::format("expected ADDRESS, ADDRESS:PORT or ADDRESS:PORT-PORT, got '{}'", printable(text)),
          std::move(hint), 0};
}

}  // namespace

Result<ForwardTarget> parse_forward_target(std::string_view text) {
  constexpr uint32_t kMostPort = 65535;
  constexpr std::string_view kBrackets = "an IPv6 address with a port is written [fd00::2]:8080";
  if (auto ip = parse_ip(text)) return ForwardTarget{*ip, {}};
  size_t colon = text.rfind(':');
  bool brackets = text.starts_with('[');
  if (brackets && text.ends_with(']')) return wrong(text, "without a port, leave out the brackets");
  if (colon == text.npos) return wrong(text, parse_prefix(text) ? "write it without its length" : "");
  std::string_view host = text.substr(0, colon);
  if (brackets != host.ends_with(']')) return wrong(text, std::string(kBrackets));
  if (brackets) host = host.substr(1, host.size() - 2);
  auto ip = parse_ip(host);
  if (!ip) return wrong(text, brackets ? std::string(kBrackets) : "");
  if (brackets != (ip->family == Family::ipv6)) return wrong(text, std::string(kBrackets));
  auto ports = parse<Span>(text.substr(colon + 1));
  if (!ports || ports->first == 0 || ports->last > kMostPort)
    return wrong(text, "a port is a number from 1 to 65535, a range of them such as 9000-9010");
  return ForwardTarget{*ip, *ports};
}

}  // namespace netcfg
