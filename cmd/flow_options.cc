#include "cmd/flow_options.h"

#include <fmt/format.h>

#include "netcfg/base/text.h"

namespace netcfg {
namespace {

class FlowReader {
 public:
  FlowReader(Session& session, const State& state) : session_(session), state_(state) {}

  std::optional<Flow> run() {
    const auto& operands = session_.options.operands;
    if (operands.empty()) {
      problem("no destination is given", "netcfg explain SRC DST, or netcfg explain any DST");
      return std::nullopt;
    }
    flow_.destination = address(operands.back());
    if (operands.size() == 2 && operands[0] != "any") flow_.source = address(operands[0]);
    if (flow_.source && flow_.destination && flow_.source.family != flow_.destination.family)
      problem("source and destination are of different families", "give two IPv4 or two IPv6 addresses");
    const Options& o = session_.options;
    flow_.iif = interface(o.iif);
    flow_.oif = interface(o.oif);
    if (!o.iif.empty() && !o.oif.empty())
      problem("a packet either comes in (--iif) or is sent by this host (--oif)", "leave one out");
    flow_.mark = number("--mark", o.mark, UINT32_MAX).value_or(0);
    flow_.tos = static_cast<uint8_t>(number("--tos", o.tos, UINT8_MAX).value_or(0));
    flow_.sport = static_cast<uint16_t>(number("--sport", o.sport, UINT16_MAX).value_or(0));
    flow_.dport = static_cast<uint16_t>(number("--dport", o.dport, UINT16_MAX).value_or(0));
    flow_.uid = number("--uid", o.uid, UINT32_MAX - 1);
    flow_.ip_proto = protocol(o.ip_proto);
    if (session_.problems.has_errors()) return std::nullopt;
    return flow_;
  }

 private:
  void problem(std::string message, std::string hint) {
    session_.problem({std::move(message), std::move(hint), 0});
  }

  Ip address(const std::string& text) {
    auto ip = parse_ip(text);
    if (!ip) problem(fmt::format("'{}' is not an IP address", printable(text)), "names are not looked up");
    return ip.value_or(Ip{});
  }

  IfName interface(const std::string& text) {
    if (text.empty()) return {};
    IfName name(text);
    if (text.size() < 16 && state_.link(name)) return name;
    std::vector<std::string_view> known;
    for (const Link& link : state_.links) known.push_back(link.name.view());
    auto meant = nearest(text, known);
    problem(fmt::format("there is no interface '{}'", printable(text)),
            meant ? fmt::format("did you mean '{}'?", *meant) : "'netcfg show --format table' lists them");
    return {};
  }

  std::optional<uint32_t> number(std::string_view option, const std::string& text, uint32_t most) {
    if (text.empty()) return std::nullopt;
    auto value = parse_unsigned(text);
    if (value && *value <= most) return static_cast<uint32_t>(*value);
    problem(fmt::format("{}: '{}' is not a number from 0 to {}", option, printable(text), most), "");
    return std::nullopt;
  }

  std::optional<uint8_t> protocol(const std::string& text) {
    if (text.empty()) return std::nullopt;
    std::vector<std::string_view> known;
    for (const Choice& choice : kIpProtocols) {
      if (choice.name == text) return static_cast<uint8_t>(choice.number);
      known.push_back(choice.name);
    }
    auto value = parse_unsigned(text);
    if (value && *value >= 1 && *value <= UINT8_MAX) return static_cast<uint8_t>(*value);
    problem(fmt::format("--ip-proto: there is no protocol '{}'", printable(text)),
            fmt::format("a number from 1 to 255, or {}", join_or(known)));
    return std::nullopt;
  }

  Session& session_;
  const State& state_;
  Flow flow_;
};

}  // namespace

std::optional<Flow> flow_of(Session& session, const State& state) {
  return FlowReader(session, state).run();
}

}  // namespace netcfg
