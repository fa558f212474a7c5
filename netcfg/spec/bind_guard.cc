#include <fmt/format.h>

#include <algorithm>

#include "netcfg/base/text.h"
#include "netcfg/spec/binder.h"
#include "netcfg/spec/sections.h"

namespace netcfg {
namespace {

struct ProbeDraft {
  Report& report;
  ProbeSpec probe{};
  std::string_view kind{};  // the key that named it
};

void fail(Report& report, const At& at, const Error& error) {
  report.error(at, error.message, error.hint);
}

template <ProbeKind kind>
void read_target(ProbeDraft& d, const At& at) {
  if (!d.kind.empty())
    return d.report.key_error(at, fmt::format("'{}' beside '{}': a probe is of one kind", at.key, d.kind),
                              "make an entry of the list for each");
  d.kind = at.key;
  if (!at.node.is_scalar())
    return d.report.error(at, fmt::format("expected a text, got {}", describe(at.node)));
  auto target = parse_target(kind, at.node.text());
  if (!target) return fail(d.report, at, target.error());
  Place origin = d.probe.origin;
  d.probe = std::move(*target);
  d.probe.origin = origin;
}

constexpr Key<ProbeDraft> kKeys[] = {
    {{"tcp", "a TCP connection to ADDRESS:PORT is accepted", "endpoint"}, read_target<ProbeKind::tcp>},
    {{"ping", "the host with this address answers an echo request", "ip"}, read_target<ProbeKind::ping>},
    {{"http", "a GET of this URL is answered with a status from 200 to 399", "probe-url"},
     read_target<ProbeKind::http>},
    {{"dns", "a name server with this address, port 53 unless it says another, answers", "name-server"},
     read_target<ProbeKind::dns>},
    {{"command", "a program that ends with exit status 0, run without a shell; words are split at blanks",
      "probe-command"},
     read_target<ProbeKind::command>},
    {{"interface", "the interface is up and has a carrier", "link-name"}, read_target<ProbeKind::interface>},
};

std::vector<std::string_view> probe_words() {
  return names_of<ProbeDraft>(kKeys, kProbeFields);
}

// `dev`, `count` and `timeout`, once it is known of what.
void read_options(ProbeDraft& d, const At& at) {
  for (const Entry& entry : at.node.entries()) {
    At value = at.value(entry);
    const Field* field = find_field(kProbeFields, entry.key);
    if (taken_back(entry.value) || !field) continue;
    if (takes(d.probe.kind, field->name))
      read_field(d.report, value, *field, &d.probe);
    else
      d.report.key_error(value, fmt::format("'{}' does not apply to {}", field->name, d.kind),
                         "leave it out");
  }
}

bool read_mapping(ProbeDraft& d, const At& at) {
  size_t before = d.report.errors();
  for (const Entry& entry : at.node.entries()) {
    if (taken_back(entry.value)) continue;
    At value = at.value(entry);
    if (const Key<ProbeDraft>* key = find_key<ProbeDraft>(kKeys, entry.key))
      key->read(d, value);
    else if (!find_field(kProbeFields, entry.key))
      unknown_key(d.report, value, "probe", probe_words());
  }
  if (d.kind.empty() && d.report.errors() == before)
    d.report.error(at, "this probe does not say what is probed",
                   "write one of tcp, ping, http, dns, command or interface");
  if (d.report.errors() != before) return false;
  read_options(d, at);
  if (d.report.errors() != before) return false;
  if (auto problem = problem_of(d.probe)) fail(d.report, at, *problem);
  return d.report.errors() == before;
}

std::optional<ProbeSpec> read_probe(Report& report, const At& at) {
  if (at.node.is_map()) {
    ProbeDraft d{report};
    d.probe.origin = at.place();
    return read_mapping(d, at) ? std::optional(std::move(d.probe)) : std::nullopt;
  }
  if (!at.node.is_scalar()) {
    report.error(at, fmt::format("expected a probe, got {}", describe(at.node)),
                 "such as gateway, ssh, or { tcp: \"192.0.2.53:53\" }");
    return std::nullopt;
  }
  auto probe = parse_probe(at.node.text());
  if (!probe) {
    fail(report, at, probe.error());
    return std::nullopt;
  }
  probe->origin = at.place();
  return std::move(*probe);
}

struct GuardDraft {
  Binder& binder;
};

void read_probes(GuardDraft& d, const At& at) {
  if (!is_list(d.binder.report, at)) return;
  GuardSpec& guard = d.binder.out.guard;
  guard.probes_named = true;
  std::vector<ProbeSpec> named;
  for (size_t i = 0; i < at.node.size(); ++i)
    if (auto probe = read_probe(d.binder.report, at.item(i))) named.push_back(std::move(*probe));
  // What stands there already comes from interfaces.
  for (ProbeSpec& probe : guard.probes)
    if (std::ranges::find(named, probe) == named.end()) named.push_back(std::move(probe));
  guard.probes = std::move(named);
}

constexpr Key<GuardDraft> kGuardKeys[] = {
    {{"probes", "what has to work after a change if it did before; else gateway and ssh", "[probe-entry]"},
     read_probes},
};

}  // namespace

// After the interfaces.
void bind_guard(Binder& binder, const At& at) {
  GuardDraft draft{binder};
  read_map<GuardDraft>(binder.report, at, "guard", kGuardKeys, kGuardFields, draft,
                       [](GuardDraft& d) { return &d.binder.out.guard; });
}

void bind_link_guard(Binder& binder, const IfName& dev, const At& at) {
  auto value = at.node.as_bool();
  if (!value) {
    fail(binder.report, at, value.error());
    return;
  }
  if (!*value) return;
  ProbeSpec& probe = binder.out.guard.probes.emplace_back();
  probe.kind = ProbeKind::interface;
  probe.dev = dev;
  probe.origin = at.place();
}

Section guard_section() {
  return {"guard",
          "What decides whether a change is kept or taken back.",
          infos<GuardDraft>(kGuardKeys),
          {std::begin(kGuardFields), std::end(kGuardFields)}};
}

Section probe_section() {
  return {"probe",
          "Something that works, or does not: of exactly one kind.",
          infos<ProbeDraft>(kKeys),
          {std::begin(kProbeFields), std::end(kProbeFields)}};
}

}  // namespace netcfg
