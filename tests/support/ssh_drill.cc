#include "tests/support/ssh_drill.h"
#include "tests/support/in_ci.h"

#include <cstdlib>
#include <stdexcept>

#include "tests/support/new_netns.h"

namespace netcfg::test {
namespace {

using std::to_string;

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error("ssh drill: " + what);
}

void must(const Ran& ran, const std::string& what) {
  if (!ran.ok()) fail(what + ": " + ran.output);
}

// Addresses are to be there at once, and nothing else is to appear.
constexpr const char* kQuiet =
    "ip link set lo up\n"
    "sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0"
    " net.ipv6.conf.default.addr_gen_mode=0\n";

std::string up(const std::string& device, const std::string& v4, const std::string& v6) {
  return "ip link set " + device + " up && ip addr add " + v4 + " dev " + device + " && ip addr add " + v6 +
         " dev " + device + " nodad";
}

std::string defaults(const std::string& v4, const std::string& v6) {
  return " && ip route add default via " + v4 + " && ip route add default via " + v6;
}

constexpr const char* kHost4 = "192.0.2.1/24";
constexpr const char* kHost6 = "2001:db8:1::1/64";

}  // namespace

SshDrill::SshDrill(const Sandbox& box, SshDrillNet net) : box_(box), folder_(box.path() + "/.ssh") {
  host_address_ = net.ipv6 ? "2001:db8:1::1" : "192.0.2.1";
  if (net.router)
    admin_address_ = net.ipv6 ? "2001:db8:2::7" : "198.51.100.7";
  else
    admin_address_ = net.ipv6 ? "2001:db8:1::7" : "192.0.2.7";
  lay_cables(net.router);
  write_files();
  start_server();
  start_client();
}

SshDrill::~SshDrill() = default;

Ran SshDrill::run_in(const Fd& netns, const std::string& command) {
  return run_in_netns(netns, command);
}

void SshDrill::lay_cables(bool with_router) {
  admin_ = new_netns();
  must(run(kQuiet), "the host");
  must(admin(kQuiet), "the admin");
  if (with_router) {
    router_ = new_netns();
    must(router(kQuiet + std::string("sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1")),
         "the router");
  }
  const Fd& next = with_router ? router_ : admin_;
  std::string far = with_router ? "host" : "eth0";
  must(run("ip link add eth0 type veth peer name " + far + " netns " + path_of(next) + " && " +
           up("eth0", kHost4, kHost6) + (with_router ? defaults("192.0.2.254", "2001:db8:1::fe") : "")),
       "the host's cable");
  if (!with_router) {
    must(admin(up("eth0", "192.0.2.7/24", "2001:db8:1::7/64")), "the admin's cable");
    return;
  }
  must(router(up("host", "192.0.2.254/24", "2001:db8:1::fe/64")), "the router");
  must(router("ip link add admin type veth peer name eth0 netns " + path_of(admin_) + " && " +
              up("admin", "198.51.100.254/24", "2001:db8:2::fe/64")),
       "the router");
  must(
      admin(up("eth0", "198.51.100.7/24", "2001:db8:2::7/64") + defaults("198.51.100.254", "2001:db8:2::fe")),
      "the admin's cable");
}

