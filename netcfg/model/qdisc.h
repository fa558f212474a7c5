// How a link queues what it sends: its root queueing discipline with its parameters, or a tree of classes
// with rates (HTB). One value for a link, since the kernel replaces the root with all that hangs on it.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "netcfg/base/diagnostics.h"
#include "netcfg/model/field.h"

namespace netcfg {

// The major number of the root's handle is the tag: `4e:` is 78, as for protocols. tc(8) users take small
// ones, the kernel 8001: and up by itself (qdisc_alloc_handle() in net/sched/sch_api.c).
inline constexpr uint16_t kOwnHandle = 0x4e;

inline constexpr int64_t kMicrosecond = 1'000;
// An hour, in microseconds: more is no queueing delay that somebody means.
inline constexpr Range kQueueDelay{1, 3'600'000'000};
inline constexpr Range kAnyRate{8, INT64_MAX / 8};

// sch_fq_codel(8), net/sched/sch_fq_codel.c
struct FqCodel {
  static constexpr std::string_view kind = "fq_codel";
  std::optional<uint32_t> limit, flows, quantum, memory_limit, drop_batch;
  std::optional<uint32_t> target, interval, ce_threshold;  // microseconds
  std::optional<bool> ecn;
  bool operator==(const FqCodel&) const = default;
};
// The kernel keeps these three in units of 1024 ns, so that 5 ms read back as 4.999: codel_time() says what
// a number of microseconds reads back as, nominal_codel_time() which one was meant.
uint32_t codel_time(uint32_t us);
uint32_t nominal_codel_time(uint32_t read);

inline constexpr Field kFqCodelFields[] = {
    integer<&FqCodel::limit>("limit", "packets that it holds", {1, kU32}, "10240"),
    duration<&FqCodel::target>("target", "queueing delay that is aimed at", kMicrosecond, kQueueDelay, "5ms"),
    duration<&FqCodel::interval>("interval", "time in which a standing queue is noticed: a usual round trip",
                                 kMicrosecond, kQueueDelay, "100ms"),
    boolean<&FqCodel::ecn>("ecn", "mark packets instead of dropping them, where they allow it", "true"),
    integer<&FqCodel::flows>("flows", "number of queues among which flows are hashed", {1, 65536}, "1024")
        .as(Mutability::recreate),
    size<&FqCodel::quantum>(
        "quantum", "bytes that a flow may send in its turn; by default a packet of the MTU", {256, 1 << 20}),
    duration<&FqCodel::ce_threshold>("ce-threshold", "delay beyond which packets are marked as congested",
                                     kMicrosecond, kQueueDelay),
    size<&FqCodel::memory_limit>("memory-limit", "bytes of memory that it holds", {1, kInt}, "33554432"),
    integer<&FqCodel::drop_batch>("drop-batch", "packets that are dropped at once when the limit is reached",
                                  {1, kInt}, "64"),
};

// sch_fq(8), net/sched/sch_fq.c
struct Fq {
  static constexpr std::string_view kind = "fq";
  std::optional<uint32_t> limit, flow_limit, quantum, initial_quantum, horizon, ce_threshold;
  std::optional<uint64_t> maxrate;  // bytes per second; 0: none
  std::optional<bool> pacing, horizon_drop;
  bool operator==(const Fq&) const = default;
};
inline constexpr Field kFqFields[] = {
    integer<&Fq::limit>("limit", "packets that it holds", {1, kU32}, "10000"),
    integer<&Fq::flow_limit>("flow-limit", "packets of one flow that it holds", {1, kU32}, "100"),
    size<&Fq::quantum>("quantum", "bytes that a flow may send in its turn; by default two packets of the MTU",
                       {256, 1 << 20}),
    size<&Fq::initial_quantum>("initial-quantum", "the same for a new flow; by default ten packets",
                               {256, kInt}),
    boolean<&Fq::pacing>("pacing", "keep to the rates that sockets ask for", "true"),
    rate<&Fq::maxrate>("maxrate", "most that one flow sends", {0, kU32 - 1}, "unlimited"),
    duration<&Fq::horizon>("horizon", "packets to be sent later than that are dropped or sent earlier",
                           kMicrosecond, kQueueDelay, "10s"),
    boolean<&Fq::horizon_drop>("horizon-drop", "drop packets beyond the horizon", "true"),
    duration<&Fq::ce_threshold>("ce-threshold", "delay beyond which packets are marked as congested",
                                kMicrosecond, kQueueDelay),
};

// tc-cake(8), net/sched/sch_cake.c
struct Cake {
  static constexpr std::string_view kind = "cake";
  std::optional<uint64_t> bandwidth;  // bytes per second; 0: unlimited
  std::optional<uint8_t> diffserv, flow_mode, ack_filter;
  std::optional<uint32_t> rtt, memory_limit, mpu;  // rtt in microseconds
  std::optional<int32_t> overhead;
  std::optional<bool> nat, wash, ingress, split_gso;
  bool operator==(const Cake&) const = default;
};
inline constexpr Choice kCakeDiffserv[] = {
    {"diffserv3", 0}, {"diffserv4", 1}, {"diffserv8", 2}, {"besteffort", 3}, {"precedence", 4}};
inline constexpr Choice kCakeFlows[] = {{"flowblind", 0},    {"srchost", 1},       {"dsthost", 2},
                                        {"hosts", 3},        {"flows", 4},         {"dual-srchost", 5},
                                        {"dual-dsthost", 6}, {"triple-isolate", 7}};
inline constexpr Choice kCakeAcks[] = {{"none", 0}, {"filter", 1}, {"aggressive", 2}};
inline constexpr Field kCakeFields[] = {
    rate<&Cake::bandwidth>("bandwidth", "most that it sends", {0, INT64_MAX / 8}, "unlimited"),
    choice<&Cake::diffserv>("diffserv", "how DSCP parts traffic into tins", kCakeDiffserv, "diffserv3"),
    choice<&Cake::flow_mode>("flow-mode", "among whom the bandwidth is shared", kCakeFlows, "triple-isolate"),
    boolean<&Cake::nat>("nat", "look up addresses before translation, for sharing by host", "false"),
    boolean<&Cake::wash>("wash", "clear DSCP of what is sent", "false"),
    boolean<&Cake::ingress>("ingress", "count what is dropped: for limiting what comes in", "false"),
    choice<&Cake::ack_filter>("ack-filter", "drop TCP acknowledgements that a later one makes superfluous",
                              kCakeAcks, "none"),
    boolean<&Cake::split_gso>("split-gso", "send the packets of a large segment one by one", "true"),
    duration<&Cake::rtt>("rtt", "a usual round trip", kMicrosecond, kQueueDelay, "100ms"),
    integer<&Cake::overhead>("overhead", "bytes of framing that each packet has beside", {-64, 256}),
    size<&Cake::mpu>("mpu", "bytes that the smallest packet takes", {0, 256}, "0"),
    size<&Cake::memory_limit>("memory-limit", "bytes of memory that it holds; 0: by the bandwidth", {0, kInt},
                              "0"),
};

// tc-tbf(8), net/sched/sch_tbf.c
struct Tbf {
  static constexpr std::string_view kind = "tbf";
  std::optional<uint64_t> rate;          // bytes per second
  std::optional<uint32_t> burst, limit;  // bytes
  bool operator==(const Tbf&) const = default;
};
inline constexpr Field kTbfFields[] = {
    rate<&Tbf::rate>("rate", "most that it sends", kAnyRate).needed(),
    size<&Tbf::burst>("burst",
                      "bytes that may be sent at once; by default a packet and what the rate gives in "
                      "a millisecond",
                      {1, kInt}),
    size<&Tbf::limit>("limit",
                      "bytes that it holds; by default, or with `latency`, as many as it sends in that "
                      "time",
                      {1, kInt}),
};

// tc-sfq(8), net/sched/sch_sfq.c
struct Sfq {
  static constexpr std::string_view kind = "sfq";
  std::optional<uint32_t> limit, quantum, perturb;  // perturb in seconds
  bool operator==(const Sfq&) const = default;
};
inline constexpr Field kSfqFields[] = {
    // At most 127 flows of 127 packets; and a low limit lowers the number of flows for good (sfq_change()).
    integer<&Sfq::limit>("limit", "packets that it holds", {2, 16129}, "127").as(Mutability::recreate),
    duration<&Sfq::perturb>("perturb", "flows are hashed anew that often; 0s: never", kSecond, {0, 3600},
                            "0s"),
    size<&Sfq::quantum>("quantum", "bytes that a flow may send in its turn; by default a packet of the MTU",
                        {256, 1 << 20}),
};

// tc-pfifo(8), net/sched/sch_fifo.c
struct Pfifo {
  static constexpr std::string_view kind = "pfifo";
  std::optional<uint32_t> limit;
  bool operator==(const Pfifo&) const = default;
};
inline constexpr Field kPfifoFields[] = {
    integer<&Pfifo::limit>("limit", "packets that it holds; by default as many as the link's txqueuelen says",
                           {1, kU32}),
};
struct Bfifo {
  static constexpr std::string_view kind = "bfifo";
  std::optional<uint32_t> limit;
  bool operator==(const Bfifo&) const = default;
};
inline constexpr Field kBfifoFields[] = {
    size<&Bfifo::limit>("limit", "bytes that it holds; by default a full txqueuelen", {1, kU32}),
};
struct PfifoFast {
  static constexpr std::string_view kind = "pfifo_fast";
  bool operator==(const PfifoFast&) const = default;
};
struct Noqueue {
  static constexpr std::string_view kind = "noqueue";
  bool operator==(const Noqueue&) const = default;
};
struct Mq {
  static constexpr std::string_view kind = "mq";
  bool operator==(const Mq&) const = default;
};

using QueueKind =
    std::variant<std::monostate, FqCodel, Fq, Cake, Tbf, Sfq, Pfifo, Bfifo, PfifoFast, Noqueue, Mq>;

struct QueueInfo {
  std::string_view name;  // TCA_KIND, and `kind` in the spec
  std::string_view doc;
  Fields fields;
  QueueKind (*make)();
  bool leaf;  // can be that of a class
};
// In the order of QueueKind's alternatives, from the second on.
inline constexpr QueueInfo kQueues[] = {
    {FqCodel::kind, "fair queueing with controlled delay", kFqCodelFields,
     [] { return QueueKind(FqCodel{}); }, true},
    {Fq::kind, "fair queueing with pacing, for hosts that end connections", kFqFields,
     [] { return QueueKind(Fq{}); }, true},
    {Cake::kind, "shaping, fairness and controlled delay in one", kCakeFields,
     [] { return QueueKind(Cake{}); }, true},
    {Tbf::kind, "one queue with a rate", kTbfFields, [] { return QueueKind(Tbf{}); }, true},
    {Sfq::kind, "stochastic fairness", kSfqFields, [] { return QueueKind(Sfq{}); }, true},
    {Pfifo::kind, "first in, first out, bounded in packets", kPfifoFields, [] { return QueueKind(Pfifo{}); },
     true},
    {Bfifo::kind, "first in, first out, bounded in bytes", kBfifoFields, [] { return QueueKind(Bfifo{}); },
     true},
    {PfifoFast::kind, "three bands by type of service", {}, [] { return QueueKind(PfifoFast{}); }, false},
    {Noqueue::kind,
     "no queue: what cannot be sent is dropped",
     {},
     [] { return QueueKind(Noqueue{}); },
     false},
    {Mq::kind,
     "the card's own queues, each with the kernel's default",
     {},
     [] { return QueueKind(Mq{}); },
     false},
};
static_assert(std::size(kQueues) + 1 == std::variant_size_v<QueueKind>);

const QueueInfo* find_queue(std::string_view kind);   // null for others
const QueueInfo* queue_info(const QueueKind& queue);  // null for monostate
const void* object_of(const QueueKind& queue);
void* object_of(QueueKind& queue);
Fields fields_of(const QueueKind& queue);
// Values as the kernel tells them back: its units are coarser than ours.
void settle(QueueKind& queue);
// What the kernel will not change in place, of two of one kind.
bool must_recreate(const QueueKind& before, const QueueKind& after);

// One class of HTB (tc-htb(8), net/sched/sch_htb.c).
struct HtbClass {
  uint16_t id = 0;                        // its minor number
  uint16_t parent = 0;                    // 0: the root
  std::optional<uint64_t> rate, ceil;     // bytes per second
  std::optional<uint32_t> burst, cburst;  // bytes
  std::optional<uint32_t> priority;       // 0 to 7; the lowest gets first what others leave
  QueueKind leaf;                         // monostate: it has classes below
  bool operator==(const HtbClass&) const = default;
};
inline constexpr Field kHtbClassFields[] = {
    rate<&HtbClass::rate>("rate", "what it gets whatever the others send", kAnyRate).needed(),
    rate<&HtbClass::ceil>(
        "ceil", "most that it sends while others leave some; by default the interface's rate", kAnyRate),
    integer<&HtbClass::priority>("priority", "the lowest number gets first what others leave", {0, 7}, "0"),
    size<&HtbClass::burst>(
        "burst", "bytes sent at once at `rate`; by default a packet and a millisecond's worth", {1, kInt}),
    size<&HtbClass::cburst>("cburst", "bytes sent at once at `ceil`; likewise", {1, kInt}),
};

// A packet and what the rate gives in a millisecond: tc(8)'s formula (tc/q_htb.c) for a clock of 1000 Hz. tc
// itself takes 1 GHz where the kernel has high resolution timers, which is too little for fast links whenever
// a timer is late.
uint32_t usual_burst(uint64_t rate);
// The kernel counts a burst in ticks of 64 ns at the rate (PSCHED_SHIFT in include/net/pkt_sched.h).
uint32_t burst_to_ticks(uint64_t rate, uint32_t bytes);
uint32_t ticks_to_burst(uint64_t rate, uint32_t ticks);
// `bytes` as it reads back.
inline uint32_t settled_burst(uint64_t rate, uint32_t bytes) {
  return ticks_to_burst(rate, burst_to_ticks(rate, bytes));
}

struct Qdisc {
  IfName dev;
  QueueKind kind;                 // monostate: HTB, or what `foreign_kind` names
  std::string foreign_kind;       // of a live one that is more than a spec can say ("prio"), else empty
  uint16_t default_class = 0;     // of HTB: the class of packets that nothing else classifies
  std::vector<HtbClass> classes;  // sorted by id; of HTB at least one
  // None of these counts in ==.
  uint16_t handle = kOwnHandle;  // its major number
  Place origin;

  bool is_htb() const { return !classes.empty(); }
  std::string_view name() const;  // "htb", "fq_codel"
  const IfName& key() const { return dev; }
  bool operator==(const Qdisc& o) const {
    return dev == o.dev && kind == o.kind && foreign_kind == o.foreign_kind &&
           default_class == o.default_class && classes == o.classes;
  }
};

// Whether the kernel can make one of the other without dropping what is queued.
bool changes_in_place(const Qdisc& before, const Qdisc& after);

}  // namespace netcfg
