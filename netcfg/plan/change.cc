#include "netcfg/plan/change.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

namespace netcfg {
namespace {

struct Words {
  std::string_view with_cause;  // {} is the cause
  std::string_view without;
  std::string_view brief;  // {} likewise; for a line of a plan
};

// In the order of Why.
constexpr Words kWords[] = {
    {"the spec asks for it", "the spec asks for it", ""},
    {"the spec asks for another value", "the spec asks for another value", ""},
    {"the spec no longer names it", "the spec no longer names it", "no longer in the spec"},
    {"the spec no longer names the field: back to its default",
     "the spec no longer names the field: back to its default", "back to the default"},
    {"the spec says state: absent", "the spec says state: absent", "absent"},
    {"not in the spec, and {} is managed exclusively", "not in the spec, which manages it exclusively",
     "not in the spec, exclusive"},
    {"there already as wanted: becomes netcfg's", "there already as wanted: becomes netcfg's",
     "as wanted, becomes netcfg's"},
    {"made again: the kernel cannot change {} in place", "made again: the kernel cannot change it in place",
     "made again"},
    {"can only be changed while {} is down", "can only be changed while the link is down",
     "for a change of {}"},
    {"the interface that `match` finds has another name", "the interface that `match` finds has another name",
     "found by match"},
    {"makes room for the name of {}", "makes room for another interface's name", "makes room for {}"},
    {"has to leave {} first", "has to leave its bond, bridge or VRF first", "leaves {} first"},
    {"goes back into {}", "goes back into its bond, bridge or VRF", "back into {}"},
    {"up again after the change of {}", "up again after the change", "up again"},
    {"restored: the kernel deletes it with {}", "restored: the kernel deletes it by itself",
     "restored after {}"},
    {"the kernel deletes it with {}", "the kernel deletes it by itself", "with {}"},
    {"made together with its peer {}", "made together with its peer", "with {}"},
    {"{}", "the spec asks for it", "{}"},
};
static_assert(std::size(kWords) == static_cast<size_t>(Why::serves) + 1);

const Words& words_of(const Step& step) {
  return kWords[static_cast<size_t>(step.why)];
}

std::string fill_in(std::string_view words, std::string_view cause) {
  size_t at = words.find("{}");
  if (at == words.npos) return std::string(words);
  return std::string(words.substr(0, at)) + std::string(cause) + std::string(words.substr(at + 2));
}

// Not part of what an object is.
bool is_bookkeeping(std::string_view leaf) {
  return leaf == "protocol" || leaf == "secondary" || leaf == "order" || leaf == "port.kind" ||
         leaf == "handle";
}

// One next hop stands in the route itself; where two routes differ in that, both are seen as lists.
void as_list(std::vector<Leaf>& leaves, const Route& route) {
  std::erase_if(leaves, [](const Leaf& l) {
    return l.name == "via" || l.name == "dev" || l.name == "weight" || l.name == "onlink" ||
           l.name == "next-hops";
  });
  JsonLeaves list;
  list.begin('{');
  list.key("next-hops");
  list.begin('[');
  for (const NextHop& hop : route.hops) write(list, hop);
  list.end(']');
  list.end('}');
  leaves.push_back(list.take()[0]);
}

// The empty name of a link says that there is none.
void none_for_empty(std::vector<Leaf>& leaves) {
  for (Leaf& leaf : leaves)
    if (leaf.text == "\"\"" && leaf.name != "description") leaf.text = "none";
}

struct Sides {
  std::vector<Leaf> before, after;
};

Sides sides_of(const Ref& before, const Ref& after) {
  return std::visit(
      [&](const auto* b) {
        const auto* a = std::get<std::remove_cvref_t<decltype(b)>>(after);
        Sides sides{leaves_of(*b), leaves_of(*a)};
        if constexpr (std::is_same_v<decltype(b), const Link*>)
          none_for_empty(sides.before), none_for_empty(sides.after);
        if constexpr (std::is_same_v<decltype(b), const Route*>) {
          if (b->hops.size() > 1 || a->hops.size() > 1) as_list(sides.before, *b), as_list(sides.after, *a);
          if (b->type == RouteType::unicast && a->type != b->type)
            sides.before.push_back({"type", "unicast"});
          if (a->type == RouteType::unicast && a->type != b->type) sides.after.push_back({"type", "unicast"});
        }
        return sides;
      },
      before);
}

const std::string* find_leaf(const std::vector<Leaf>& leaves, const std::string& name) {
  auto it = std::find_if(leaves.begin(), leaves.end(), [&](const Leaf& l) { return l.name == name; });
  return it == leaves.end() ? nullptr : &it->text;
}

// FNV-1a; ids of one kind are distinct, so this tells objects apart.
class Hash {
 public:
  explicit Hash(Kind kind) : value_(0xcbf29ce484222325 + static_cast<uint64_t>(kind)) {}
  void add(uint64_t word) { value_ = (value_ ^ word) * 0x100000001b3; }
  uint64_t value() const { return value_; }

