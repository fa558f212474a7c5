// changed_fields(): which fields tell two values of one object apart.
#include "netcfg/diff/diff.h"
#include "netcfg/diff/merge.h"

namespace netcfg {
namespace {

void collect(std::vector<std::string>& out, std::string_view prefix, Fields fields, const void* a,
             const void* b) {
  for (const Field& field : fields)
    if (!field.equal(a, b)) out.push_back(std::string(prefix) + std::string(field.name));
}

template <class V>
void collect_block(std::vector<std::string>& out, std::string_view name, const V& a, const V& b) {
  if (a.index() != b.index()) {
    out.emplace_back(name);
    return;
  }
  FieldsOf fa = fields_of(a);
  collect(out, std::string(name) + ".", fa.fields, fa.object, fields_of(b).object);
}

std::string kind_name(const Link& link) {
  const KindInfo* info = kind_info(link.kind);
  return info ? std::string(info->name) : "kind";
}

}  // namespace

std::vector<std::string> changed_fields(const Link& a, const Link& b) {
  std::vector<std::string> out;
  if (a.name != b.name) out.emplace_back("name");
  collect(out, "", kLinkFields, &a, &b);
  collect_block(out, a.kind.index() == b.kind.index() ? kind_name(a) : "kind", a.kind, b.kind);
  if (a.master == b.master) collect_block(out, "port", a.port, b.port);
  return out;
}

std::vector<std::string> changed_fields(const Address& a, const Address& b) {
  std::vector<std::string> out;
  bool still = same(a, b);
  for (const Field& field : kAddressFields)
    if (!still && !field.equal(&a, &b)) out.emplace_back(field.name);
  return out;
}

std::vector<std::string> changed_fields(const Neighbor& a, const Neighbor& b) {
  std::vector<std::string> out;
  collect(out, "", kNeighborFields, &a, &b);
  return out;
}

std::vector<std::string> changed_fields(const Nexthop& a, const Nexthop& b) {
  std::vector<std::string> out;
  auto compare = [&](std::string_view name, bool equal) {
    if (!equal) out.emplace_back(name);
  };
  compare("family", a.family == b.family);
  compare("via", a.via == b.via);
  compare("dev", a.dev == b.dev);
  compare("onlink", a.onlink == b.onlink);
  compare("blackhole", a.blackhole == b.blackhole);
  compare("fdb", a.fdb == b.fdb);
  compare("group", a.group == b.group);
  static const Resilient none;
  collect(out, "resilient.", kResilientFields, a.resilient ? &*a.resilient : &none,
          b.resilient ? &*b.resilient : &none);
  return out;
}

std::vector<std::string> changed_fields(const Route& a, const Route& b) {
  std::vector<std::string> out;
  if (a.type != b.type) out.emplace_back("type");
  if (a.hops != b.hops) out.emplace_back("next-hops");
  if (a.src != b.src) out.emplace_back("src");
  if (a.scope != b.scope) out.emplace_back("scope");
  if (a.pref != b.pref) out.emplace_back("pref");
  if (a.nexthop_id != b.nexthop_id) out.emplace_back("nexthop");
  static const RouteMetrics none;
  collect(out, "", kRouteMetricFields, a.metrics ? a.metrics.get() : &none,
          b.metrics ? b.metrics.get() : &none);
  return out;
}

std::vector<std::string> changed_fields(const Rule& a, const Rule& b) {
  std::vector<std::string> out;
  collect(out, "", kRuleFields, &a, &b);
  return out;
}

std::vector<std::string> changed_fields(const Sysctl& a, const Sysctl& b) {
  return a.value == b.value ? std::vector<std::string>{} : std::vector<std::string>{"value"};
}

std::vector<std::string> changed_fields(const Qdisc& a, const Qdisc& b) {
  std::vector<std::string> out;
  if (a.name() != b.name()) return {"kind"};
  if (a.kind.index() == b.kind.index())
    collect(out, std::string(a.name()) + ".", fields_of(a.kind), object_of(a.kind), object_of(b.kind));
  if (a.default_class != b.default_class) out.emplace_back("default");
  if (a.classes != b.classes) out.emplace_back("classes");
  return out;
}

std::vector<std::string> changed_fields(const Ruleset& a, const Ruleset& b) {
  return a.text == b.text ? std::vector<std::string>{} : std::vector<std::string>{"text"};
}

}  // namespace netcfg
