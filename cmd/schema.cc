#include <nlohmann/json.hpp>

#include "cmd/session.h"
#include "netcfg/spec/schema.h"

namespace netcfg {
namespace {

constexpr Example kExamples[] = {
    {"netcfg schema > netcfg.schema.json", "for an editor that checks and completes YAML"},
};

int run_schema(Session& session) {
  session.out.write(schema().dump(2) + "\n");
  return kDone;
}

}  // namespace

constexpr Verb kSchemaVerb{.name = "schema",
                           .summary = "print the JSON Schema of the spec",
                           .examples = kExamples,
                           .run = run_schema};

}  // namespace netcfg