 private:
  uint64_t value_;
};

uint64_t hash_of(Kind kind, std::string_view id) {
  Hash hash(kind);
  for (char c : id) hash.add(static_cast<unsigned char>(c));
  return hash.value();
}

// By its key, not by its id: there can be 100,000 of them.
uint64_t hash_of(const Route& route) {
  Hash hash(Kind::route);
  hash.add(uint64_t{route.table} << 32 | route.metric);
  hash.add(uint64_t{static_cast<uint8_t>(route.family())} << 16 | route.to.length << 8 | route.tos);
  for (size_t i = 0; i < route.to.ip.size(); i += sizeof(uint32_t)) {
    uint32_t word = 0;
    memcpy(&word, &route.to.ip.bytes[i], sizeof word);
    hash.add(word);
  }
  return hash.value();
}

uint64_t hash_of(const Ref& ref) {
  const auto* route = std::get_if<const Route*>(&ref);
  return route ? hash_of(**route) : hash_of(kind_of(ref), id_of(ref));
}

// Tells which steps are about the same object.
class Objects {
 public:
  // The object's number, and whether it is new.
  std::pair<size_t, bool> find(const Op& op) {
    const Ref& now = has(op.before) ? op.before : subject_of(op);
    auto [it, is_new] = index_.try_emplace(hash_of(now), next_);
    size_t number = it->second;
    if (is_new) ++next_;
    if (has(op.before) && has(op.after) && kind_of(now) == Kind::link && id_of(op.after) != id_of(now)) {
      index_.erase(it);  // the name is free for another
      index_[hash_of(Kind::link, id_of(op.after))] = number;
    }
    return {number, is_new};
  }

