// Probes against another network namespace that answers, refuses, or says nothing.
#include "netcfg/probes/probes.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "netcfg/base/fd.h"
#include "tests/support/netns.h"
#include "tests/support/sandbox.h"

namespace netcfg::test {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kSoon{200};

Probe probe(const std::string& text) {
  auto spec = parse_probe(text);
  EXPECT_TRUE(spec) << text << ": " << (spec ? "" : spec.error().message);
  return {spec ? *spec : ProbeSpec{}, {}, {}};
}

Probe gateway(const char* via, const char* dev) {
  Probe out = probe("gateway,timeout=500ms");
  if (*via != '\0') out.spec.address = *parse_ip(via);
  out.spec.dev = dev;
  return out;
}

// A socket as a thread in that namespace would open it; the calling thread comes back.
Fd socket_in(const char* netns, int family, int type) {
  Fd own(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  Fd there(open((std::string("/run/netns/") + netns).c_str(), O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(setns(there.get(), CLONE_NEWNET), 0);
  Fd out(socket(family, type | SOCK_CLOEXEC, 0));
  EXPECT_EQ(setns(own.get(), CLONE_NEWNET), 0);
  return out;
}

// Accepts connections in the far namespace, on all its addresses; says `answer` to each, if there is one.
class Server {
 public:
  Server(uint16_t port, std::string answer) : answer_(std::move(answer)), stop_(eventfd(0, EFD_CLOEXEC)) {
    listener_ = socket_in("far", AF_INET6, SOCK_STREAM);
    sockaddr_in6 at{};
    at.sin6_family = AF_INET6, at.sin6_port = htons(port);
    int on = 1;
    setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    EXPECT_EQ(bind(listener_.get(), reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
    EXPECT_EQ(listen(listener_.get(), 8), 0);
    thread_ = std::thread([this] { serve(); });
  }
  ~Server() {
    eventfd_write(stop_.get(), 1);
    thread_.join();
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

 private:
  void serve() {
    while (true) {
      pollfd wanted[] = {{listener_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}};
      if (poll(wanted, 2, -1) < 0 || wanted[1].revents != 0) return;
      Fd peer(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      char request[1024];
      if (answer_.empty() || recv(peer.get(), request, sizeof request, 0) <= 0) continue;
      (void)send(peer.get(), answer_.data(), answer_.size(), MSG_NOSIGNAL);
    }
  }

  std::string answer_;
  Fd stop_, listener_;
  std::thread thread_;
};

class Probes : public NetnsTest {
 protected:
  void SetUp() override {
    NetnsTest::SetUp();
    if (!netns_) return;
    // .66 is a black hole: frames to it go to an address that nobody has. The kernel tells at once of a
    // veth's lost carrier where the ends' indexes differ (linkwatch_urgent_event()): near0's comes after
    // other0's.
    ASSERT_TRUE(succeeds(
        "sysctl -qw net.ipv6.conf.default.accept_dad=0 && mount -t tmpfs tmpfs /run && ip netns add far && "
        "ip netns exec far sysctl -qw net.ipv6.conf.default.accept_dad=0 && "
        "ip link add name other0 type veth peer name other1 && ip link set dev other0 up && "
        "ip link set dev other1 up && "
        "ip link add name near0 type veth peer name far0 netns far && ip -n far link set dev lo up && "
        "ip -n far link set dev far0 up && ip link set dev near0 up && "
        "ip addr add 10.0.0.1/24 dev near0 && ip addr add fd00::1/64 dev near0 nodad && "
        "ip addr add fe80::1/64 dev near0 nodad && ip -n far addr add fe80::2/64 dev far0 nodad && "
        "ip -n far addr add 10.0.0.2/24 dev far0 && ip -n far addr add fd00::2/64 dev far0 nodad && "
        "ip neigh add 10.0.0.66 lladdr 02:00:00:00:00:66 dev near0 && "
        "ip neigh add fd00::66 lladdr 02:00:00:00:00:66 dev near0 && "
        "ip addr add 10.7.0.1/24 dev other0"));
    auto opened = open_prober();
    ASSERT_TRUE(opened) << opened.error().message;
    prober_ = std::move(*opened);
  }
  void TearDown() override {
    prober_.reset();
    NetnsTest::TearDown();
  }

  std::vector<ProbeResult> run_all(const std::vector<Probe>& probes) {
    auto out = prober_->run(probes, {});
    EXPECT_TRUE(out);
    return out ? *out : std::vector<ProbeResult>(probes.size());
  }
  ProbeResult run_one(const Probe& probe) { return run_all({probe})[0]; }
  void works(const Probe& one, const std::string& detail = "") {
    ProbeResult result = run_one(one);
    EXPECT_TRUE(result.ok) << name_of(one) << ": " << result.detail;
    EXPECT_THAT(result.detail, HasSubstr(detail));
  }
  void fails(const Probe& one, const std::string& detail) {
    ProbeResult result = run_one(one);
    EXPECT_FALSE(result.ok) << name_of(one);
    EXPECT_THAT(result.detail, HasSubstr(detail));
  }
  void works(const char* text, const std::string& detail = "") { works(probe(text), detail); }
  void fails(const char* text, const std::string& detail) { fails(probe(text), detail); }

  std::unique_ptr<Prober> prober_;
};

TEST_F(Probes, TcpIsAcceptedRefusedOrNotAnswered) {
  Server server(7000, "");
  works("tcp:10.0.0.2:7000", "connected");
  works("tcp:[fd00::2]:7000", "connected");
  works("tcp:[fe80::2]:7000,dev=near0", "connected");
  fails("tcp:10.0.0.2:7001", "Connection refused");
  fails("tcp:[fd00::2]:7001", "Connection refused");
  fails("tcp:10.0.0.66:7000,timeout=200ms", "not answered within 200ms");
  fails("tcp:[fd00::66]:7000,timeout=200ms", "not answered within 200ms");
  fails("tcp:192.0.2.1:7000", "Network is unreachable");
}

TEST_F(Probes, DevBinds) {
  Server server(7000, "HTTP/1.1 200 OK\r\n");
  works("tcp:10.0.0.2:7000,dev=near0");
  fails("tcp:10.0.0.2:7000,dev=other0,timeout=200ms", "");
  works("ping:10.0.0.2,dev=near0");
  fails("ping:10.0.0.2,dev=other0,timeout=200ms", "");
  works("http://10.0.0.2:7000/,dev=near0");
  fails("http://10.0.0.2:7000/,dev=other0,timeout=200ms", "");
  fails("ping:10.0.0.2,dev=none0", "cannot bind to none0");
}

TEST_F(Probes, PingIsAnsweredOrNot) {
  works("ping:10.0.0.2,count=1", "answer to request 1 of 1");
  works("ping:fd00::2", "answer to request 1 of 3");
  works("ping:fe80::2,dev=near0");
  works("ping:127.0.0.1");
  works("ping:::1");
  fails("ping:10.0.0.66,count=3,timeout=300ms", "no answer to 3 echo requests within 300ms");
  fails("ping:fd00::66,count=1,timeout=200ms", "no answer to 1 echo request within 200ms");
  fails("ping:192.0.2.1,timeout=100ms", "Network is unreachable within 100ms");
}

TEST_F(Probes, TwoPingsOfOneHostDoNotTakeEachOthersAnswers) {
  auto results = run_all({probe("ping:10.0.0.2"), probe("ping:10.0.0.2,count=2")});
  EXPECT_TRUE(results[0].ok && results[1].ok);
  EXPECT_THAT(results[1].detail, HasSubstr("of 2"));
}

TEST_F(Probes, HttpIsJudgedByItsStatus) {
  for (auto [status, good] : {std::pair{200, true}, {302, true}, {404, false}, {503, false}}) {
    Server server(7000, "HTTP/1.1 " + std::to_string(status) + " Whatever\r\n\r\n");
    for (const char* url : {"http://10.0.0.2:7000/x", "http://[fd00::2]:7000/"}) {
      ProbeResult result = run_one(probe(url));
      EXPECT_EQ(result.ok, good) << url << " " << status;
      EXPECT_EQ(result.detail, "status " + std::to_string(status));
    }
  }
}

TEST_F(Probes, WhatIsNotHttpFails) {
  {
    Server server(7000, "SSH-2.0-OpenSSH\r\n");
    fails("http://10.0.0.2:7000/", "the answer is not HTTP: SSH-2.0");
  }
  {
    Server server(7000, "");
    fails("http://10.0.0.2:7000/", "");
  }
  fails("http://10.0.0.2:7000/", "Connection refused");
}

TEST_F(Probes, GatewaysAnswerOnTheLink) {
  works(gateway("10.0.0.2", "near0"), "10.0.0.2 answers on near0");
  works(gateway("fd00::2", "near0"), "fd00::2 answers on near0");
  works(gateway("fe80::2", "near0"));
  fails(gateway("10.0.0.66", "near0"), "no answer to 3 requests within 500ms");
  fails(gateway("fd00::66", "near0"), "no answer to 3 requests");
  fails(gateway("10.0.0.2", "other0"), "");
  fails(gateway("10.0.0.2", "none0"), "no interface none0");
}

// The kernel's cache would say that it is reachable for half a minute.
TEST_F(Probes, AGatewayIsAskedAnew) {
  works(gateway("10.0.0.2", "near0"));
  ASSERT_TRUE(succeeds("ip -n far addr del 10.0.0.2/24 dev far0"));
  fails(gateway("10.0.0.2", "near0"), "no answer");
}

TEST_F(Probes, AHostWithoutAnAddressOnTheLinkAsksAllTheSame) {
  ASSERT_TRUE(succeeds("ip addr del 10.0.0.1/24 dev near0"));
  works(gateway("10.0.0.2", "near0"));
}

TEST_F(Probes, WhereNothingIsResolvedTheCarrierCounts) {
  works(gateway("", "near0"), "near0 has a carrier");
  ASSERT_TRUE(succeeds("ip link set dev near0 arp off"));
  works(gateway("10.0.0.66", "near0"), "near0 has a carrier");
  ASSERT_TRUE(succeeds("ip -n far link set dev far0 down"));
  fails(gateway("10.0.0.66", "near0"), "near0 has no carrier");
}

TEST_F(Probes, InterfacesRunOrNot) {
  works("interface:near0");
  fails("interface:none0,timeout=50ms", "no interface none0 within 50ms");
  ASSERT_TRUE(succeeds("ip -n far link set dev far0 down"));
  fails("interface:near0,timeout=50ms", "near0 has no carrier");
  ASSERT_TRUE(succeeds("ip link set dev near0 down"));
  fails("interface:near0,timeout=50ms", "near0 is down");
}

TEST_F(Probes, AnInterfaceThatComesUpIsSeenByItsEvent) {
  ASSERT_TRUE(succeeds("ip -n far link set dev far0 down"));
  std::thread later([] { EXPECT_TRUE(succeeds("ip -n far link set dev far0 up")); });
  ProbeResult result = run_one(probe("interface:near0,timeout=10s"));
  later.join();
  EXPECT_TRUE(result.ok) << result.detail;
}

TEST_F(Probes, ALostCarrierWakesAtOnce) {
  works("interface:near0");
  std::atomic<Clock::rep> lost{0};
  std::thread later([&] {
    EXPECT_TRUE(succeeds("ip -n far link set dev far0 down"));
    lost = Clock::now().time_since_epoch().count();
  });
  EXPECT_EQ(prober_->wait(std::chrono::seconds(20), {}), Prober::Woken::link);
  auto woken = Clock::now().time_since_epoch();
  later.join();
  EXPECT_LT(woken - Clock::duration(lost), kSoon);
  fails("interface:near0,timeout=10ms", "no carrier");
  // Seen already; and other interfaces are none of its business.
  ASSERT_TRUE(succeeds("ip link set dev other0 down"));
  EXPECT_EQ(prober_->wait(milliseconds(20), {}), Prober::Woken::time);
}

// It happened while nobody was waiting.
TEST_F(Probes, ACarrierLostBetweenRunAndWaitIsNotMissed) {
  works("interface:near0");
  ASSERT_TRUE(succeeds("ip -n far link set dev far0 down"));
  EXPECT_EQ(prober_->wait(std::chrono::seconds(20), {}), Prober::Woken::link);
}

TEST_F(Probes, RunAtTheSameTimeEachWithItsOwnTime) {
  auto begin = Clock::now();
  auto results = run_all({probe("tcp:10.0.0.66:1,timeout=700ms"), probe("ping:fd00::66,timeout=600ms"),
                          probe("interface:none0,timeout=500ms"), gateway("10.0.0.66", "near0"),
                          probe("command:/bin/sleep 100,timeout=600ms"), probe("ping:10.0.0.2")});
  EXPECT_LT(Clock::now() - begin, milliseconds(700 + 600 + 500));
  EXPECT_TRUE(results[5].ok);
  int64_t least[] = {700, 600, 500, 500, 600};
  for (size_t i = 0; i < 5; ++i) {
    EXPECT_FALSE(results[i].ok);
    EXPECT_GE(results[i].elapsed, milliseconds(least[i])) << i;
    EXPECT_LT(results[i].elapsed, milliseconds(least[i] + 500)) << i;
  }
}

TEST_F(Probes, CommandsAreJudgedByTheirStatus) {
  Sandbox box;
  box.write("says.sh", "echo first\necho last >&2\nexit $1\n");
  std::string says = "command:/bin/sh " + box.path() + "/says.sh ";
  works("command:/bin/true", "exit status 0");
  works((says + "0").c_str(), "exit status 0: last");
  fails((says + "3").c_str(), "exit status 3: last");
  fails("command:/bin/no-such-program", "exit status 127: No such file or directory");
  box.write("dies.sh", "kill -9 $$\n");
  fails(("command:/bin/sh " + box.path() + "/dies.sh").c_str(), "ended by signal 9");
  // Without a shell: the semicolon is a part of the word.
  works("command:/bin/echo a;b", "a;b");
}

TEST_F(Probes, ACommandIsKilledWithItsChildren) {
  Sandbox box;
  box.write("stays.sh",
            "sleep 1000 &\necho $! > " + box.path() + "/child\necho $$ > " + box.path() + "/own\nwait\n");
  std::string command = "command:/bin/sh " + box.path() + "/stays.sh,timeout=500ms";
  fails(command.c_str(), "it has not ended and was killed within 500ms");
  for (const char* name : {"child", "own"}) {
    std::string pid = box.read(name);
    while (pid.ends_with('\n')) pid.pop_back();
    ASSERT_NE(pid, "");
    // A killed process ends when it gets to run once more: that is waited for.
    Fd process(static_cast<int>(syscall(SYS_pidfd_open, std::stoi(pid), 0)));
    pollfd ended{process.get(), POLLIN, 0};
    EXPECT_TRUE(!process || poll(&ended, 1, 5000) == 1) << name;
  }
}

TEST_F(Probes, MuchOutputDoesNotBlockACommand) {
  works("command:/usr/bin/seq 1 200000", "exit status 0: 200000");
}

TEST_F(Probes, AreStoppedByADescriptor) {
  Fd stop(eventfd(0, EFD_CLOEXEC));
  std::vector<Probe> slow{probe("tcp:10.0.0.66:1,timeout=1m"), probe("command:/bin/sleep 1000,timeout=1m")};
  std::thread later([&] { eventfd_write(stop.get(), 1); });
  auto begin = Clock::now();
  EXPECT_FALSE(prober_->run(slow, {{}, stop.get()}));
  EXPECT_EQ(prober_->wait(std::chrono::minutes(1), {{}, stop.get()}), Prober::Woken::stop);
  EXPECT_LT(Clock::now() - begin, std::chrono::seconds(10));
  later.join();
}

TEST_F(Probes, AreStoppedByAQuestion) {
  int asked = 0;
  Stop stop{[&] { return ++asked > 3; }, -1};
  EXPECT_FALSE(prober_->run(std::vector{probe("tcp:10.0.0.66:1,timeout=1m")}, stop));
  EXPECT_EQ(prober_->wait(std::chrono::minutes(1), stop), Prober::Woken::stop);
}

// A connection as sshd has it: this end is in the test's namespace.
struct Connection {
  Fd own, peer;
  TcpSession session;

  explicit Connection(bool v6) {
    int family = v6 ? AF_INET6 : AF_INET;
    Fd listener(socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));  // of both families, as sshd's
    sockaddr_in6 at{};
    at.sin6_family = AF_INET6, at.sin6_port = htons(2222);
    int on = 1;
    setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    EXPECT_EQ(bind(listener.get(), reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
    EXPECT_EQ(listen(listener.get(), 1), 0);
    peer = socket_in("far", family, SOCK_STREAM);
    sockaddr_storage to{};
    socklen_t size = v6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
    auto& to6 = reinterpret_cast<sockaddr_in6&>(to);
    auto& to4 = reinterpret_cast<sockaddr_in&>(to);
    to.ss_family = static_cast<sa_family_t>(family);
    to4.sin_port = htons(2222);  // at the same place in both
    if (v6)
      inet_pton(AF_INET6, "fd00::1", &to6.sin6_addr);
    else
      inet_pton(AF_INET, "10.0.0.1", &to4.sin_addr);
    EXPECT_EQ(connect(peer.get(), reinterpret_cast<sockaddr*>(&to), size), 0);
    own = Fd(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    getsockname(peer.get(), reinterpret_cast<sockaddr*>(&to), &size);
    session = {*parse_ip(v6 ? "fd00::1" : "10.0.0.1"),
               *parse_ip(v6 ? "fd00::2" : "10.0.0.2"),
               2222,
               ntohs(to4.sin_port),
               {}};
  }
  Probe probe(std::optional<Clock::time_point> since = {}) const {
    Probe out = test::probe("ssh,timeout=500ms");
    out.session = session, out.since = since;
    return out;
  }
};

class SshProbe : public Probes, public testing::WithParamInterface<bool> {};

TEST_P(SshProbe, SeesTheConnection) {
  Connection line(GetParam());
  works(line.probe(), "established");
  Probe other = line.probe();
  ++other.session.peer_port;
  fails(other, "the connection is no more");
}

TEST_P(SshProbe, WhatIsAcknowledgedAfterTheChangeIsProof) {
  Connection line(GetParam());
  ASSERT_EQ(send(line.own.get(), "x", 1, 0), 1);
  auto now = Clock::now();
  works(line.probe(now - std::chrono::seconds(10)), "after the change");
  works(line.probe(now + std::chrono::seconds(10)), "nothing was sent since the change: not proven");
}

TEST_P(SshProbe, WhatIsNotAcknowledgedFails) {
  Connection line(GetParam());
  std::string peer = GetParam() ? "fd00::2" : "10.0.0.2";
  ASSERT_TRUE(succeeds("ip neigh replace " + peer + " lladdr 02:00:00:00:00:66 nud permanent dev near0"));
  auto changed = Clock::now();
  ASSERT_EQ(send(line.own.get(), "x", 1, 0), 1);
  ProbeResult result = run_one(line.probe(changed));
  EXPECT_FALSE(result.ok) << result.detail;
  EXPECT_THAT(result.detail, testing::AnyOf(HasSubstr("retransmissions"), HasSubstr("is not acknowledged")));
  // Once it works again it is seen to.
  ASSERT_TRUE(succeeds("ip neigh del " + peer + " dev near0"));
  Probe patient = line.probe(changed);
  patient.spec.timeout = 20'000;
  works(patient, "after the change");
}

TEST_P(SshProbe, AClosedConnectionFails) {
  Connection line(GetParam());
  line.peer = Fd();
  fails(line.probe(), "the connection is in state CLOSE_WAIT");
}

INSTANTIATE_TEST_SUITE_P(Families, SshProbe, testing::Bool());

// Answers every datagram with its own first bytes as an answer of that status.
class NameServer {
 public:
  explicit NameServer(uint8_t status) : status_(status), stop_(eventfd(0, EFD_CLOEXEC)) {
    fd_ = socket_in("far", AF_INET6, SOCK_DGRAM);
    sockaddr_in6 at{};
    at.sin6_family = AF_INET6, at.sin6_port = htons(53);
    EXPECT_EQ(bind(fd_.get(), reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
    thread_ = std::thread([this] { serve(); });
  }
  ~NameServer() {
    eventfd_write(stop_.get(), 1);
    thread_.join();
  }
  NameServer(const NameServer&) = delete;
  NameServer& operator=(const NameServer&) = delete;

 private:
  void serve() {
    while (true) {
      pollfd wanted[] = {{fd_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}};
      if (poll(wanted, 2, -1) < 0 || wanted[1].revents != 0) return;
      unsigned char bytes[512];
      sockaddr_storage from{};
      socklen_t size = sizeof from;
      ssize_t got = recvfrom(fd_.get(), bytes, sizeof bytes, 0, reinterpret_cast<sockaddr*>(&from), &size);
      if (got < 12) continue;
      bytes[2] |= 0x80, bytes[3] = status_;
      (void)sendto(fd_.get(), bytes, static_cast<size_t>(got), 0, reinterpret_cast<sockaddr*>(&from), size);
    }
  }

  uint8_t status_;
  Fd stop_, fd_;
  std::thread thread_;
};

TEST_F(Probes, ANameServerAnswersFailsOrIsNotThere) {
  for (const char* at : {"dns:10.0.0.2", "dns:fd00::2"}) {
    {
      NameServer server(0);
      works(at, "it answers");
    }
    {
      NameServer server(2);
      fails(at, "SERVFAIL");
    }
    fails(at, "refused");
  }
  fails("dns:10.0.0.66,timeout=200ms", "the query is not answered within 200ms");
}

// A rule leads what carries the mark elsewhere; and the address is the one that was asked for.
TEST_F(Probes, GoByTheirMarkAndFromTheirAddress) {
  Probe marked = probe("tcp:10.9.0.9:7");
  marked.mark = 7;
  EXPECT_THAT(run_one(marked).detail, HasSubstr("unreachable"));
  ASSERT_TRUE(
      succeeds("ip -n far addr add 10.9.0.9/32 dev far0 && ip addr add 10.0.0.7/24 dev near0 && "
               "ip rule add fwmark 7 lookup 77 && ip route add 10.9.0.9 via 10.0.0.2 table 77"));
  EXPECT_THAT(run_one(marked).detail, HasSubstr("refused"));
  Probe sent = probe("ping:10.0.0.2,timeout=1s,count=1");
  sent.source = *parse_ip("10.0.0.7");
  EXPECT_TRUE(run_one(sent).ok);
  ASSERT_TRUE(succeeds("ip -n far route add blackhole 10.0.0.7/32"));  // answers to that one alone get lost
  EXPECT_FALSE(run_one(sent).ok);
  sent.source = *parse_ip("10.0.0.1");
  EXPECT_TRUE(run_one(sent).ok);
}

}  // namespace
}  // namespace netcfg::test
