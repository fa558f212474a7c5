#include "netcfg/plan/print_json.h"

#include <fmt/format.h>

#include <ostream>

#include "netcfg/plan/change.h"
#include "netcfg/plan/print_changes.h"

namespace netcfg {
namespace {

// FNV-1a with 128 bits (draft-eastlake-fnv).
class Fnv128 {
 public:
  void add(std::string_view bytes) {
    for (char c : bytes) hash_ = (hash_ ^ static_cast<unsigned char>(c)) * kPrime;
  }
  std::string hex() const {
    return fmt::format("{:016x}{:016x}", static_cast<uint64_t>(hash_ >> 64), static_cast<uint64_t>(hash_));
  }

 private:
  __extension__ using U128 = unsigned __int128;
  static constexpr U128 kPrime = (U128{1} << 88) + 0x13b;
  U128 hash_ = (U128{0x6c62272e07bb0142} << 64) + 0x62b821756295c58d;
};

void write_origin(JsonText& json, Place place, const Sources& sources) {
  json.key("origin");
  if (!place || place.file >= sources.size()) return json.null();
  json.begin('{');
  json.member("file", sources.name(place.file));
  json.key("line"), json.number(place.line);
  json.key("column"), json.number(place.column);
  json.end('}');
}

void write_step(JsonText& json, const Step& step, const Sources& sources) {
  const Ref& subject = subject_of(step.op);
  json.begin('{');
  json.member("action", kEffectNames[static_cast<size_t>(effect_of(step))]);
  json.member("kind", kind_name(subject));
  json.member("id", id_of(subject));
  json.key("before"), write(json, step.op.before);
  json.key("after"), write(json, step.op.after);
  json.key("fields"), json.begin('[');
  for (const FieldChange& change : field_changes(step.op.before, step.op.after)) json.text(change.name);
  json.end(']');
  json.key("disruptive"), json.boolean(!step.disruptive.empty());
  if (!step.disruptive.empty()) json.member("disruption", step.disruptive);
  json.member("reason", reason_of(step));
  write_origin(json, step.origin, sources);
  json.end('}');
}

void write_summary(JsonText& json, const Plan& plan) {
  Summary sum = summarize(plan);
  json.line(), json.key("summary"), json.begin('{');
  json.key("create"), json.number(static_cast<int64_t>(sum.create));
  json.key("update"), json.number(static_cast<int64_t>(sum.update));
  json.key("delete"), json.number(static_cast<int64_t>(sum.remove));
  json.key("adopt"), json.number(static_cast<int64_t>(sum.adopt));
  json.key("disruptive"), json.number(static_cast<int64_t>(sum.disruptive));
  json.end('}');
}

void write_warnings(JsonText& json, const Plan& plan, const Sources& sources) {
  if (plan.warnings.empty()) return;
  json.line(), json.key("warnings"), json.begin('[');
  for (const Diagnostic& warning : plan.warnings) {
    json.line(), json.begin('{');
    json.member("message", warning.message);
    json.member("hint", warning.hint);
    json.member("path", warning.path);
    write_origin(json, warning.place, sources);
    json.end('}');
  }
  json.end(']');
}

void write_drift(JsonText& json, const Plan& plan) {
  json.line(), json.key("foreign"), json.begin('[');
  for (const Ref& ref : plan.foreign) {
    json.line(), json.begin('{');
    json.member("kind", kind_name(ref));
    json.member("id", id_of(ref));
    json.end('}');
  }
  json.end(']');
  json.line(), json.key("clean"), json.boolean(summarize(plan).no_changes());
}

}  // namespace

void write_changes(JsonText& json, const Plan& plan, const Sources& sources,
                   const std::function<void()>& after_each) {
  json.line(), json.key("changes"), json.begin('[');
  for (const Step& step : plan.steps) {
    json.line();
    write_step(json, step, sources);
    if (after_each) after_each();
  }
  json.end(']');
  write_summary(json, plan);
  write_warnings(json, plan, sources);
  json.line(), json.member("fingerprint", fingerprint(plan));
}

void print_json(std::ostream& out, const Plan& plan, const Sources& sources, bool drift) {
  std::string text;
  auto flush = [&] {
    out << text;
    text.clear();
  };
  JsonText json(text);
  json.begin('{');
  json.key("format"), json.number(1);
  write_changes(json, plan, sources, flush);
  if (drift) write_drift(json, plan);
  json.end('}');
  text += '\n';
  flush();
}

std::string fingerprint(const Plan& plan) {
  Fnv128 hash;
  std::string text;
  for (const Step& step : plan.steps) {
    text.clear();
    JsonText json(text, Bytes::exact);
    json.begin('[');
    json.number(static_cast<int64_t>(effect_of(step)));
    json.number(static_cast<int64_t>(kind_of(subject_of(step.op))));
    json.boolean(step.writes);
    write(json, step.op.before);
    write(json, step.op.after);
    json.end(']');
    hash.add(text);
  }
  return hash.hex();
}

void print_prometheus(std::ostream& out, const Plan& plan, int64_t seconds) {
  std::array<std::array<size_t, std::size(kEffectNames)>, kKindCount> counts{};
  for (const NetChange& change : net_changes(plan)) {
    auto& row = counts[static_cast<size_t>(kind_of(has(change.after) ? change.after : change.before))];
    if (!change.restored && !change.implied) ++row[static_cast<size_t>(change.effect)];
  }
  auto head = [&](std::string_view name, std::string_view help) {
    out << fmt::format("# HELP {0} {1}\n# TYPE {0} gauge\n", name, help);
  };
  head("netcfg_drift_clean", "1 if the host is as specified, 0 if not.");
  out << fmt::format("netcfg_drift_clean {}\n", summarize(plan).no_changes() ? 1 : 0);
  head("netcfg_drift_changes", "Objects that differ from the spec.");
  for (size_t kind = 0; kind < kKindCount; ++kind)
    for (size_t effect = 0; effect < std::size(kEffectNames); ++effect)
      out << fmt::format("netcfg_drift_changes{{kind=\"{}\",action=\"{}\"}} {}\n", kKindNames[kind],
                         kEffectNames[effect], counts[kind][effect]);
  head("netcfg_drift_foreign", "Objects that are neither netcfg's nor the kernel's own.");
  auto foreign = count_kinds(plan.foreign);
  for (size_t kind = 0; kind < kKindCount; ++kind)
    out << fmt::format("netcfg_drift_foreign{{kind=\"{}\"}} {}\n", kKindNames[kind], foreign[kind]);
  head("netcfg_drift_timestamp_seconds", "When the host was compared with its spec, in Unix time.");
  out << fmt::format("netcfg_drift_timestamp_seconds {}\n", seconds);
}

}  // namespace netcfg
