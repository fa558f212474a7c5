// Queueing disciplines as `qdisc`, and trees of classes as `qos`, with the matches that rules of nftables
// tell.
#include "netcfg/probe/show_qos.h"

#include <fmt/format.h>

#include <algorithm>

#include "netcfg/base/text.h"
#include "netcfg/diff/merge.h"
#include "netcfg/json/yaml.h"
#include "netcfg/model/nat.h"
#include "netcfg/probe/shown.h"
#include "netcfg/spec/qos.h"
#include "netcfg/spec/spec.h"

namespace netcfg {
namespace {

using Words = std::vector<std::string_view>;

Json queue_json(const QueueKind& queue) {
  const QueueInfo& info = *queue_info(queue);
  QueueKind usual = info.make();
  for (const Field& field : info.fields) reset(field, object_of(usual));
  settle(usual);
  Json out = {{"kind", info.name}};
  out.update(shown_fields(info.fields, object_of(queue), object_of(usual)));
  return out.size() == 1 ? Json(info.name) : out;
}

// A rate or burst that is what it would be anyway is not said.
Json limits_of(const HtbClass& one, uint64_t whole) {
  HtbClass usual;
  usual.ceil = whole;
  usual.priority = 0;
  usual.burst = usual_burst(one.rate.value_or(0));
  usual.cburst = usual_burst(one.ceil.value_or(0));
  return shown_fields(kHtbClassFields, &one, &usual);
}

// What a rule of the chain `classify` says.
struct ClassRule {
  IfName dev;
  std::string name;  // of the class, or empty
  size_t index = 0;  // which of its matches
  std::string host;
  uint16_t id = 0;
  Words words;  // of the match
};

std::string_view between(std::string_view text, std::string_view before, std::string_view behind) {
  size_t first = text.find(before);
  if (first == text.npos) return {};
  first += before.size();
  size_t last = text.find(behind, first);
  return last == text.npos ? std::string_view() : text.substr(first, last - first);
}

std::optional<ClassRule> parse_rule(std::string_view line) {
  constexpr std::string_view kSet = "meta priority set ";
  ClassRule out;
  auto comment = split(between(line, " comment \"qos ", "\""), ' ');
  if (comment.size() < 2) return std::nullopt;
  out.dev = IfName(comment[0]);
  if (comment.size() == 3 && comment[1] == "host") {
    out.host = comment[2];
  } else {
    size_t open = comment[1].find('[');
    auto index = parse_unsigned(between(comment[1], "[", "]"));
    if (open == std::string_view::npos || !index) return std::nullopt;
    out.name = comment[1].substr(0, open);
    out.index = static_cast<size_t>(*index);
  }
  auto id = parse_unsigned(fmt::format("0x{}", between(line, fmt::format("{}{:x}:", kSet, kOwnHandle), " ")));
  std::string_view match = between(line, fmt::format("oifname \"{}\" ", out.dev.view()), kSet);
  if (!id || *id > kMostClassId) return std::nullopt;
  out.id = static_cast<uint16_t>(*id);
  out.words = split(match, ' ');
  return out;
}

// One value by itself, several as a list, each once.
void add_value(Json& to, const char* key, Json value) {
  if (!to.contains(key)) {
    to[key] = std::move(value);
    return;
  }
  Json& there = to[key];
  if (!there.is_array()) there = Json::array({there});
  if (std::find(there.begin(), there.end(), value) == there.end()) there.push_back(std::move(value));
}

Json number_or_text(std::string_view text) {
  auto number = parse_unsigned(text);
  return number ? Json(*number) : Json(std::string(text));
}

// Words of one rule's match into the mapping that is shown of it; what is not known leaves words over, and
// then the whole does not give the same rules again.
void put_match(Json& match, const Words& words) {
  auto word = [&](size_t i) { return i < words.size() ? words[i] : std::string_view(); };
  for (size_t i = 0; i < words.size();) {
    std::string_view first = words[i], second = word(i + 1);
    bool ports = second == "sport" || second == "dport";
    if (second == "saddr" || second == "daddr") {
      add_value(match, second == "saddr" ? "from" : "to", std::string(word(i + 2))), i += 3;
    } else if (second == "dscp") {
      match["dscp"] = number_or_text(word(i + 2)), i += 3;
    } else if (first == "meta" && second == "mark") {
      bool masked = word(i + 2) == "&";
      Mark mark{static_cast<uint32_t>(parse_unsigned(word(i + (masked ? 5 : 2))).value_or(0)),
                static_cast<uint32_t>(masked ? parse_unsigned(word(i + 3)).value_or(0) : UINT32_MAX)};
      match["fwmark"] = to_string(mark), i += masked ? 6 : 3;
    } else if (first == "meta" && second == "l4proto") {
      add_value(match, "ip-proto", word(i + 2) == "ipv6-icmp" ? Json("icmpv6") : number_or_text(word(i + 2))),
          i += 3;
    } else if (ports) {
      add_value(match, "ip-proto", std::string(first));
      const char* key = second == "sport" ? "sport" : "dport";
      i += 2;
      bool set = word(i) == "{";
      for (i += set ? 1 : 0; i < words.size() && words[i] != "}"; ++i) {
        add_value(match, key, number_or_text(words[i].substr(0, words[i].find(','))));
        if (!set) break;
      }
      ++i;
    } else {
      ++i;
    }
  }
}

class QosJson {
 public:
  QosJson(const Qdisc& tree, const std::vector<ClassRule>& rules) : tree_(tree), rules_(rules) {}