// Keys and settings of its own, and in this mount namespace accounts of its own: whether root may log in, and
// with what shell, is not to depend on the machine.
void SshDrill::write_files() const {
  box_.write(".ssh/sshd_config", "Port 22\nHostKey " + folder_ + "/host\nAuthorizedKeysFile " + folder_ +
                                     "/admin.pub\nPidFile none\nUsePAM no\nUseDNS no\nStrictModes no\n"
                                     "PermitRootLogin prohibit-password\nPasswordAuthentication no\n"
                                     "KbdInteractiveAuthentication no\nPrintMotd no\nPrintLastLog no\n"
                                     "TCPKeepAlive no\nSetEnv T=" +
                                     box_.path() + " N=" NETCFG_PROGRAM "\n");
  box_.write(".ssh/passwd",
             "root:x:0:0:root:" + box_.path() + ":/bin/sh\nsshd:x:100:65534::/run/sshd:/usr/sbin/nologin\n");
  box_.write(".ssh/shadow", "root:*:19000:0:99999:7:::\nsshd:!:19000::::::\n");
  must(run("cd " + folder_ +
           " && for name in host admin; do ssh-keygen -q -t ed25519 -N '' -C '' -f $name || exit; done"),
       "cannot make keys");
  must(run("cd " + folder_ +
           " && mount -t tmpfs tmpfs /run && mkdir /run/sshd && for file in passwd shadow; do"
           " mount --bind $file /etc/$file || exit; done"),
       "cannot give sshd what it needs");
}

void SshDrill::start_server() {
  // By its whole path, since it starts itself again for each connection.
  server_ = std::make_unique<Child>(
      std::vector<std::string>{"/usr/sbin/sshd", "-D", "-e", "-f", folder_ + "/sshd_config"});
  // One line for IPv4 and one for IPv6.
  for (int i = 0; i < 2; ++i)
    if (!server_->read_until("Server listening on ", kPatience)) fail("sshd: " + server_->rest());
}

void SshDrill::start_client() {
  std::vector<std::string> argv = {"nsenter", "--net=" + path_of(admin_), "ssh", "-F", "none", "-tt",
                                   "-i",      folder_ + "/admin"};
  for (const char* option : {"BatchMode=yes", "IdentitiesOnly=yes", "IdentityAgent=none",
                             "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null",
                             "GlobalKnownHostsFile=/dev/null", "LogLevel=ERROR", "TCPKeepAlive=no"})
    argv.insert(argv.end(), {"-o", option});
  argv.insert(argv.end(), {"root@" + host_address_, "stty -echo -onlcr; exec env PS1= PS2= sh -i"});
  client_ = std::make_unique<Child>(argv);
  if (!ask("true").ok()) fail("no session: " + client_->rest() + server_->rest());
}

void SshDrill::type(const std::string& text) {
  client_->write(text);
}

std::optional<std::string> SshDrill::hear(const std::string& text, Duration patience) {
  auto shown = client_->read_until(text, patience);
  if (shown) std::erase(*shown, '\0');  // as terminals do
  return shown;
}

Ran SshDrill::ask(const std::string& command, Duration patience) {
  auto deadline = std::chrono::steady_clock::now() + patience;
  // Between marks that no command prints: which question this answers, so that a late answer to another is
  // not taken for it.
  std::string mark = "\1" + to_string(++asked_) + " ";
  type("printf '\\001" + to_string(asked_) + " '\n{ " + command + "\n}; printf '\\002%s\\003' $?\n");
  Ran ran;
  auto left = [&] { return std::chrono::ceil<Duration>(deadline - std::chrono::steady_clock::now()); };
  if (!hear(mark, left())) return ran;
  auto output = hear("\2", left());
  auto status = output ? hear("\3", left()) : std::nullopt;
  if (!status) return ran;
  ran.output = output->substr(0, output->size() - 1);
  ran.status = std::stoi(*status);
  return ran;
}

bool SshDrill::accepts() const {
  return admin("timeout 1 bash -c '</dev/tcp/" + host_address_ + "/22'").ok();
}

void SshDrillTest::SetUp() {
  NetnsTest::SetUp();
  if (!netns_) return;
  try {
    drill_ = std::make_unique<SshDrill>(box_, net());
  } catch (const std::exception& reason) {
    if (in_ci())
      FAIL() << reason.what();
    else
      GTEST_SKIP() << "NOT TESTED: " << reason.what();
  }
}

void SshDrillTest::TearDown() {
  drill_.reset();
  NetnsTest::TearDown();
}

}  // namespace netcfg::test
