#include "netcfg/diff/merge.h"

#include <algorithm>

namespace netcfg {
namespace {

template <class V>
const void* object_if_same(const V* other, const V& as) {
  return other && other->index() == as.index() ? fields_of(*other).object : nullptr;
}

// The kind block or the port options: merged when both sides are of one alternative, else the wanted ones.
template <class V>
bool merge_block(V& live, const V& wanted, const V* applied, const V* original) {
  if (live.index() != wanted.index()) {
    live = wanted;
    return false;
  }
  FieldsOf of = fields_of(wanted);
  return merge_fields(of.fields, object_of(live), of.object, object_if_same(applied, wanted),
                      object_if_same(original, wanted));
}

// What a bond's mode lacks the kernel may neither take nor report: there is nothing to go back to its
// default.
void drop_unreported(LinkKind& kind, const LinkKind& live) {
  auto* bond = std::get_if<Bond>(&kind);
  const auto* now = std::get_if<Bond>(&live);
  if (!bond || !now || !bond->mode) return;
  for (const Field& field : kBondFields)
    if (!field.has(now) && !mode_has(*bond->mode, field.name)) field.clear(bond);
}

// 0 and forever are states of their own; any other lifetime only counts down.
uint32_t lifetime_class(std::optional<uint32_t> seconds) {
  uint32_t value = seconds.value_or(UINT32_MAX);
  return value == 0 || value == UINT32_MAX ? value : 1;
}

}  // namespace

bool merge_fields(Fields fields, void* live, const void* wanted, const void* applied, const void* original) {
  bool dropped = false;
  for (const Field& field : fields) {
    if (field.has(wanted)) {
      field.copy(live, wanted);
    } else if (applied && field.has(applied)) {
      if (original && field.has(original))
        field.copy(live, original);
      else if (!reset(field, live))
        continue;
      dropped = true;
    }
  }
  return dropped;
}

MergedLink merge(const Link& live, const Link& wanted, const Link* applied, const Link* original) {
  MergedLink out{live, false};
  Link& link = out.link;
  link.origin = wanted.origin;
  out.dropped_fields = merge_fields(kLinkFields, &link, &wanted, applied, original);
  if (wanted.kind.index() != 0)
    out.dropped_fields |= merge_block(link.kind, wanted.kind, applied ? &applied->kind : nullptr,
                                      original ? &original->kind : nullptr);
  drop_unreported(link.kind, live.kind);
  // A member of another master than before has nothing of its old port options.
  if (link.master != live.master) {
    link.port = wanted.port;
  } else if (wanted.port.index() != 0) {
    bool same_master = applied && applied->master == wanted.master;
    out.dropped_fields |= merge_block(link.port, wanted.port, same_master ? &applied->port : nullptr,
                                      static_cast<const PortKind*>(nullptr));
  }
  // A bond gives its members its MTU and their MAC address.
  if (std::holds_alternative<BondPort>(wanted.port)) {
    if (!wanted.mtu) link.mtu = live.mtu;
    if (!wanted.mac) link.mac = live.mac;
  }
  return out;
}

Address merge(const Address& live, const Address& wanted, const Address* applied) {
  Address out = live;
  merge_fields(kAddressFields, &out, &wanted, applied, nullptr);
  // These have no default of their own: without them an address has no peer and no broadcast address, its
  // device's name as label, and the scope of its class.
  if (applied && applied->peer && !wanted.peer) out.peer.reset();
  if (applied && applied->broadcast && !wanted.broadcast) out.broadcast.reset();
  if (applied && applied->label && !wanted.label) out.label = to_string(live.dev);
  if (applied && applied->scope && !wanted.scope) out.scope = uint8_t{0};
  out.order = wanted.order;
  out.origin = wanted.origin;
  out.protocol = wanted.protocol;
  if (same(out, live)) {
    out.preferred = live.preferred;
    out.valid = live.valid;
  }
  return out;
}

Neighbor merge(const Neighbor& live, const Neighbor& wanted, const Neighbor* applied) {
  Neighbor out = live;
  merge_fields(kNeighborFields, &out, &wanted, applied, nullptr);
  out.origin = wanted.origin;
  out.protocol = wanted.protocol;
  return out;
}

namespace {

void merge_queue(QueueKind& queue, const QueueKind& live, const QueueKind& wanted, const QueueKind* applied) {
  queue = wanted;
  if (live.index() != wanted.index()) return;
  queue = live;
  merge_fields(fields_of(wanted), object_of(queue), object_of(wanted),
               applied && applied->index() == wanted.index() ? object_of(*applied) : nullptr, nullptr);
}

const HtbClass* class_of(const Qdisc* tree, uint16_t id) {
  if (!tree) return nullptr;
  auto it =
      std::find_if(tree->classes.begin(), tree->classes.end(), [&](const HtbClass& c) { return c.id == id; });
  return it == tree->classes.end() ? nullptr : &*it;
}

}  // namespace

// Fields without a fixed default that the spec names no longer stay as they are. HTB has a tree of ours,
// since rules name its classes.
Qdisc merge(const Qdisc& live, const Qdisc& wanted, const Qdisc* applied) {
  Qdisc out = wanted;
  bool kept = !wanted.is_htb() && !must_recreate(live.kind, wanted.kind);
  merge_queue(out.kind, live.kind, wanted.kind, applied ? &applied->kind : nullptr);
  if (kept && !must_recreate(live.kind, out.kind)) out.handle = live.handle;
  for (HtbClass& one : out.classes) {
    const HtbClass* there = class_of(&live, one.id);
    const HtbClass* before = class_of(applied, one.id);
    QueueKind leaf = one.leaf;
    if (there) merge_queue(one.leaf, there->leaf, leaf, before ? &before->leaf : nullptr);
  }
  return out;
}

bool same(const Address& a, const Address& b) {
  if (lifetime_class(a.preferred) != lifetime_class(b.preferred)) return false;
  if (lifetime_class(a.valid) != lifetime_class(b.valid)) return false;
  Address copy = b;
  copy.preferred = a.preferred;
  copy.valid = a.valid;
  return a == copy;
}

}  // namespace netcfg
