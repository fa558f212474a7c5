#include <fmt/format.h>

#include <algorithm>

#include "netcfg/base/text.h"
#include "netcfg/spec/binder.h"
#include "netcfg/spec/sections.h"
#include "netcfg/spec/values.h"

namespace netcfg {
namespace {

struct QueueDraft {
  Report& report;
  QueueKind queue;
  std::optional<uint32_t> latency;  // of tbf, in microseconds
};

constexpr Field kLatency[] = {
    duration<&QueueDraft::latency>("latency", "how long a packet may wait, instead of `limit`", kMicrosecond,
                                   kQueueDelay, "50ms")
        .ours(),
};

void read_nothing(QueueDraft&, const At&) {}  // it was read first

constexpr Key<QueueDraft> kKindKeys[] = {
    {{"kind", "which queueing discipline", "queue-kind", true}, read_nothing},
};
constexpr Key<QueueDraft> kTbfKeys[] = {
    kKindKeys[0],
    {{"latency", kLatency[0].doc, "latency"},
     [](QueueDraft& d, const At& at) { read_field(d.report, at, kLatency[0], &d); }},
};

std::span<const Key<QueueDraft>> keys_of(std::string_view kind) {
  if (kind == Tbf::kind) return kTbfKeys;
  return kKindKeys;
}

const QueueInfo* read_kind(Report& report, const At& at, QueueUse use) {
  auto text = at.node.as_string();
  const QueueInfo* info = text ? find_queue(*text) : nullptr;
  if (info && (use == QueueUse::root || info->leaf)) return info;
  std::vector<std::string_view> known;
  for (const QueueInfo& one : kQueues)
    if (use == QueueUse::root || one.leaf) known.push_back(one.name);
  bool htb = text && *text == "htb";
  auto near = text ? nearest(*text, known) : std::nullopt;
  report.error(at,
               info ? fmt::format("{} cannot be the queue of a class", info->name)
                    : fmt::format("expected one of {}, got {}", join_or(known), describe(at.node)),
               htb    ? "HTB with its classes is `qos: { rate: 100mbit, classes: { … } }`"
               : near ? fmt::format("did you mean '{}'?", *near)
               : info ? fmt::format("name one of {}", join_or(known))
                      : "");
  return nullptr;
}

// Bytes that wait that long at the rate, beside a burst.
uint32_t limit_for(const Tbf& tbf, uint32_t latency) {
  constexpr uint64_t kSecondInUs = 1'000'000, kMost = INT32_MAX;
  uint64_t rate = std::min<uint64_t>(tbf.rate.value_or(0), uint64_t{1} << 31);
  return static_cast<uint32_t>(std::min(rate * latency / kSecondInUs + tbf.burst.value_or(0), kMost));
}

void complete(QueueDraft& d, const At& at) {
  constexpr uint32_t kUsualLatency = 50'000;
  if (auto* tbf = std::get_if<Tbf>(&d.queue)) {
    if (tbf->limit && d.latency)
      d.report.error(at.value(*std::find_if(at.node.entries().begin(), at.node.entries().end(),
                                            [](const Entry& e) { return e.key == "latency"; })),
                     "'latency' beside 'limit'", "keep one of the two");
    if (!tbf->burst && tbf->rate) tbf->burst = usual_burst(*tbf->rate);
    settle(d.queue);
    if (!tbf->limit) tbf->limit = limit_for(*tbf, d.latency.value_or(kUsualLatency));
  }
  settle(d.queue);
}

}  // namespace

std::optional<QueueKind> read_queue(Report& report, const At& at, QueueUse use) {
  QueueDraft d{report, {}, {}};
  if (!at.node.is_map()) {
    const QueueInfo* info = read_kind(report, at, use);
    if (!info) return std::nullopt;
    d.queue = info->make();
    bool bare =
        std::none_of(info->fields.begin(), info->fields.end(), [](const Field& f) { return f.required; });
    if (bare) return d.queue;
    report.error(at, fmt::format("{} has no default rate", info->name),
                 fmt::format("write {{ kind: {}, rate: 10mbit }}", info->name));
    return std::nullopt;
  }
  const auto entries = at.node.entries();
  auto kind = std::find_if(entries.begin(), entries.end(), [](const Entry& e) { return e.key == "kind"; });
  if (kind == entries.end() || taken_back(kind->value)) {
    missing_key(report, at, "kind", "kind: fq_codel");
    return std::nullopt;
  }
  const QueueInfo* info = read_kind(report, at.value(*kind), use);
  if (!info) return std::nullopt;
  d.queue = info->make();
  size_t before = report.errors();
  read_map<QueueDraft>(report, at, "qdisc", keys_of(info->name), info->fields, d,
                       [](QueueDraft& draft) { return object_of(draft.queue); });
  complete(d, at);
  return report.errors() == before ? std::optional(d.queue) : std::nullopt;
}

void bind_qdisc(Binder& binder, const IfName& dev, const At& at) {
  auto queue = read_queue(binder.report, at, QueueUse::root);
  if (!queue) return;
  Qdisc out;
  out.dev = dev;
  out.kind = *queue;
  out.origin = at.key_place ? at.key_place : at.place();
  binder.out.state.qdiscs.push_back(std::move(out));
}

std::vector<Section> queue_sections() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> out;
    for (const QueueInfo& info : kQueues) out.push_back(queue_section_name(info));
    return out;
  }();
  std::vector<Section> out;
  for (size_t i = 0; i < names.size(); ++i) {
    const QueueInfo& info = kQueues[i];
    Section section{names[i], info.doc, infos(keys_of(info.name)), {info.fields.begin(), info.fields.end()}};
    if (info.name == Tbf::kind) {
      section.keys.pop_back();
      section.fields.push_back(kLatency[0]);
    }
    out.push_back(std::move(section));
  }
  return out;
}

std::string queue_section_name(const QueueInfo& info) {
  return fmt::format("qdisc-{}", info.name);
}

}  // namespace netcfg
