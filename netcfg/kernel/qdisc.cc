#include "netcfg/kernel/qdisc.h"

#include <linux/pkt_sched.h>

#include <algorithm>

#include "netcfg/kernel/attributes.h"

namespace netcfg::nl {
namespace {

// How a number stands in its attribute.
enum class Wire : uint8_t {
  u8,
  u32,
  s32,
  u64,
  codel,  // microseconds that read back as codel_time()
  cap,    // 32 bits of bytes per second, all ones for "unlimited"
};

struct QueueAttr {
  std::string_view field;
  uint16_t attribute;
  Wire wire = Wire::u32;
};
using QueueAttrs = std::span<const QueueAttr>;

constexpr bool covers(QueueAttrs attrs, Fields fields) {
  if (attrs.size() != fields.size()) return false;
  for (size_t i = 0; i < attrs.size(); ++i)
    if (attrs[i].field != fields[i].name) return false;
  return true;
}

constexpr QueueAttr kFqCodelAttrs[] = {
    {"limit", TCA_FQ_CODEL_LIMIT},
    {"target", TCA_FQ_CODEL_TARGET, Wire::codel},
    {"interval", TCA_FQ_CODEL_INTERVAL, Wire::codel},
    {"ecn", TCA_FQ_CODEL_ECN},
    {"flows", TCA_FQ_CODEL_FLOWS},
    {"quantum", TCA_FQ_CODEL_QUANTUM},
    {"ce-threshold", TCA_FQ_CODEL_CE_THRESHOLD, Wire::codel},
    {"memory-limit", TCA_FQ_CODEL_MEMORY_LIMIT},
    {"drop-batch", TCA_FQ_CODEL_DROP_BATCH_SIZE},
};
static_assert(covers(kFqCodelAttrs, kFqCodelFields));

constexpr QueueAttr kFqAttrs[] = {
    {"limit", TCA_FQ_PLIMIT},
    {"flow-limit", TCA_FQ_FLOW_PLIMIT},
    {"quantum", TCA_FQ_QUANTUM},
    {"initial-quantum", TCA_FQ_INITIAL_QUANTUM},
    {"pacing", TCA_FQ_RATE_ENABLE},
    {"maxrate", TCA_FQ_FLOW_MAX_RATE, Wire::cap},
    {"horizon", TCA_FQ_HORIZON},
    {"horizon-drop", TCA_FQ_HORIZON_DROP, Wire::u8},
    {"ce-threshold", TCA_FQ_CE_THRESHOLD},
};
static_assert(covers(kFqAttrs, kFqFields));

constexpr QueueAttr kCakeAttrs[] = {
    {"bandwidth", TCA_CAKE_BASE_RATE64, Wire::u64},
    {"diffserv", TCA_CAKE_DIFFSERV_MODE},
    {"flow-mode", TCA_CAKE_FLOW_MODE},
    {"nat", TCA_CAKE_NAT},
    {"wash", TCA_CAKE_WASH},
    {"ingress", TCA_CAKE_INGRESS},
    {"ack-filter", TCA_CAKE_ACK_FILTER},
    {"split-gso", TCA_CAKE_SPLIT_GSO},
    {"rtt", TCA_CAKE_RTT},
    {"overhead", TCA_CAKE_OVERHEAD, Wire::s32},
    {"mpu", TCA_CAKE_MPU},
    {"memory-limit", TCA_CAKE_MEMORY},
};
static_assert(covers(kCakeAttrs, kCakeFields));

// Empty for kinds whose parameters are a structure.
QueueAttrs attributes_of(const QueueKind& queue) {
  if (std::holds_alternative<FqCodel>(queue)) return kFqCodelAttrs;
  if (std::holds_alternative<Fq>(queue)) return kFqAttrs;
  if (std::holds_alternative<Cake>(queue)) return kCakeAttrs;
  return {};
}

void put_number(Message& m, const QueueAttr& attr, int64_t number) {
  switch (attr.wire) {
    case Wire::u8:
      return m.put(attr.attribute, static_cast<uint8_t>(number));
    case Wire::u32:
    case Wire::s32:
    case Wire::codel:
      return m.put(attr.attribute, static_cast<uint32_t>(number));
    case Wire::u64:
      return m.put(attr.attribute, static_cast<uint64_t>(number));
    case Wire::cap:
      return m.put(attr.attribute, number == 0 ? UINT32_MAX : static_cast<uint32_t>(number));
  }
}

std::optional<int64_t> get_number(const nlattr* attribute, Wire wire) {
  if (wire == Wire::u8) return get<uint8_t>(attribute);
  if (wire == Wire::s32) return get<int32_t>(attribute);
  if (wire == Wire::u64) return get<uint64_t>(attribute);
  auto number = get<uint32_t>(attribute);
  if (number && wire == Wire::codel) return nominal_codel_time(*number);
  if (number && wire == Wire::cap && *number == UINT32_MAX) return 0;
  return number;
}

void put_attributes(Message& m, const QueueKind& after, const QueueKind* before) {
  const void* object = object_of(after);
  Fields fields = fields_of(after);
  QueueAttrs attrs = attributes_of(after);
  Nest nest(m, TCA_OPTIONS);
  for (size_t i = 0; i < fields.size(); ++i) {
    const Field& field = fields[i];
    if (field.has(object) && !(before && field.equal(object, object_of(*before))))
      put_number(m, attrs[i], field.number(object));
  }
}

void get_attributes(const nlattr* options, QueueKind& out) {
  constexpr size_t kMost = std::max({TCA_FQ_CODEL_MAX, TCA_FQ_MAX, TCA_CAKE_MAX});
  Attributes<kMost> a(options);
  Fields fields = fields_of(out);
  QueueAttrs attrs = attributes_of(out);
  for (size_t i = 0; i < fields.size(); ++i) {
    auto number = get_number(a[attrs[i].attribute], attrs[i].wire);
    // What is beyond the range is how the kernel says that there is none.
    if (number && *number >= fields[i].range.min &&
        (fields[i].type == Type::choice || *number <= fields[i].range.max))
      fields[i].set_number(object_of(out), *number);
  }
}

// Ethernet's framing, so that the kernel computes times itself and needs no table of them
// (TC_LINKLAYER_UNAWARE does, see htb_change_class()).
tc_ratespec ratespec(uint64_t rate) {
  tc_ratespec out{};
  out.linklayer = TC_LINKLAYER_ETHERNET;
  out.rate = static_cast<uint32_t>(std::min<uint64_t>(rate, UINT32_MAX));
  return out;
}

bool is_plain(const tc_ratespec& spec) {
  return spec.overhead == 0 && spec.mpu == 0 && (spec.linklayer & TC_LINKLAYER_MASK) <= TC_LINKLAYER_ETHERNET;
}

void put_rate64(Message& m, uint16_t type, uint64_t rate) {
  if (rate > UINT32_MAX) m.put(type, rate);
}

void put_tbf(Message& m, const Tbf& tbf) {
  tc_tbf_qopt options{};
  uint64_t rate = tbf.rate.value_or(0);
  options.rate = ratespec(rate);
  options.limit = tbf.limit.value_or(0);
  options.buffer = burst_to_ticks(rate, tbf.burst.value_or(0));
  Nest nest(m, TCA_OPTIONS);
  m.put(TCA_TBF_PARMS, options);
  put_rate64(m, TCA_TBF_RATE64, rate);
}

bool get_tbf(const nlattr* nest, Tbf& out) {
  Attributes<TCA_TBF_MAX> a(nest);
  auto options = get<tc_tbf_qopt>(a[TCA_TBF_PARMS]);
  if (!options || !is_plain(options->rate) || options->peakrate.rate != 0) return false;
  out.rate = get<uint64_t>(a[TCA_TBF_RATE64]).value_or(options->rate.rate);
  out.burst = ticks_to_burst(*out.rate, options->buffer);
  out.limit = options->limit;
  return true;
}

void put_sfq(Message& m, const Sfq& sfq) {
  tc_sfq_qopt options{};  // 0 leaves as it is, but for perturb_period
  options.quantum = sfq.quantum.value_or(0);
  options.perturb_period = static_cast<int>(sfq.perturb.value_or(0));
  options.limit = sfq.limit.value_or(0);
  m.put(TCA_OPTIONS, options);
}

bool get_options(const nlattr* options, QueueKind& out) {
  if (!attributes_of(out).empty()) get_attributes(options, out);
  if (auto* tbf = std::get_if<Tbf>(&out)) return get_tbf(options, *tbf);
  if (auto* sfq = std::get_if<Sfq>(&out)) {
    auto values = get<tc_sfq_qopt>(options);
    if (!values) return false;
    sfq->quantum = values->quantum;
    sfq->perturb = static_cast<uint32_t>(values->perturb_period);
    sfq->limit = values->limit;
  }
  auto fifo = [&] { return get<uint32_t>(options); };  // struct tc_fifo_qopt
  if (auto* pfifo = std::get_if<Pfifo>(&out)) pfifo->limit = fifo();
  if (auto* bfifo = std::get_if<Bfifo>(&out)) bfifo->limit = fifo();
  return true;
}

}  // namespace

void put_queue(Message& m, const QueueKind& after, const QueueKind* before) {
  const QueueInfo* info = queue_info(after);
  m.put_text(TCA_KIND, info->name);
  if (!attributes_of(after).empty()) return put_attributes(m, after, before);
  if (const auto* tbf = std::get_if<Tbf>(&after)) return put_tbf(m, *tbf);
  if (const auto* sfq = std::get_if<Sfq>(&after)) return put_sfq(m, *sfq);
  const auto* pfifo = std::get_if<Pfifo>(&after);
  const auto* bfifo = std::get_if<Bfifo>(&after);
  if (auto limit = pfifo ? pfifo->limit : bfifo ? bfifo->limit : std::nullopt)
    m.put(TCA_OPTIONS, tc_fifo_qopt{*limit});
}

void put_htb(Message& m, const Qdisc& tree) {
  tc_htb_glob options{};
  options.version = 3;  // HTB_VER >> 16 in net/sched/sch_htb.c
  options.rate2quantum = 10;
  options.defcls = tree.default_class;
  m.put_text(TCA_KIND, "htb");
  Nest nest(m, TCA_OPTIONS);
  m.put(TCA_HTB_INIT, options);
}

void put_class(Message& m, const HtbClass& one) {
  uint64_t rate = one.rate.value_or(0), ceil = one.ceil.value_or(rate);
  // What the kernel would choose, within its own bounds (htb_change_class()), but never less than a packet.
  constexpr uint64_t kLeast = 1600, kMost = 200'000, kShare = 10;
  tc_htb_opt options{};
  options.rate = ratespec(rate);
  options.ceil = ratespec(ceil);
  options.buffer = burst_to_ticks(rate, one.burst.value_or(0));
  options.cbuffer = burst_to_ticks(ceil, one.cburst.value_or(0));
  options.quantum = static_cast<uint32_t>(std::clamp(rate / kShare, kLeast, kMost));
  options.prio = one.priority.value_or(0);
  m.put_text(TCA_KIND, "htb");
  Nest nest(m, TCA_OPTIONS);
  m.put(TCA_HTB_PARMS, options);
  put_rate64(m, TCA_HTB_RATE64, rate);
  put_rate64(m, TCA_HTB_CEIL64, ceil);
}

std::optional<QdiscMessage> decode_qdisc(const nlmsghdr& message) {
  tcmsg header{};
  if (message.nlmsg_type != RTM_NEWQDISC || !read_header(message, header)) return std::nullopt;
  auto a = Attributes<TCA_MAX>::behind<tcmsg>(message);
  QdiscMessage out;
  out.link = static_cast<uint32_t>(header.tcm_ifindex);
  out.handle = header.tcm_handle;
  out.parent = header.tcm_parent;
  out.name = get_text(a[TCA_KIND]);
  if (out.name == "htb") {
    Attributes<TCA_HTB_MAX> options(a[TCA_OPTIONS]);
    if (auto init = get<tc_htb_glob>(options[TCA_HTB_INIT])) out.default_class = init->defcls;
  }
  const QueueInfo* info = find_queue(out.name);
  if (!info || a[TCA_STAB]) return out;
  QueueKind kind = info->make();
  if (get_options(a[TCA_OPTIONS], kind)) out.kind = kind;
  return out;
}

std::optional<HtbClass> decode_class(const nlmsghdr& message) {
  tcmsg header{};
  if (message.nlmsg_type != RTM_NEWTCLASS || !read_header(message, header)) return std::nullopt;
  auto a = Attributes<TCA_MAX>::behind<tcmsg>(message);
  Attributes<TCA_HTB_MAX> options(a[TCA_OPTIONS]);
  auto parms = get<tc_htb_opt>(options[TCA_HTB_PARMS]);
  if (get_text(a[TCA_KIND]) != "htb" || !parms || !is_plain(parms->rate) || !is_plain(parms->ceil))
    return std::nullopt;
  HtbClass out;
  out.id = TC_H_MIN(header.tcm_handle);
  out.parent = header.tcm_parent == TC_H_ROOT ? 0 : TC_H_MIN(header.tcm_parent);
  out.rate = get<uint64_t>(options[TCA_HTB_RATE64]).value_or(parms->rate.rate);
  out.ceil = get<uint64_t>(options[TCA_HTB_CEIL64]).value_or(parms->ceil.rate);
  out.burst = ticks_to_burst(*out.rate, parms->buffer);
  out.cburst = ticks_to_burst(*out.ceil, parms->cbuffer);
  out.priority = parms->prio;
  return out;
}

}  // namespace netcfg::nl
