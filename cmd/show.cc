#include <fmt/format.h>

#include <algorithm>

#include "cmd/load.h"
#include "netcfg/apply/apply.h"
#include "netcfg/base/text.h"
#include "netcfg/probe/show.h"

namespace netcfg {
namespace {

constexpr std::string_view kFormats[] = {"yaml", "json", "table"};

constexpr Example kExamples[] = {
    {"netcfg show > /etc/netcfg/netcfg.yaml", "begin with what is there"},
    {"netcfg show eth0 --format table", "one interface and its addresses"},
    {"netcfg show --format json | jq .routes", "for programs"},
};

// The parameters that a person would want to see: those that were applied, and whether the host forwards.
Query query_for_show(Session& session) {
  Query query = query_for(Desired{}, load_ledger(session, LedgerRoutes::skip));
  for (const char* path : {"net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding"})
    query.sysctls.emplace_back(path);
  query.others = true;
  std::ranges::sort(query.sysctls);
  auto repeated = std::ranges::unique(query.sysctls);
  query.sysctls.erase(repeated.begin(), repeated.end());
  return query;
}

// The interfaces asked for; those that do not exist are problems.
std::vector<IfName> names_of(Session& session, const Snapshot& live) {
  std::vector<std::string_view> known;
  for (const Link& link : live.state.links) known.push_back(link.name.view());
  std::vector<IfName> names;
  for (const std::string& name : session.options.operands) {
    if (std::ranges::find(known, name) == known.end()) {
      auto meant = nearest(name, known);
      session.problem({fmt::format("there is no interface '{}'", printable(name)),
                       meant ? fmt::format("did you mean '{}'?", *meant)
                             : std::string("'netcfg show --format table' lists them"),
                       0});
    } else {
      names.emplace_back(name);
    }
  }
  return names;
}

int run_show(Session& session) {
  auto live = read_live(session, query_for_show(session));
  if (!live) return session.fail();
  std::vector<IfName> names = names_of(session, *live);
  if (session.problems.has_errors()) return session.fail();
  session.report_warnings();
  if (session.format() == "json") {
    std::vector<std::string> notes;
    session.out.write(show_json(*live, names, notes));
    for (const std::string& note : notes) session.detail(note);
  } else if (session.format() == "table") {
    show_table(session.out.stream(), *live, names, session.color_out());
  } else {
    session.out.write(show_yaml(*live, names));
  }
  return kDone;
}

}  // namespace

constexpr Verb kShowVerb{.name = "show",
                         .operands = "[NAME...]",
                         .most_operands = kAnyNumber,
                         .summary = "print the live state as a spec that can be applied",
                         .details = "NAME is an interface; then only what belongs to it is shown.",
                         .formats = kFormats,
                         .examples = kExamples,
                         .run = run_show};

}  // namespace netcfg