 private:
  std::unordered_map<uint64_t, size_t> index_;
  size_t next_ = 0;
};

NetChange first_of(const Step& step) {
  NetChange change;
  change.effect = effect_of(step);
  change.restored = step.why == Why::lost;
  change.implied = !step.writes && change.effect == Effect::remove;
  change.before = step.op.before;
  change.after = step.op.after;
  change.step = &step;
  return change;
}

void add(NetChange& change, const Step& step) {
  Effect effect = effect_of(step);
  bool back = has(step.op.after) && change.effect == Effect::remove;
  if (back && change.implied && step.why == Why::lost) change.restored = true;
  if (back && !change.restored) change.recreate = true;
  // Made and taken away again: only the latter shows. Made and then changed is made.
  if (effect == Effect::remove)
    change.effect = Effect::remove;
  else if (back || change.effect == Effect::adopt)
    change.effect = back ? Effect::update : effect;
  change.implied = change.implied && !step.writes;
  change.after = step.op.after;
  if (!change.step->origin && step.origin) change.step = &step;
}

}  // namespace

Effect effect_of(const Step& step) {
  if (step.verdict == Verdict::adopt) return Effect::adopt;
  switch (step.op.action) {
    case Action::update:
      return Effect::update;
    case Action::remove:
      return Effect::remove;
    case Action::restore:  // of what a step before may have deleted by the way
      return has(step.op.before) ? Effect::update : Effect::create;
    default:
      return Effect::create;
  }
}

bool has(const Ref& ref) {
  return std::visit([](const auto* resource) { return resource != nullptr; }, ref);
}
const Ref& subject_of(const Op& op) {
  return has(op.after) ? op.after : op.before;
}
Kind kind_of(const Ref& ref) {
  return static_cast<Kind>(ref.index());
}
std::string_view kind_name(const Ref& ref) {
  return kKindNames[ref.index()];
}
std::string id_of(const Ref& ref) {
  return std::visit([](const auto* resource) { return resource ? id_of(*resource) : std::string(); }, ref);
}

std::string table_name(uint32_t table, const std::map<std::string, uint32_t>& tables) {
  for (const auto& [name, number] : tables)
    if (number == table) return name;
  return table == kTableMain      ? "main"
         : table == kTableLocal   ? "local"
         : table == kTableDefault ? "default"
                                  : std::to_string(table);
}

std::string id_of(const Ref& ref, const std::map<std::string, uint32_t>& tables) {
  std::string id = id_of(ref);
  uint32_t table = 0;
  if (const auto* const* route = std::get_if<const Route*>(&ref)) table = (*route)->table;
  if (const auto* const* rule = std::get_if<const Rule*>(&ref)) table = (*rule)->table.value_or(0);
  if (table == 0 || tables.empty()) return id;
  for (std::string_view word : {" table ", " lookup "}) {
    std::string number = std::string(word) + std::to_string(table);
    size_t at = id.find(number);
    size_t end = at + number.size();
    if (at != id.npos && (end == id.size() || id[end] == ' '))
      return id.replace(at + word.size(), end - at - word.size(), table_name(table, tables));
  }
  return id;
}

std::vector<FieldChange> field_changes(const Ref& before, const Ref& after) {
  if (!has(before) || !has(after) || before.index() != after.index()) return {};
  auto [was, is] = sides_of(before, after);
  const std::string* old_master = find_leaf(was, "master");
  const std::string* new_master = find_leaf(is, "master");
  bool moved = (old_master ? *old_master : "") != (new_master ? *new_master : "");
  std::vector<FieldChange> out;
  for (const Leaf& leaf : is) {
    const std::string* old = find_leaf(was, leaf.name);
    if (!is_bookkeeping(leaf.name) && (!old || *old != leaf.text))
      out.push_back({leaf.name, old ? *old : "unset", leaf.text});
  }
  // The options it had in its old bond or bridge have gone with that, and what the bond gave it.
  auto lent = [&](const std::string& name) {
    return moved && (name.starts_with("port.") || name == "mtu" || name == "mac");
  };
  for (const Leaf& leaf : was)
    if (!is_bookkeeping(leaf.name) && !find_leaf(is, leaf.name) && !lent(leaf.name))
      out.push_back({leaf.name, leaf.text, "unset"});
  return out;
}

std::string reason_of(const Step& step) {
  const Words& words = words_of(step);
  return step.cause.empty() ? std::string(words.without) : fill_in(words.with_cause, step.cause);
}

std::string short_reason_of(const Step& step) {
  const Words& words = words_of(step);
  if (!step.cause.empty() || words.brief.find("{}") == words.brief.npos)
    return fill_in(words.brief, step.cause);
  return std::string(words.without);
}

std::vector<NetChange> net_changes(const Plan& plan) {
  std::vector<NetChange> changes;
  Objects objects;
  for (const Step& step : plan.steps) {
    auto [number, is_new] = objects.find(step.op);
    if (is_new)
      changes.push_back(first_of(step));
    else
      add(changes[number], step);
    if (!step.disruptive.empty()) changes[number].disruptive = true;
  }
  return changes;
}

Summary summarize(const Plan& plan) {
  Summary sum;
  for (const NetChange& change : net_changes(plan)) {
    if (change.disruptive) ++sum.disruptive;
    size_t* counts[] = {&sum.create, &sum.update, &sum.remove, &sum.adopt};
    if (change.recreate)
      ++sum.create, ++sum.remove;
    else
      ++*counts[static_cast<size_t>(change.restored ? Effect::create : change.effect)];
  }
  return sum;
}

std::array<size_t, kKindCount> count_kinds(const std::vector<Ref>& refs) {
  std::array<size_t, kKindCount> counts{};
  for (const Ref& ref : refs) ++counts[ref.index()];
  return counts;
}

}  // namespace netcfg
