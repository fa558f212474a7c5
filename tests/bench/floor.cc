// The least that the work can cost: a raw netlink client whose time is the kernel's. tests/bench/run compares
// netcfg with it. WHAT is add-routes, delete-routes, dump-routes, add-rules, delete-rules, dump-links or
// replace-nexthop (of id 10, by the gateway 192.0.2.COUNT); memory COMMAND… runs another program.
#include <arpa/inet.h>
#include <linux/fib_rules.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string_view>
#include <vector>

namespace {

constexpr size_t kBatch = 128;

[[noreturn]] void die(const char* what) {
  perror(what);
  exit(1);
}

class Client {
 public:
  Client() : fd_(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE)), answer_(size_t{64} << 10) {
    int on = 1;
    if (fd_ < 0 || setsockopt(fd_, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on) != 0) die("netlink");
  }
  ~Client() { close(fd_); }

  template <class Header>
  Header& begin(uint16_t type, int flags) {
    last_ = out_.size();
    out_.resize(out_.size() + NLMSG_SPACE(sizeof(Header)));
    auto& message = *reinterpret_cast<nlmsghdr*>(&out_[last_]);
    message = {NLMSG_LENGTH(sizeof(Header)), type, static_cast<uint16_t>(flags | NLM_F_REQUEST), 0, 0};
    ++count_;
    return *static_cast<Header*>(NLMSG_DATA(&message));
  }
  void put(uint16_t type, uint32_t value) {
    rtattr head{RTA_LENGTH(sizeof value), type};
    const auto* bytes = reinterpret_cast<const uint8_t*>(&head);
    out_.insert(out_.end(), bytes, bytes + sizeof head);
    bytes = reinterpret_cast<const uint8_t*>(&value);
    out_.insert(out_.end(), bytes, bytes + sizeof value);
    reinterpret_cast<nlmsghdr*>(&out_[last_])->nlmsg_len += RTA_SPACE(sizeof value);
  }
  bool full() const { return count_ == kBatch; }

  // Sends what was put together; only the last message is answered.
  void flush() {
    if (count_ == 0) return;
    reinterpret_cast<nlmsghdr*>(&out_[last_])->nlmsg_flags |= NLM_F_ACK;
    if (send(fd_, out_.data(), out_.size(), 0) < 0) die("send");
    out_.clear(), count_ = 0;
    if (recv(fd_, answer_.data(), answer_.size(), 0) < 0) die("recv");
    const auto* message = reinterpret_cast<const nlmsghdr*>(answer_.data());
    const auto* error = static_cast<const nlmsgerr*>(NLMSG_DATA(message));
    if (message->nlmsg_type == NLMSG_ERROR && error->error != 0) errno = -error->error, die("kernel");
  }

  // f(message) for each message of a dump.
  template <class F>
  void dump(F&& f) {
    reinterpret_cast<nlmsghdr*>(&out_[last_])->nlmsg_flags |= NLM_F_DUMP;
    if (send(fd_, out_.data(), out_.size(), 0) < 0) die("send");
    out_.clear(), count_ = 0;
    while (true) {
      ssize_t size = recv(fd_, answer_.data(), answer_.size(), 0);
      if (size < 0) die("recv");
      int left = static_cast<int>(size);
      for (auto* m = reinterpret_cast<nlmsghdr*>(answer_.data()); NLMSG_OK(m, left);
           m = NLMSG_NEXT(m, left)) {
        if (m->nlmsg_type == NLMSG_DONE) return;
        f(*m);
      }
    }
  }

 private:
  int fd_;
  std::vector<uint8_t> out_, answer_;
  size_t last_ = 0, count_ = 0;
};

// As in run: 10.x.y.z/32 via 192.0.2.2 on va, in random order.
void routes(Client& client, uint32_t count, uint8_t protocol, bool add) {
  uint32_t index = if_nametoindex("va");
  std::vector<uint32_t> order(count);
  for (uint32_t i = 0; i < count; ++i) order[i] = i;
  std::shuffle(order.begin(), order.end(), std::mt19937(1));
  for (uint32_t i : order) {
    auto& route = client.begin<rtmsg>(add ? RTM_NEWROUTE : RTM_DELROUTE, add ? NLM_F_CREATE | NLM_F_EXCL : 0);
    route.rtm_family = AF_INET, route.rtm_dst_len = 32, route.rtm_table = RT_TABLE_MAIN;
    route.rtm_protocol = protocol, route.rtm_type = RTN_UNICAST;
    client.put(RTA_DST, htonl(0x0a000000 + i));
    client.put(RTA_GATEWAY, htonl(0xc0000202));
    client.put(RTA_OIF, index);
    if (client.full()) client.flush();
  }
  client.flush();
}

