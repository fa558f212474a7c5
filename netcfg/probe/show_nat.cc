#include "netcfg/probe/show_nat.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "netcfg/base/text.h"
#include "netcfg/json/yaml.h"
#include "netcfg/model/nat.h"
#include "netcfg/probe/show_qos.h"
#include "netcfg/spec/spec.h"

namespace netcfg {
namespace {

using Words = std::vector<std::string_view>;

// One rule's matches and what it does. What is not known here makes it unreadable.
struct Parsed {
  std::string in, out, from, daddr, protocol, family;
  Words ports;
  std::string verb;
  Words target;
};

std::string unquoted(std::string_view word) {
  return std::string(word.size() > 1 ? word.substr(1, word.size() - 2) : word);
}

// "{ 80, 443 }" or "80" at `at`, which moves behind it.
Words set_at(const Words& words, size_t& at) {
  Words out;
  if (at < words.size() && words[at] != "{") return {words[at++]};
  for (++at; at < words.size() && words[at] != "}"; ++at)
    out.push_back(words[at].substr(0, words[at].find(',')));
  ++at;
  return out;
}

bool is_protocol(std::string_view word) {
  return std::any_of(std::begin(kPortProtocols), std::end(kPortProtocols),
                     [&](const Choice& choice) { return choice.name == word; });
}

std::optional<Parsed> parse_rule(const Words& words) {
  Parsed out;
  auto word = [&](size_t i) { return i < words.size() ? words[i] : std::string_view(); };
  for (size_t i = 0; i < words.size();) {
    std::string_view first = words[i];
    bool ip = first == "ip" || first == "ip6";
    if (first == "iifname") {
      out.in = unquoted(word(i + 1)), i += 2;
    } else if (first == "oifname") {
      out.out = unquoted(word(i + 1)), i += 2;
    } else if (first == "meta" && word(i + 1) == "nfproto") {
      out.family = word(i + 2), i += 3;
    } else if (first == "fib") {
      i += 4;
    } else if (ip && (word(i + 1) == "saddr" || word(i + 1) == "daddr")) {
      (word(i + 1) == "saddr" ? out.from : out.daddr) = word(i + 2), i += 3;
    } else if (is_protocol(first) && word(i + 1) == "dport") {
      out.protocol = first, i += 2;
      out.ports = set_at(words, i);
    } else if (first == "masquerade" || first == "snat" || first == "dnat") {
      out.verb = first;
      if (first != "masquerade")
        out.target.assign(words.begin() + static_cast<ptrdiff_t>(std::min(i + 3, words.size())), words.end());
      return out;
    } else {
      return std::nullopt;
    }
  }
  return std::nullopt;
}

// A port, or a range of them, as a spec writes it.
Json port_value(std::string_view text) {
  auto number = parse_unsigned(text);
  return number ? Json(*number) : Json(std::string(text));
}

// One value by itself, several as a list.
void add_value(Json& item, const std::string& key, Json value) {
  if (!item.contains(key)) {
    item[key] = std::move(value);
    return;
  }
  Json& there = item[key];
  if (there == value) return;
  if (!there.is_array()) there = Json::array({there});
  if (std::find(there.begin(), there.end(), value) == there.end()) there.push_back(std::move(value));
}

std::string endpoint(std::string_view ip, std::string_view port) {
  bool v6 = ip.find(':') != ip.npos;
  return v6 ? fmt::format("[{}]:{}", ip, port) : fmt::format("{}:{}", ip, port);
}

// Entries of "map { 0 : 10.0.0.2 . 80, 1 : 10.0.0.3 . 80 }": address and port, which may be empty.
std::vector<std::pair<std::string_view, std::string_view>> map_entries(const Words& words) {
  std::vector<std::pair<std::string_view, std::string_view>> out;
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i] != ":") continue;
    bool port = i + 3 < words.size() && words[i + 2] == ".";
    auto bare = [](std::string_view word) { return word.substr(0, word.find(',')); };
    out.emplace_back(bare(words[i + 1]), port ? bare(words[i + 3]) : std::string_view());
  }
  return out;
}

void put_target(Json& item, const Words& target) {
  auto entries = map_entries(target);
  if (entries.empty()) {
    if (!target.empty()) item["to"] = std::string(target[0]);
    return;
  }
  bool by_port = is_protocol(target[0]);
  if (by_port) {
    std::string range = fmt::format("{}-{}", entries.front().second, entries.back().second);
    item["to"] = endpoint(entries[0].first, range);
    return;
  }
  Json list = Json::array();
  for (const auto& [ip, port] : entries) list.push_back(port.empty() ? std::string(ip) : endpoint(ip, port));
  item["to"] = std::move(list);
  if (item.contains("out")) return;  // snat has no choice
  if (target[0] == "jhash") item["distribute"] = "source";
  if (target.size() > 1 && target[1] == "random") item["distribute"] = "random";
}

