#include "netcfg/model/guard.h"

#include <fmt/format.h>

#include <algorithm>

#include "netcfg/base/text.h"

namespace netcfg {
namespace {

constexpr std::string_view kNoNames = "give its address: names need DNS, which may be what the change breaks";
constexpr uint16_t kHttpPort = 80;

Error wrong(std::string_view expected, std::string_view text, std::string hint = {}) {
  return {fmt::format("expected {}, got '{}'", expected, printable(text)), std::move(hint), 0};
}

bool looks_like_a_name(std::string_view host) {
  return std::ranges::any_of(host, [](unsigned char c) { return isalpha(c) != 0; }) &&
         host.find(':') == host.npos;
}

Result<Ip> parse_host(std::string_view text) {
  if (auto ip = parse_ip(text)) return *ip;
  if (looks_like_a_name(text))
    return Error{fmt::format("'{}' is no address", printable(text)), std::string(kNoNames), 0};
  if (size_t percent = text.find('%'); percent != text.npos && parse_ip(text.substr(0, percent)))
    return wrong("an address without zone", text,
                 fmt::format("write the interface as dev: {}", printable(text.substr(percent + 1))));
  if (size_t slash = text.find('/'); slash != text.npos && parse_prefix(text))
    return wrong("an IPv4 or IPv6 address", text,
                 fmt::format("write {}, without the length", text.substr(0, slash)));
  return wrong("an IPv4 or IPv6 address", text);
}

// "192.0.2.1:53", "[2001:db8::1]:53"; without a port `usual`, if that is not 0.
Result<Done> parse_endpoint(std::string_view text, uint16_t usual, ProbeSpec& out) {
  std::string_view host = text, port;
  constexpr std::string_view kForm = "ADDRESS:PORT, such as 192.0.2.53:53 or [2001:db8::1]:53";
  if (text.starts_with('[')) {
    size_t end = text.find(']');
    if (end == text.npos) return wrong(kForm, text);
    host = text.substr(1, end - 1), port = text.substr(end + 1);
    if (!port.empty() && !port.starts_with(':')) return wrong(kForm, text);
    if (!port.empty()) port.remove_prefix(1);
  } else if (parse_ip(text) && text.find(':') != text.npos) {
    return wrong(kForm, text, fmt::format("put the IPv6 address into brackets: [{}]:PORT", text));
  } else if (size_t colon = text.rfind(':'); colon != text.npos) {
    host = text.substr(0, colon), port = text.substr(colon + 1);
  }
  auto ip = parse_host(host);
  if (!ip) return ip.error();
  auto number = parse_unsigned(port);
  if (port.empty() && usual == 0) return wrong(kForm, text, "write its port as well");
  if (!port.empty() && (!number || *number == 0 || *number > UINT16_MAX))
    return wrong("a port from 1 to 65535", port);
  out.address = *ip;
  out.port = port.empty() ? usual : static_cast<uint16_t>(*number);
  return Done{};
}

Result<ProbeSpec> parse_url(ProbeSpec probe, std::string_view text) {
  constexpr std::string_view kScheme = "http://";
  if (text.starts_with("https://"))
    return wrong("a URL that begins with http://", text,
                 "for TLS write tcp: ADDRESS:443, or a command: that runs curl");
  if (!text.starts_with(kScheme)) return wrong("a URL such as http://192.0.2.1/health", text);
  std::string_view rest = text.substr(kScheme.size());
  size_t slash = std::min(rest.find_first_of("/?#"), rest.size());
  std::string_view path = rest.substr(slash);
  path = path.substr(0, path.find('#'));  // a fragment is not sent
  if (rest.substr(0, slash).find('@') != rest.npos)
    return wrong("a URL without user and password", text, "use a command: that runs curl");
  if (std::ranges::any_of(path, [](unsigned char c) { return c <= ' ' || c >= 0x7f; }))
    return wrong("a URL of printable ASCII without blanks", text, "write them as %20 and the like");
  std::string_view host = rest.substr(0, slash);
  if (parse_ip(host) && host.find(':') != host.npos)
    return wrong("a URL such as http://[2001:db8::1]/", text,
                 fmt::format("put the IPv6 address into brackets: http://[{}]/", host));
  if (auto done = parse_endpoint(host, kHttpPort, probe); !done) return done.error();
  probe.path = path.starts_with('/') ? std::string(path) : fmt::format("/{}", path);
  return probe;
}

Result<ProbeSpec> parse_command(ProbeSpec probe, std::string_view text) {
  for (std::string_view word : split(text, ' '))
    if (!word.empty()) probe.words.emplace_back(word);
  if (probe.words.empty() || !probe.words[0].starts_with('/'))
    return wrong("the absolute path of a program", text,
                 "it is run as it is, without a shell: write /usr/bin/… and its arguments");
  return probe;
}

Result<ProbeSpec> parse_interface(ProbeSpec probe, std::string_view text) {
  if (auto problem = IfName::problem(text); !problem.empty())
    return Error{std::string(problem), "write the name of an interface, such as eth0", 0};
  probe.dev = IfName(text);
  return probe;
}

// ",dev=eth0" and the like at the end, taken off `text`; the last one first.
Result<Done> take_options(std::string_view& text, ProbeSpec& probe) {
  while (true) {
    size_t comma = text.rfind(',');
    if (comma == text.npos) return Done{};
    std::string_view option = text.substr(comma + 1);
    size_t equals = option.find('=');
    const Field* field = find_field(kProbeFields, option.substr(0, equals));
    if (!field || equals == option.npos) return Done{};
    std::string value(option.substr(equals + 1));
    if (!field->set(*field, &probe, value))
      return Error{fmt::format("{}: expected {}, got '{}'", field->name, describe(*field), printable(value)),
                   "", 0};
    text = text.substr(0, comma);
  }
}

Result<ProbeSpec> merged(ProbeSpec target, const ProbeSpec& options) {
  for (const Field& field : kProbeFields) {
    if (!field.has(&options)) continue;
    if (!takes(target.kind, field.name))
      return Error{fmt::format("'{}' does not apply to {}", field.name, name_of(target.kind)), "leave it out",
                   0};
    field.copy(&target, &options);
  }
  if (auto problem = problem_of(target)) return *problem;
  return target;
}

Error unknown_probe(std::string_view text) {
  std::vector<std::string_view> names;
  for (const Choice& kind : kProbeKinds) names.push_back(kind.name);
  std::string_view word = text.substr(0, text.find_first_of(":, "));
  auto near = nearest(word, names);
  std::string hint = near ? fmt::format("did you mean '{}'?", *near) : std::string();
  if (parse_ip(text)) hint = fmt::format("write ping:{}", text);
  return wrong(
      "gateway, ssh, tcp:ADDRESS:PORT, ping:ADDRESS, http://ADDRESS/PATH, dns:ADDRESS, command:/PATH or "
      "interface:NAME",
      text, std::move(hint));
}

std::string endpoint(const ProbeSpec& probe) {
  std::string host = to_string(probe.address);
  return probe.address.family == Family::ipv6 ? fmt::format("[{}]", host) : host;
}

std::string target_text(const ProbeSpec& p) {
  switch (p.kind) {
    case ProbeKind::tcp:
      return fmt::format("tcp:{}:{}", endpoint(p), p.port);
    case ProbeKind::ping:
      return fmt::format("ping:{}", to_string(p.address));
    case ProbeKind::dns:
      return fmt::format("dns:{}{}", endpoint(p), p.port == kDnsPort ? "" : fmt::format(":{}", p.port));
    case ProbeKind::http:
      return fmt::format("http://{}{}{}", endpoint(p), p.port == kHttpPort ? "" : fmt::format(":{}", p.port),
                         p.path);
    case ProbeKind::command:
      return fmt::format("command:{}", fmt::join(p.words, " "));
    case ProbeKind::interface:
      return fmt::format("interface:{}", p.dev.value_or(IfName{}).view());
    default:
      return std::string(name_of(p.kind));
  }
}

}  // namespace

std::string_view name_of(ProbeKind kind) {
  return kProbeKinds[static_cast<size_t>(kind)].name;
}

bool takes(ProbeKind kind, std::string_view field) {
  if (field == "count") return kind == ProbeKind::ping;
  if (field == "dev")
    return kind != ProbeKind::ssh && kind != ProbeKind::command && kind != ProbeKind::interface;
  return true;
}

std::vector<ProbeSpec> probes_of(const GuardSpec& guard) {
  std::vector<ProbeSpec> out;
  if (!guard.probes_named)
    for (ProbeKind kind : {ProbeKind::gateway, ProbeKind::ssh}) out.emplace_back().kind = kind;
  out.insert(out.end(), guard.probes.begin(), guard.probes.end());
  return out;
}

Result<ProbeSpec> parse_target(ProbeKind kind, std::string_view text) {
  ProbeSpec probe;
  probe.kind = kind;
  switch (kind) {
    case ProbeKind::tcp:
      if (auto done = parse_endpoint(text, 0, probe); !done) return done.error();
      return probe;
    case ProbeKind::dns:
      probe.port = kDnsPort;
      if (auto ip = parse_ip(text))
        probe.address = *ip;
      else if (auto done = parse_endpoint(text, kDnsPort, probe); !done)
        return done.error();
      return probe;
    case ProbeKind::ping: {
      auto ip = parse_host(text);
      if (!ip) return ip.error();
      probe.address = *ip;
      return probe;
    }
    case ProbeKind::http:
      return parse_url(std::move(probe), text);
    case ProbeKind::command:
      return parse_command(std::move(probe), text);
    case ProbeKind::interface:
      return parse_interface(std::move(probe), text);
    default:
      if (!text.empty()) return wrong(fmt::format("{} alone", name_of(kind)), text);
      return probe;
  }
}

Result<ProbeSpec> parse_probe(std::string_view text) {
  ProbeSpec options;
  std::string_view rest = text;
  if (auto done = take_options(rest, options); !done) return done.error();
  size_t colon = std::min(rest.find(':'), rest.size());
  for (const Choice& choice : kProbeKinds) {
    if (choice.name != rest.substr(0, colon)) continue;
    auto kind = static_cast<ProbeKind>(choice.number);
    bool bare = kind == ProbeKind::gateway || kind == ProbeKind::ssh;
    if (bare != (colon == rest.size())) break;
    std::string_view target = bare ? std::string_view{} : rest.substr(colon + 1);
    if (kind == ProbeKind::http && target.starts_with("//")) target = rest;
    auto probe = parse_target(kind, target);
    if (!probe) return probe.error();
    return merged(std::move(*probe), options);
  }
  return unknown_probe(rest);
}

std::string to_text(const ProbeSpec& probe) {
  std::string out = target_text(probe);
  for (const Field& field : kProbeFields)
    if (field.has(&probe) && takes(probe.kind, field.name))
      out += fmt::format(",{}={}", field.name, to_string(field.get(field, &probe)));
  return out;
}

std::optional<Error> problem_of(const ProbeSpec& probe) {
  const Ip& ip = probe.address;
  bool reached = probe.kind == ProbeKind::tcp || probe.kind == ProbeKind::ping ||
                 probe.kind == ProbeKind::http || probe.kind == ProbeKind::dns;
  if (!reached) return std::nullopt;
  std::string shown = to_string(ip);
  if (ip.is_zero()) return Error{fmt::format("{} is no host's address", shown), "", 0};
  if (ip.is_multicast()) return Error{fmt::format("{} is a multicast address", shown), "", 0};
  if (ip.family == Family::ipv6 && ip.is_link_local() && !probe.dev)
    return Error{fmt::format("{} is on every link", shown), "say by which interface: dev: eth0", 0};
  return std::nullopt;
}

}  // namespace netcfg