// Priorities from 1000 on; the kernel walks its list from the front.
void rules(Client& client, uint32_t count, bool add) {
  for (uint32_t i = 0; i < count; ++i) {
    auto& rule = client.begin<fib_rule_hdr>(add ? RTM_NEWRULE : RTM_DELRULE, add ? NLM_F_CREATE : 0);
    rule.family = AF_INET, rule.action = FR_ACT_TO_TBL, rule.table = 100;
    client.put(FRA_PRIORITY, 1000 + (add ? count - 1 - i : i));
    if (client.full()) client.flush();
  }
  client.flush();
}

void replace_nexthop(Client& client, uint32_t host) {
  auto& nexthop = client.begin<nhmsg>(RTM_NEWNEXTHOP, NLM_F_CREATE | NLM_F_REPLACE);
  nexthop.nh_family = AF_INET, nexthop.nh_protocol = 78;
  client.put(NHA_ID, 10);
  client.put(NHA_OIF, if_nametoindex("va"));
  client.put(NHA_GATEWAY, htonl(0xc0000200 + host));
  client.flush();
}

struct Packed {
  uint32_t to, via;
  auto operator<=>(const Packed&) const = default;
};

// Read, kept in order, compared: what finding no difference takes. Of protocol 0: all of them.
void dump_routes(Client& client, uint8_t protocol) {
  auto& request = client.begin<rtmsg>(RTM_GETROUTE, 0);
  request.rtm_family = AF_INET, request.rtm_protocol = protocol;
  std::vector<Packed> all;
  client.dump([&](nlmsghdr& message) {
    auto* route = static_cast<rtmsg*>(NLMSG_DATA(&message));
    int left = static_cast<int>(RTM_PAYLOAD(&message));
    Packed packed{};
    for (rtattr* a = RTM_RTA(route); RTA_OK(a, left); a = RTA_NEXT(a, left))
      if (a->rta_type == RTA_DST || a->rta_type == RTA_GATEWAY)
        memcpy(a->rta_type == RTA_DST ? &packed.to : &packed.via, RTA_DATA(a), 4);
    all.push_back(packed);
  });
  std::sort(all.begin(), all.end());
  std::vector<Packed> wanted = all;
  printf("%zu routes, %s\n", all.size(), wanted == all ? "as wanted" : "not as wanted");
}

// Runs a command and tells the most memory that it had at a time, in KiB. A script cannot: the memory of the
// process that forks counts as the child's.
int memory_of(char** command) {
  pid_t child = fork();
  if (child == 0) {
    execvp(command[0], command);
    die(command[0]);
  }
  int status = 0;
  rusage used{};
  if (child < 0 || wait4(child, &status, 0, &used) < 0) die("fork");
  printf("%ld\n", used.ru_maxrss);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

}  // namespace

int main(int argc, char** argv) {
  std::string_view what = argc > 1 ? argv[1] : "";
  if (what == "memory" && argc > 2) return memory_of(argv + 2);
  Client client;
  auto count = static_cast<uint32_t>(argc > 2 ? strtoul(argv[2], nullptr, 10) : 0);
  auto protocol = static_cast<uint8_t>(argc > 3                ? strtoul(argv[3], nullptr, 10)
                                       : what == "dump-routes" ? 0
                                                               : 78);
  if (what == "add-routes" || what == "delete-routes")
    routes(client, count, protocol, what == "add-routes");
  else if (what == "add-rules" || what == "delete-rules")
    rules(client, count, what == "add-rules");
  else if (what == "dump-routes")
    dump_routes(client, protocol);
  else if (what == "replace-nexthop")
    replace_nexthop(client, count);
  else if (what == "dump-links")
    client.begin<ifinfomsg>(RTM_GETLINK, 0), client.dump([](nlmsghdr&) {});
  else
    return fprintf(stderr, "usage: netcfg_floor WHAT [COUNT [PROTOCOL]]\n"), 64;
}