  Json run() {
    const HtbClass* whole = find(kWholeClass);
    if (!whole) return nullptr;
    rate_ = whole->rate.value_or(0);
    Json out = limits_of(*whole, rate_);
    out.erase("cburst");
    const HtbClass* rest = tree_.default_class == kRestClass ? find(kRestClass) : whole;
    if (rest && rest->leaf.index() != 0) out["leaf"] = queue_json(rest->leaf);
    for (const HtbClass& one : tree_.classes)
      if (one.id != kWholeClass && (one.id != kRestClass || tree_.default_class != kRestClass)) put(one, out);
    return out;
  }

 private:
  const HtbClass* find(uint16_t id) const {
    auto it = std::find_if(tree_.classes.begin(), tree_.classes.end(),
                           [&](const HtbClass& one) { return one.id == id; });
    return it == tree_.classes.end() ? nullptr : &*it;
  }

  // The number is always said: whether it is what follows from the name depends on all the others.
  void put(const HtbClass& one, Json& out) const {
    Json body = limits_of(one, rate_);
    body["id"] = one.id;
    body["leaf"] = queue_json(one.leaf);
    std::string name = fmt::format("class-{:x}", one.id), host;
    Json matches = Json::array();
    for (const ClassRule& rule : rules_) {
      if (rule.id != one.id) continue;
      host = rule.host;
      if (!host.empty()) break;
      name = rule.name;
      while (matches.size() <= rule.index) matches.push_back(Json::object());
      put_match(matches[rule.index], rule.words);
    }
    if (!host.empty()) {
      out["hosts"][host] = std::move(body);
      return;
    }
    if (!matches.empty()) body["match"] = std::move(matches);
    if (one.id == tree_.default_class) out["default"] = name;
    out["classes"][name] = std::move(body);
  }

  const Qdisc& tree_;
  const std::vector<ClassRule>& rules_;
  uint64_t rate_ = 0;
};

std::vector<ClassRule> rules_for(const IfName& dev, const std::vector<Ruleset>& rulesets) {
  std::vector<ClassRule> out;
  for (const Ruleset& ruleset : rulesets)
    for (std::string_view line : split(ruleset.text, '\n'))
      if (is_qos_rule(line))
        if (auto rule = parse_rule(line); rule && rule->dev == dev) out.push_back(std::move(*rule));
  return out;
}

std::vector<std::string_view> rules_on(std::string_view dev, const std::vector<Ruleset>& rulesets) {
  std::vector<std::string_view> out;
  std::string comment = fmt::format(" comment \"qos {} ", dev);
  for (const Ruleset& ruleset : rulesets)
    for (std::string_view line : split(ruleset.text, '\n'))
      if (line.find(comment) != line.npos) out.push_back(line);
  return out;
}

}  // namespace

bool is_qos_rule(std::string_view line) {
  return line.find(" comment \"qos ") != line.npos && line.find(" meta priority set ") != line.npos;
}

void Shower::put_queue(Json& out, const Link& link) {
  const auto& all = live_.state.qdiscs;
  auto it = std::find_if(all.begin(), all.end(), [&](const Qdisc& q) { return q.dev == link.name; });
  if (it == all.end() || !it->foreign_kind.empty()) return;  // the latter is one of live_.others
  if (it->is_htb()) {
    Json qos = QosJson(*it, rules_for(link.name, live_.state.rulesets)).run();
    if (qos.is_object()) out["qos"] = std::move(qos);
  } else {
    out["qdisc"] = queue_json(it->kind);
  }
}

void check_qos(Json& spec, const Snapshot& live, std::vector<std::string>& notes) {
  if (!spec.contains("interfaces")) return;
  Sources sources;
  Diagnostics problems;
  SpecFile file{"", to_yaml(spec)};
  auto desired = read_spec({&file, 1}, sources, problems);
  auto tree_of = [](const State& state, std::string_view dev) -> const Qdisc* {
    auto it = std::find_if(state.qdiscs.begin(), state.qdiscs.end(),
                           [&](const Qdisc& q) { return q.dev == IfName(dev); });
    return it == state.qdiscs.end() ? nullptr : &*it;
  };
  for (auto& [dev, body] : spec["interfaces"].items()) {
    if (!body.is_object() || !body.contains("qos")) continue;
    const Qdisc* shown = desired ? tree_of(desired->state, dev) : nullptr;
    const Qdisc* there = tree_of(live.state, dev);
    // What is not said of a queue stays as it is.
    if (shown && there && merge(*there, *shown, nullptr) == *there &&
        rules_on(dev, desired->state.rulesets) == rules_on(dev, live.state.rulesets))
      continue;
    body.erase("qos");
    notes.push_back(fmt::format("not expressed: qdisc htb on {}, which no `qos` makes", dev));
  }
}

}  // namespace netcfg
