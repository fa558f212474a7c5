#include "netcfg/plan/saved_plan.h"

#include "netcfg/json/read.h"
#include "netcfg/json/write.h"
#include "netcfg/plan/print_changes.h"
#include "netcfg/plan/print_json.h"

namespace netcfg {
namespace {

constexpr std::string_view kStart = "{\"netcfg-plan\":";
constexpr int64_t kFormat = 1;

}  // namespace

std::string save_plan(const Plan& plan, const Desired& desired, const Sources& sources) {
  std::string text;
  JsonText json(text, Bytes::exact);
  json.begin('{');
  json.key("netcfg-plan"), json.number(kFormat);
  write_changes(json, plan, sources);
  json.line(), json.key("sources"), json.begin('[');
  for (uint16_t i = 0; i < sources.size(); ++i) json.text(sources.name(i));
  json.end(']');
  json.line(), json.key("desired"), write(json, desired);
  json.end('}');
  return text += '\n';
}

bool is_saved_plan(std::string_view text) {
  return text.starts_with(kStart);
}

Result<SavedPlan> load_plan(std::string_view text) {
  SavedPlan saved;
  bool has_desired = false;
  JsonReader in(text);
  in.object([&](std::string_view key) {
    if (key == "netcfg-plan") {
      if (in.number() != kFormat) in.fail("a saved plan of another version of netcfg");
    } else if (key == "sources") {
      in.array([&] { saved.sources.add(std::string(in.text()), {}); });
    } else if (key == "desired") {
      saved.desired = read_desired(in);
      has_desired = true;
    } else if (key == "fingerprint") {
      saved.fingerprint = in.text();
    } else {
      in.skip();  // for those who look at it
    }
  });
  if (in.finish() && (!has_desired || saved.fingerprint.empty())) in.fail("not a whole saved plan");
  if (in.ok()) return saved;
  Error error = in.error();
  error.message = "the saved plan cannot be read: " + error.message;
  error.hint = "make it again with `netcfg plan -o FILE`";
  return error;
}

Result<> check_fingerprint(const SavedPlan& saved, const Plan& plan) {
  if (fingerprint(plan) == saved.fingerprint) return Done{};
  return Error{"the host has changed since the plan was saved", "look at a new plan with `netcfg plan`", 0};
}

}  // namespace netcfg
