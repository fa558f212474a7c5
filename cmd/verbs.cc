#include <algorithm>

#include "cmd/verb.h"

namespace netcfg {

namespace {

// In the order of the help.
constexpr const Verb* kVerbs[] = {&kValidateVerb, &kPlanVerb,    &kApplyVerb,   &kConfirmVerb, &kRollbackVerb,
                                  &kHistoryVerb,  &kDiffVerb,    &kDriftVerb,   &kShowVerb,    &kExplainVerb,
                                  &kSchemaVerb,   &kWatchVerb,   &kUplinksVerb, &kDrillVerb,   &kRecoverVerb,
                                  &kVersionVerb,  &kReverterVerb};

constexpr std::string_view kColors[] = {"auto", "always", "never"};

constexpr OptionInfo kGlobalOptions[] = {
    {"--root", "DIR", "prefix for every file that is read or written", &Options::root},
    {"--netns", "NAME", "work in this network namespace (of /run/netns)", &Options::netns},
    {"--node", "NAME", "which host this is, for specs that speak of several (default: the host name)",
     &Options::node},
    {"--format", "FORMAT", "form of the result", &Options::format},
    {"--color", "WHEN", "auto, always or never (also: the environment variable NO_COLOR)", &Options::color,
     kColors},
    {"-q,--quiet", "", "say nothing but errors and what was asked for", &Options::quiet},
    {"-v,--verbose", "", "say more on standard error", &Options::verbose},
    {"-h,--help", "", "show this help", &Options::help},
    {"--version", "", "show the version", &Options::version},
};

}  // namespace

std::span<const Verb* const> verbs() {
  return kVerbs;
}

const Verb* find_verb(std::string_view name) {
  const auto* at =
      std::find_if(std::begin(kVerbs), std::end(kVerbs), [&](const Verb* v) { return v->name == name; });
  return at == std::end(kVerbs) ? nullptr : *at;
}

std::span<const OptionInfo> global_options() {
  return kGlobalOptions;
}

}  // namespace netcfg
