#include "tests/support/two_providers.h"

#include <stdexcept>

#include "tests/support/new_netns.h"

namespace netcfg::test {
namespace {

constexpr const char* kEchoes = NETCFG_SOURCE_DIR "/tests/support/echoes.py";

void must(const Ran& ran, const std::string& what) {
  if (!ran.ok()) throw std::runtime_error("two providers: " + what + ": " + ran.output);
}

constexpr const char* kQuiet =
    "ip link set lo up\n"
    "sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0"
    " net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.conf.all.rp_filter=0"
    " net.ipv4.conf.default.rp_filter=0\n";

std::string up(const std::string& dev, const std::string& v4, const std::string& v6) {
  return "ip link set " + dev + " up && ip addr add " + v4 + " dev " + dev + " && ip addr add " + v6 +
         " dev " + dev + " nodad\n";
}

std::string cable(const std::string& dev, const std::string& far, const Fd& netns) {
  return "ip link add " + dev + " type veth peer name " + far + " netns " + path_of(netns) + "\n";
}

// What a provider does that has read BCP 38.
std::string filter(const std::string& v4, const std::string& v6) {
  return "nft 'add table inet bcp38; add chain inet bcp38 forward { type filter hook forward priority 0; };"
         " add rule inet bcp38 forward iifname \"host\" ip saddr != " +
         v4 + " drop; add rule inet bcp38 forward iifname \"host\" ip6 saddr != " + v6 + " drop'\n";
}

// What a router at home does.
std::string home_router(const std::string& host) {
  return "ip addr add 192.168.1.1/24 dev host\n"
         "nft 'add table ip home; add chain ip home out { type nat hook postrouting priority 100; };"
         " add rule ip home out oifname \"world\" masquerade;"
         " add chain ip home in { type nat hook prerouting priority -100; };"
         " add rule ip home in iifname \"world\" meta l4proto { tcp, udp } th dport 53 dnat to " +
         host + "'\n";
}

}  // namespace

void TwoProviders::connect(Lines lines) {
  must(run("set -e\n" + cable("lan", "eth0", inside_) + up("lan", "10.0.0.1/24", "2001:db8:d::1/64")),
       "the host's cables");
  if (lines != Lines::one_card)
    return must(run("set -e\n" + cable("eth0", "host", a_) + cable("eth1", "host", b_) +
                    "ip link set eth0 up; ip link set eth1 up\n"),
                "the host's lines");
  must(run("set -e\n" + cable("eth0", "host", switch_) + "ip link set eth0 up\n"), "the host's line");
  must(
      run_in(switch_, "set -e\nip link add br0 type bridge\nip link set br0 up\n" +
                          cable("to-a", "host", a_) + cable("to-b", "host", b_) +
                          "for i in to-a to-b host; do ip link set $i master br0; ip link set $i up; done\n"),
      "the switch");
}

TwoProviders::TwoProviders(Lines lines)
    : a_(new_netns()), b_(new_netns()), inside_(new_netns()), client_(new_netns()), switch_(new_netns()) {
  must(run(kQuiet), "the host");
  for (const Fd* netns : {&a_, &b_, &inside_, &client_}) must(run_in(*netns, kQuiet), "a namespace");
  connect(lines);
  bool home = lines == Lines::home_routers;
  must(inside("set -e\n" + up("eth0", "10.0.0.2/24", "2001:db8:d::2/64") +
              "ip route add default via 10.0.0.1\nip route add default via 2001:db8:d::1"),
       "inside");
  must(provider('a', "set -e\n" + up("host", "203.0.113.1/24", "2001:db8:a::1/64") +
                         cable("world", "by-a", client_) + up("world", "172.16.1.1/24", "2001:db8:e1::1/64") +
                         "ip route add default via 172.16.1.2\nip route add default via 2001:db8:e1::2\n" +
                         (home ? filter("192.168.1.0/24", "2001:db8:a::/64") + home_router("192.168.1.10")
                               : filter("203.0.113.0/24", "2001:db8:a::/64"))),
       "provider a");
  must(provider('b', "set -e\n" + up("host", "198.51.100.1/24", "2001:db8:b::1/64") +
                         cable("world", "by-b", client_) + up("world", "172.16.2.1/24", "2001:db8:e2::1/64") +
                         "ip route add default via 172.16.2.2\nip route add default via 2001:db8:e2::2\n" +
                         (home ? filter("192.168.1.0/24", "2001:db8:b::/64") + home_router("192.168.1.20")
                               : filter("198.51.100.0/24", "2001:db8:b::/64"))),
       "provider b");
  must(client("set -e\n" + up("lo", "192.0.2.7/32", "2001:db8:c::7/128") +
              up("by-a", "172.16.1.2/24", "2001:db8:e1::2/64") +
              up("by-b", "172.16.2.2/24", "2001:db8:e2::2/64") +
              "ip route add 203.0.113.0/24 via 172.16.1.1 src 192.0.2.7\n"
              "ip route add 198.51.100.0/24 via 172.16.2.1 src 192.0.2.7\n"
              "ip route add 2001:db8:a::/64 via 2001:db8:e1::1 src 2001:db8:c::7\n"
              "ip route add 2001:db8:b::/64 via 2001:db8:e2::1 src 2001:db8:c::7"),
       "the client");
  start(&client_, kClientPort);
}

TwoProviders::~TwoProviders() = default;

Ran TwoProviders::run_in(const Fd& netns, const std::string& command) {
  return run_in_netns(netns, command);
}

void TwoProviders::start(const Fd* netns, int port) {
  std::vector<std::string> argv = {"python3", "-B", kEchoes, "serve", std::to_string(port)};
  if (netns != nullptr) argv.insert(argv.begin(), {"nsenter", "--net=" + path_of(*netns)});
  auto& server = servers_.emplace_back(std::make_unique<Child>(argv));
  if (!server->read_until("serving\n", Child::Duration(20'000)))
    throw std::runtime_error("two providers: no server: " + server->rest());
}

void TwoProviders::serve(int port) {
  start(nullptr, port);
}

void TwoProviders::serve_inside(int port) {
  start(&inside_, port);
}

namespace {

std::string ask_command(const std::string& protocol, const std::string& address, int port,
                        const std::string& from, int dscp = 0) {
  return "DSCP=" + std::to_string(dscp) + " python3 -B " + kEchoes + " ask " + protocol + " " + address +
         " " + std::to_string(port) + " " + from;
}

std::string answer(const Ran& ran) {
  return ran.ok() ? ran.output.substr(0, ran.output.find('\n')) : std::string();
}

}  // namespace

std::string TwoProviders::ask(const std::string& protocol, const std::string& address, int port) const {
  return answer(client(ask_command(protocol, address, port, {})));
}

std::string TwoProviders::ask_from_host(const std::string& protocol, const std::string& address,
                                        const std::string& from, int dscp) {
  return answer(run(ask_command(protocol, address, kClientPort, from, dscp)));
}

std::string TwoProviders::ask_from_inside(const std::string& protocol, const std::string& address, int dscp) {
  return answer(inside(ask_command(protocol, address, kClientPort, {}, dscp)));
}

std::string TwoProviders::ask_from_provider(char which, const std::string& protocol,
                                            const std::string& address, int port) const {
  return answer(provider(which, ask_command(protocol, address, port, {})));
}

}  // namespace netcfg::test