void put_translation(Json& item, const Parsed& rule) {
  item["out"] = rule.out;
  if (!rule.from.empty()) add_value(item, "from", rule.from);
  if (!rule.daddr.empty()) item["destination"] = rule.daddr;
  if (!rule.family.empty())
    item["family"] = item.contains("family") && item["family"] != rule.family ? "both" : rule.family;
  if (rule.verb == "snat") put_target(item, rule.target);
}

void put_forward(Json& item, const Parsed& rule) {
  if (!rule.in.empty()) item["in"] = rule.in;
  if (!rule.daddr.empty()) item["address"] = rule.daddr;
  add_value(item, "ip-proto", rule.protocol);
  Json ports = Json::array();
  for (std::string_view port : rule.ports) ports.push_back(port_value(port));
  item["dport"] = ports.size() == 1 ? ports[0] : ports;
  if (!rule.from.empty()) add_value(item, "from", rule.from);
  put_target(item, rule.target);
}

struct Items {
  std::map<size_t, Json> items;
  std::map<size_t, bool> hairpin;
};

// "nat.snat[2]" -> "snat" and 2
std::optional<std::pair<std::string, size_t>> name_of(std::string_view reason) {
  size_t open = reason.find('[');
  if (!reason.starts_with("nat.") || open == reason.npos || !reason.ends_with(']')) return std::nullopt;
  auto index = parse_unsigned(reason.substr(open + 1, reason.size() - open - 2));
  if (!index) return std::nullopt;
  return std::pair(std::string(reason.substr(4, open - 4)), static_cast<size_t>(*index));
}

class Reader {
 public:
  // False for a rule that nat does not make.
  bool rule(std::string_view line) {
    constexpr std::string_view kComment = " comment \"", kHairpin = "hairpin of ";
    size_t at = line.find(kComment);
    if (at == line.npos || !line.ends_with('"')) return false;
    std::string_view reason = line.substr(at + kComment.size(), line.size() - at - kComment.size() - 1);
    bool hairpin = reason.starts_with(kHairpin);
    if (hairpin) reason.remove_prefix(kHairpin.size());
    auto name = name_of(reason);
    if (!name) return false;
    auto& [items, hairpins] = sections_[name->first];
    if (hairpin) return hairpins[name->second] = true;
    auto parsed = parse_rule(split(line.substr(0, at), ' '));
    if (!parsed) return false;
    Json& item = items.try_emplace(name->second, Json::object()).first->second;
    if (parsed->verb == "dnat")
      put_forward(item, *parsed);
    else
      put_translation(item, *parsed);
    return true;
  }

  Json json() {
    Json out = Json::object();
    for (const char* name : {"masquerade", "snat", "port-forward"}) {
      auto& section = sections_[name];
      for (auto& [index, item] : section.items) {
        if (name == std::string_view("port-forward") && !section.hairpin[index]) item["hairpin"] = false;
        out[name].push_back(std::move(item));
      }
    }
    return out;
  }

 private:
  std::map<std::string, Items> sections_;
};

bool gives(const Json& spec, const Ruleset& wanted) {
  Sources sources;
  Diagnostics problems;
  SpecFile file{"", to_yaml(spec)};
  auto desired = read_spec({&file, 1}, sources, problems);
  return desired && desired->state.rulesets == std::vector<Ruleset>{wanted};
}

}  // namespace

Json nat_of(const Ruleset& ruleset) {
  Reader reader;
  for (std::string_view line : split(ruleset.text, '\n')) {
    bool rule = line.starts_with("\t\t") && !line.starts_with("\t\ttype ") && !is_qos_rule(line);
    if (rule && !reader.rule(line.substr(2))) return nullptr;
  }
  return reader.json();
}

void put_nat(Json& spec, const std::vector<Ruleset>& live, std::vector<std::string>& notes) {
  for (const Ruleset& ruleset : live) {
    Json nat = nat_of(ruleset);
    Json whole = spec;
    if (nat.is_object()) {
      if (!nat.empty()) whole["nat"] = std::move(nat);
      if (gives(whole, ruleset)) {
        spec = std::move(whole);
        continue;
      }
    }
    notes.push_back(
        fmt::format("not expressed: table {} of nftables, which no `nat` or `qos` makes", ruleset.name));
  }
}

}  // namespace netcfg
