#include "netcfg/store/packed_routes.h"

#include <cstring>
#include <iterator>
#include <map>

namespace netcfg {
namespace {

// The form: this number, the names of interfaces, the count of routes, and each route behind its Form. Before
// there were forms the names came first, and each route was whole; that is still read.
constexpr uint32_t kForms = 0xffffff02;

// Long lists differ in little from one route to the next.
enum class Form : uint8_t {
  whole,  // a Head, addresses and next hops
  next,   // a line and a destination; all else is as before
};

// What every route has; its addresses and next hops follow.
struct Head {
  uint32_t table, metric, nexthop_id, line;
  uint16_t column, file, hops;
  uint8_t family, length, tos, type, protocol;
  uint8_t has_scope, scope, has_pref, pref, src;  // src: its family
};

struct Hop {
  uint32_t name;  // index into the list of names
  uint16_t weight;
  uint8_t onlink, via;  // via: its family
};

template <class T>
void put(std::string& out, const T& value) {
  static_assert(std::is_trivially_copyable_v<T> && std::has_unique_object_representations_v<T>);
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void put_ip(std::string& out, const Ip& ip) {
  out.append(reinterpret_cast<const char*>(ip.bytes.data()), ip.size());
}

class Names {
 public:
  uint32_t number(const IfName& name) {
    if (!list_.empty() && list_[last_] == name) return last_;
    auto [it, fresh] = numbers_.try_emplace(name, static_cast<uint32_t>(list_.size()));
    if (fresh) list_.push_back(name);
    return last_ = it->second;
  }
  const std::vector<IfName>& list() const { return list_; }

 private:
  std::vector<IfName> list_;
  std::map<IfName, uint32_t> numbers_;
  uint32_t last_ = 0;
};

bool differs_in_line_and_destination(const Route& a, const Route& b) {
  return a.family() == b.family() && a.to.length == b.to.length && a.table == b.table &&
         a.metric == b.metric && a.tos == b.tos && a.type == b.type && a.protocol == b.protocol &&
         a.scope == b.scope && a.pref == b.pref && a.src == b.src && a.nexthop_id == b.nexthop_id &&
         a.hops == b.hops && a.origin.column == b.origin.column && a.origin.file == b.origin.file;
}

void pack_next(std::string& out, const Route& r) {
  put(out, Form::next);
  put(out, r.origin.line);
  put_ip(out, r.to.ip);
}

void pack(std::string& out, const Route& r, Names& names) {
  put(out, Form::whole);
  Head head{};
  head.table = r.table, head.metric = r.metric, head.nexthop_id = r.nexthop_id;
  head.line = r.origin.line, head.column = r.origin.column, head.file = r.origin.file;
  head.hops = static_cast<uint16_t>(r.hops.size());
  head.family = static_cast<uint8_t>(r.family()), head.length = r.to.length, head.tos = r.tos;
  head.type = static_cast<uint8_t>(r.type), head.protocol = r.protocol;
  head.has_scope = r.scope.has_value(), head.scope = r.scope.value_or(0);
  head.has_pref = r.pref.has_value(), head.pref = r.pref.value_or(0);
  head.src = static_cast<uint8_t>(r.src.family);
  put(out, head);
  put_ip(out, r.to.ip);
  put_ip(out, r.src);
  for (const NextHop& hop : r.hops) {
    put(out, Hop{names.number(hop.dev), hop.weight, hop.onlink, static_cast<uint8_t>(hop.via.family)});
    put_ip(out, hop.via);
  }
}

class Unpacker {
  static constexpr size_t kLeastBytes = sizeof(Form) + sizeof(uint32_t) + 4;  // of a route

 public:
  explicit Unpacker(std::string_view bytes) : bytes_(bytes) {}

  std::optional<std::vector<Route>> run() {
    auto names = get<uint32_t>();
    const bool forms = names == kForms;
    if (forms) names = get<uint32_t>();
    for (uint32_t i = 0; ok_ && i < names; ++i) names_.push_back(get<IfName>());
    auto count = get<uint64_t>();
    // A wrong number must not ask for all memory there is.
    if (!ok_ || count > bytes_.size() / kLeastBytes) return std::nullopt;
    std::vector<Route> out(count);
    for (size_t i = 0; i < count; ++i) {
      Form form = forms ? get<Form>() : Form::whole;
      bool whole = form == Form::whole ? unpack(out[i])
                                       : form == Form::next && i > 0 && unpack_next(out[i], out[i - 1]);
      if (!whole) return std::nullopt;
    }
    if (!bytes_.empty()) return std::nullopt;
    return out;
  }

 private:
  template <class T>
  T get() {
    static_assert(std::is_trivially_copyable_v<T>);
    T out{};
    ok_ = ok_ && bytes_.size() >= sizeof out;
    if (!ok_) return out;
    memcpy(&out, bytes_.data(), sizeof out);
    bytes_.remove_prefix(sizeof out);
    return out;
  }

  Ip get_ip(uint8_t family) {
    Ip ip{static_cast<Family>(family), {}};
    if (family != 0 && ip.size() == 0) ok_ = false;
    ok_ = ok_ && bytes_.size() >= ip.size();
    if (!ok_) return {};
    memcpy(ip.bytes.data(), bytes_.data(), ip.size());
    bytes_.remove_prefix(ip.size());
    return ip;
  }

  bool unpack_next(Route& r, const Route& before) {
    r = before;
    r.origin.line = get<uint32_t>();
    r.to.ip = get_ip(static_cast<uint8_t>(before.family()));
    return ok_;
  }

  bool unpack(Route& r) {
    Head head = get<Head>();
    r.table = head.table, r.metric = head.metric, r.nexthop_id = head.nexthop_id;
    r.origin = {head.line, head.column, head.file};
    r.to = {get_ip(head.family), head.length};
    r.src = get_ip(head.src);
    r.tos = head.tos, r.type = static_cast<RouteType>(head.type), r.protocol = head.protocol;
    if (head.has_scope) r.scope = head.scope;
    if (head.has_pref) r.pref = head.pref;
    for (uint16_t i = 0; ok_ && i < head.hops; ++i) {
      Hop hop = get<Hop>();
      Ip via = get_ip(hop.via);
      ok_ = ok_ && hop.name < names_.size();
      if (ok_) r.hops.push_back({via, names_[hop.name], hop.weight, hop.onlink != 0});
    }
    return ok_ && head.length <= address_bits(r.family());
  }

  std::string_view bytes_;
  std::vector<IfName> names_;
  bool ok_ = true;
};

}  // namespace

bool can_pack(const Route& route) {
  return !route.metrics && route.hops.size() <= UINT16_MAX;
}

std::string pack_routes(const std::vector<Route>& routes) {
  Names names;
  std::string body;
  uint64_t count = 0;
  const Route* last = nullptr;
  for (const Route& route : routes) {
    if (!can_pack(route)) continue;
    if (last && differs_in_line_and_destination(*last, route))
      pack_next(body, route);
    else
      pack(body, route, names);
    last = &route;
    ++count;
  }
  std::string out;
  put(out, kForms);
  put(out, static_cast<uint32_t>(names.list().size()));
  for (const IfName& name : names.list()) out.append(name.bytes.data(), name.bytes.size());
  put(out, count);
  // The names are known only at the end; they go before, since reading needs them first.
  return std::move(body.insert(0, out));
}

std::optional<std::vector<Route>> unpack_routes(std::string_view bytes) {
  return Unpacker(bytes).run();
}

State without_packed(const State& state) {
  State out;
  for_each_kind(out, [&]<class T>(std::vector<T>& table) {
    for (const T& resource : table_of<T>(state)) {
      if constexpr (std::is_same_v<T, Route>)
        if (can_pack(resource)) continue;
      table.push_back(resource);
    }
  });
  return out;
}

Desired without_packed(const Desired& desired) {
  Desired out;
  out.state = without_packed(desired.state);
  out.matches = desired.matches;
  out.tables = desired.tables;
  out.exclusive = desired.exclusive;
  out.exclusive_links = desired.exclusive_links;
  out.guard = desired.guard;
  out.uplinks = desired.uplinks;
  return out;
}

bool add_packed(State& state, std::string_view bytes) {
  auto routes = unpack_routes(bytes);
  if (!routes) return false;
  auto& all = state.routes;
  std::swap(all, *routes);
  if (routes->empty()) return true;
  all.insert(all.end(), std::make_move_iterator(routes->begin()), std::make_move_iterator(routes->end()));
  state.sort();
  return true;
}

}  // namespace netcfg
