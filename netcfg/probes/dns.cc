// Whether a name server answers (RFC 1035). It is asked for the name servers of the root, which every
// resolver knows; whether it can look anything up is told by its status.
#include <fmt/format.h>
#include <sys/random.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "netcfg/probes/sockets.h"
#include "netcfg/probes/task.h"

namespace netcfg::probes {
namespace {

struct [[gnu::packed]] Query {
  uint16_t id = 0, flags = 0, questions = 0, answers = 0, authorities = 0, additional = 0;
  uint8_t root = 0;  // the empty name
  uint16_t type = 0, klass = 0;
};
constexpr uint16_t kRecursion = 0x0100, kAnswer = 0x8000, kStatus = 0x000f;
constexpr uint16_t kNameServers = 2, kInternet = 1;
constexpr uint16_t kServerFailed = 2, kRefused = 5;
constexpr size_t kHead = 12;

class Dns : public Task {
 public:
  Dns(const Probe& probe, const Links& links) : probe_(probe), links_(links) {}

  void start() override {
    const LiveLink* link = probe_.spec.dev ? links_.find(*probe_.spec.dev) : nullptr;
    uint32_t scope = link ? link->index : 0;
    auto opened = open_for(probe_, SOCK_DGRAM, 0, scope);
    if (!opened) return fail(opened.error().message);
    fd_ = std::move(*opened);
    // Connected: answers from elsewhere do not come in, and errors of the way do.
    SocketAddress to = socket_address(probe_.spec.address, probe_.spec.port, scope);
    if (connect(fd_.get(), to.get(), to.size) != 0) return fail(text_of(errno));
    Query query;
    if (getrandom(&id_, sizeof id_, 0) < 0) return fail(text_of(errno));
    query.id = id_, query.flags = htons(kRecursion), query.questions = htons(1);
    query.type = htons(kNameServers), query.klass = htons(kInternet);
    if (send(fd_.get(), &query, sizeof query, 0) < 0) return fail(text_of(errno));
    note_ = "the query is not answered";
  }
  void add_polls(std::vector<pollfd>& polls) override { polls.push_back({fd_.get(), POLLIN, 0}); }
  void on_ready(int) override {
    std::array<uint8_t, 1500> buffer;
    while (!outcome()) {
      ssize_t size = recv(fd_.get(), buffer.data(), buffer.size(), 0);
      if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
      if (size < 0) return fail(text_of(errno));
      if (static_cast<size_t>(size) >= kHead) take(buffer.data());
    }
  }

 private:
  void take(const uint8_t* bytes) {
    uint16_t id = 0, flags = 0;
    memcpy(&id, bytes, sizeof id), memcpy(&flags, bytes + 2, sizeof flags);
    flags = ntohs(flags);
    if (id != id_ || (flags & kAnswer) == 0) return;
    uint16_t status = flags & kStatus;
    if (status == kServerFailed) return fail("the name server can look nothing up (SERVFAIL)");
    succeed(status == kRefused ? "it answers, and refuses (REFUSED)" : "it answers");
  }

  const Probe& probe_;
  const Links& links_;
  Fd fd_;
  uint16_t id_ = 0;
};

}  // namespace

std::unique_ptr<Task> dns_task(const Probe& probe, const Links& links) {
  return std::make_unique<Dns>(probe, links);
}

}  // namespace netcfg::probes
