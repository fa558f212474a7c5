// What must work after a change as it did before: the probes of the guard.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "netcfg/base/diagnostics.h"
#include "netcfg/base/result.h"
#include "netcfg/model/field.h"

namespace netcfg {

enum class ProbeKind : uint8_t { gateway, ssh, tcp, ping, http, command, interface, dns };
inline constexpr Choice kProbeKinds[] = {{"gateway", 0}, {"ssh", 1},     {"tcp", 2},       {"ping", 3},
                                         {"http", 4},    {"command", 5}, {"interface", 6}, {"dns", 7}};
inline constexpr uint16_t kDnsPort = 53;
std::string_view name_of(ProbeKind kind);

struct ProbeSpec {
  ProbeKind kind = ProbeKind::gateway;
  Ip address;                      // tcp, ping, http and dns
  uint16_t port = 0;               // tcp, http and dns
  std::string path;                // http: "/health?full", with its slash
  std::vector<std::string> words;  // command: the program and its arguments

  // interface: the one that is meant. tcp, ping, http and dns: the one that their packets are bound to.
  // gateway: only default gateways by it.
  std::optional<IfName> dev;
  std::optional<uint32_t> count;    // ping: requests; one answer is enough
  std::optional<uint32_t> timeout;  // ms
  Place origin;                     // does not count in ==

  bool operator==(const ProbeSpec& o) const {
    return kind == o.kind && address == o.address && port == o.port && path == o.path && words == o.words &&
           dev == o.dev && count == o.count && timeout == o.timeout;
  }
};

inline constexpr uint32_t kProbeTimeout = 2000;  // ms
inline constexpr uint32_t kPingCount = 3;

// What any probe may say beside what it is of (see takes()).
inline constexpr Field kProbeFields[] = {
    other<&ProbeSpec::dev>(Type::link, "dev", "the interface that its packets leave by"),
    integer<&ProbeSpec::count>("count", "how many echo requests are sent; one answer is enough", {1, 100}),
    duration<&ProbeSpec::timeout>("timeout", "how long it may take; else 2s", kMillisecond, {10, 60'000}),
};
// Whether a probe of that kind can have the field of kProbeFields.
bool takes(ProbeKind kind, std::string_view field);

struct GuardSpec {
  std::optional<uint32_t> window;  // ms, within which the probes have to work again
  // Those of `probes:`, then one for each interface with `guard: true` that is not among them.
  std::vector<ProbeSpec> probes;
  bool probes_named = false;  // `probes:` was given; if not, `gateway` and `ssh` count as well

  bool operator==(const GuardSpec&) const = default;
};

inline constexpr Field kGuardFields[] = {
    duration<&GuardSpec::window>("window", "how long after a change the probes may take to work again",
                                 kMillisecond, {1'000, 3'600'000}),
};

// All of them, with the ones that count where none is named.
std::vector<ProbeSpec> probes_of(const GuardSpec& guard);

// The text form: `gateway`, `ssh`, `tcp:192.0.2.53:53`, `tcp:[2001:db8::1]:53`, `ping:192.0.2.1`,
// `http://192.0.2.1/health` (or http:URL), `dns:192.0.2.53`, `command:/path with arguments`,
// `interface:eth0`; behind it
// `,dev=eth0`, `,count=3` and `,timeout=500ms` in any order. Hosts are addresses: names need DNS, which may
// be what a change breaks.
Result<ProbeSpec> parse_probe(std::string_view text);
// The same without the options.
Result<ProbeSpec> parse_target(ProbeKind kind, std::string_view text);
std::string to_text(const ProbeSpec& probe);
// What is wrong with a probe as a whole.
std::optional<Error> problem_of(const ProbeSpec& probe);

}  // namespace netcfg
