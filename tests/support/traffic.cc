#include "tests/support/traffic.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <ctime>
#include <stdexcept>

namespace netcfg::test {
namespace {

constexpr uint32_t kHello = 1, kNumbered = 2, kEnd = 3;
constexpr auto kPatience = std::chrono::seconds(20);
constexpr int kResend = 20;            // ms
constexpr timespec kPace{0, 1'000'000};  // between two datagrams
constexpr int kBuffer = 32 << 20;      // what arrives in a stall must find room

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error("traffic: " + what);
}

// Opens a socket as a thread in that namespace would.
int socket_in(const std::string& netns) {
  int own = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  if (!netns.empty()) {
    int there = open(("/run/netns/" + netns).c_str(), O_RDONLY | O_CLOEXEC);
    if (there < 0 || setns(there, CLONE_NEWNET) != 0) fail("cannot enter " + netns);
    close(there);
  }
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (setns(own, CLONE_NEWNET) != 0 || fd < 0) fail("cannot open a socket");
  close(own);
  (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &kBuffer, sizeof kBuffer);
  (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &kBuffer, sizeof kBuffer);
  return fd;
}

// What one processor sends in order also arrives in order; so the closing marker comes last.
void stay_on_this_processor() {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(sched_getcpu(), &one);
  (void)sched_setaffinity(0, sizeof one, &one);
}

}  // namespace

struct Flow::Datagram {
  uint32_t kind;
  uint64_t number;
};

Flow::Flow(const std::string& from, const std::string& into, const std::string& to) {
  connect(from, into, to);
  // Until addresses are resolved and bonds have found their members alive.
  auto end = std::chrono::steady_clock::now() + kPatience;
  do {
    if (std::chrono::steady_clock::now() > end) fail("nothing arrives at " + to);
    send(kHello, 0);
  } while (!arrives(kHello));
  receiver_ = std::thread([this] { receive_all(); });
  sender_ = std::thread([this] { send_all(); });
}

Flow::~Flow() {
  stop_ = give_up_ = true;
  if (sender_.joinable()) sender_.join();
  if (receiver_.joinable()) receiver_.join();
  close(out_);
  close(in_);
}

void Flow::connect(const std::string& from, const std::string& into, const std::string& to) {
  out_ = socket_in(from);
  in_ = socket_in(into);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  inet_pton(AF_INET, to.c_str(), &at.sin_addr);
  socklen_t size = sizeof at;
  if (bind(in_, reinterpret_cast<sockaddr*>(&at), size) != 0) fail("cannot bind to " + to);
  getsockname(in_, reinterpret_cast<sockaddr*>(&at), &size);
  if (::connect(out_, reinterpret_cast<sockaddr*>(&at), size) != 0) fail("no route to " + to);
}

bool Flow::send(uint32_t kind, uint64_t number) const {
  Datagram datagram{kind, number};
  return ::send(out_, &datagram, sizeof datagram, 0) == sizeof datagram;
}

// Takes in what comes within a moment; whether one of that kind was there.
bool Flow::arrives(uint32_t kind) {
  pollfd readable{in_, POLLIN, 0};
  if (poll(&readable, 1, kResend) <= 0) return false;
  bool found = false;
  Datagram datagram{};
  while (recv(in_, &datagram, sizeof datagram, 0) == sizeof datagram) {
    if (datagram.kind == kNumbered) ++arrived_;
    found |= datagram.kind == kind;
  }
  return found;
}

void Flow::send_all() {
  stay_on_this_processor();
  while (!stop_) {
    send(kNumbered, sent_);
    ++sent_;
    clock_nanosleep(CLOCK_MONOTONIC, 0, &kPace, nullptr);
  }
  while (!closed_ && !give_up_) {
    send(kEnd, 0);
    timespec again{0, kResend * 1'000'000};
    clock_nanosleep(CLOCK_MONOTONIC, 0, &again, nullptr);
  }
}

void Flow::receive_all() {
  while (!closed_ && !give_up_)
    if (arrives(kEnd)) closed_ = true;
}

void Flow::pass(uint64_t datagrams) const {
  uint64_t end = sent_ + datagrams;
  while (sent_ < end) sched_yield();
}

uint64_t Flow::lost() {
  stop_ = true;
  auto end = std::chrono::steady_clock::now() + kPatience;
  while (!closed_ && std::chrono::steady_clock::now() < end) sched_yield();
  give_up_ = true;
  sender_.join();
  receiver_.join();
  return closed_ ? sent_ - arrived_ : UINT64_MAX;
}

}  // namespace netcfg::test
