#include "tests/support/netns.h"
#include "tests/support/in_ci.h"

#include <fcntl.h>
#include <regex.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>
#include <vector>

namespace netcfg::test {
namespace {

Error failed(const std::string& what) {
  int code = errno;
  return {what + ": " + std::strerror(code), "", code};
}

bool write_file(const char* path, const std::string& text) {
  std::ofstream file(path);
  file << text << std::flush;
  return file.good();
}

// Becomes root of a user namespace, for machines where the tests run without privileges.
Result<> enter_user_namespace() {
  uid_t uid = geteuid();
  gid_t gid = getegid();
  if (unshare(CLONE_NEWUSER) != 0) return failed("cannot make a user namespace");
  // Gaining capabilities made the process undumpable, and its files in /proc root's: LeakSanitizer could
  // not look at it any more.
  prctl(PR_SET_DUMPABLE, 1);
  if (!write_file("/proc/self/setgroups", "deny") ||
      !write_file("/proc/self/uid_map", "0 " + std::to_string(uid) + " 1") ||
      !write_file("/proc/self/gid_map", "0 " + std::to_string(gid) + " 1"))
    return failed("cannot map the user into a user namespace");
  return Done{};
}

void return_to(int& fd, int kind) {
  // Fails without root, where a namespace of the parent user namespace is out of reach: see the header.
  if (fd >= 0) {
    (void)setns(fd, kind);
    close(fd);
  }
  fd = -1;
}

}  // namespace

Result<Netns> Netns::enter() {
  Netns netns;
  netns.net_ = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  netns.mount_ = open("/proc/thread-self/ns/mnt", O_RDONLY | O_CLOEXEC);
  if (netns.net_ < 0 || netns.mount_ < 0) return failed("cannot open this thread's namespaces");
  if (unshare(CLONE_NEWNET | CLONE_NEWNS) != 0) {
    if (errno != EPERM) return failed("cannot make a network namespace");
    if (Result<> user = enter_user_namespace(); !user) return user.error();
    if (unshare(CLONE_NEWNET | CLONE_NEWNS) != 0) return failed("cannot make a network namespace");
  }
  // What is mounted here must not show outside.
  if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
    return failed("cannot make mounts private");
  netns.has_sys_ = mount("sysfs", "/sys", "sysfs", 0, nullptr) == 0;
  if (Ran up = run("ip link set lo up"); !up.ok()) return Error{"cannot set lo up: " + up.output, "", 0};
  return netns;
}

Netns::Netns(Netns&& other) noexcept
    : net_(std::exchange(other.net_, -1)),
      mount_(std::exchange(other.mount_, -1)),
      has_sys_(other.has_sys_) {}

Netns::~Netns() {
  // Entering a mount namespace also moves the working directory to its root.
  std::error_code ignored;
  auto directory = std::filesystem::current_path(ignored);
  return_to(mount_, CLONE_NEWNS);
  return_to(net_, CLONE_NEWNET);
  std::filesystem::current_path(directory, ignored);
}

void NetnsTest::SetUp() {
  Result<Netns> netns = Netns::enter();
  if (netns) {
    netns_.emplace(std::move(*netns));
    return;
  }
  if (in_ci())
    FAIL() << netns.error().message;
  else
    GTEST_SKIP() << "NOT TESTED: " << netns.error().message;
}

void NetnsTest::TearDown() {
  netns_.reset();
}

Ran run(const std::string& command) {
  Ran ran;
  FILE* pipe = popen(("exec 2>&1 </dev/null\n" + command).c_str(), "re");
  if (pipe == nullptr) return {-1, failed("cannot start a shell").message};
  std::array<char, 4096> buffer;
  while (size_t size = fread(buffer.data(), 1, buffer.size(), pipe)) ran.output.append(buffer.data(), size);
  int status = pclose(pipe);
  ran.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return ran;
}

testing::AssertionResult succeeds(const std::string& command) {
  Ran ran = run(command);
  if (ran.ok()) return testing::AssertionSuccess();
  return testing::AssertionFailure() << command << "\nexit status " << ran.status << "\n" << ran.output;
}

namespace {

// POSIX's regular expressions: std::regex costs seconds to compile, and gcc 12 warns about its insides.
class Cut {
 public:
  explicit Cut(const char* pattern, size_t keep = 0) : keep_(keep) {
    if (regcomp(&compiled_, pattern, REG_EXTENDED) != 0) std::abort();
  }
  Cut(Cut&&) = delete;
  ~Cut() { regfree(&compiled_); }

  // Takes out each match, except for its subexpression number `keep` when that is not 0.
  void apply(std::string& line) const {
    size_t from = 0;
    std::array<regmatch_t, 3> match;
    while (from <= line.size() &&
           regexec(&compiled_, line.c_str() + from, match.size(), match.data(), from ? REG_NOTBOL : 0) == 0 &&
           match[0].rm_eo > match[0].rm_so) {
      std::string kept;
      if (keep_ != 0 && match[keep_].rm_so >= 0)
        kept = line.substr(from + match[keep_].rm_so, match[keep_].rm_eo - match[keep_].rm_so);
      line.replace(from + match[0].rm_so, match[0].rm_eo - match[0].rm_so, kept);
      from += match[0].rm_so + kept.size();
    }
  }

 private:
  regex_t compiled_;
  size_t keep_;
};

}  // namespace

std::string without_volatile(const std::string& text) {
  static const Cut cuts[] = {
      Cut("^[0-9]+: "),       // the interface's index
      Cut("(@if)[0-9]+", 1),  // that of its peer in another namespace
      Cut("((valid|preferred)_lft) [0-9]+sec", 1),
      Cut(" expires -?[0-9.]+(sec)?"),
      Cut(" (used|age) [0-9./]+(sec)?"),
      Cut(" [a-z_]+_timer +[0-9.]+"),  // spanning tree
      Cut(" topology_change(_detected)? [0-9]"),
      Cut(" link_failure_count [0-9]+"),
      Cut(" refcnt [0-9]+"),
      Cut(" (tentative|optimistic)"),  // duplicate address detection
      Cut("[ \t]+$"),
  };
  std::string result;
  size_t begin = 0;
  while (begin < text.size()) {
    size_t end = std::min(text.find('\n', begin), text.size());
    std::string line = text.substr(begin, end - begin);
    begin = end + 1;
    for (const Cut& cut : cuts) cut.apply(line);
    // The local table follows from the addresses, for IPv6 some time later (duplicate address detection).
    bool derived = line.find(" table local proto kernel") != std::string::npos;
    bool cached = line.find(" cache") != std::string::npos;
    if (!line.empty() && !derived && !cached) result += line + "\n";
  }
  return result;
}

namespace {

// Sorts by paragraph: a line together with the indented lines that follow it.
std::string sort_blocks(const std::string& text) {
  std::vector<std::string> blocks;
  size_t begin = 0;
  while (begin < text.size()) {
    size_t end = text.find('\n', begin) + 1;
    std::string line = text.substr(begin, end - begin);
    if (blocks.empty() || (line[0] != ' ' && line[0] != '\t')) blocks.emplace_back();
    blocks.back() += line;
    begin = end;
  }
  std::sort(blocks.begin(), blocks.end());
  std::string result;
  for (const std::string& block : blocks) result += block;
  return result;
}

}  // namespace

std::string dump_state(const std::string& netns) {
  // Rules keep the kernel's order, which is what they mean.
  static const std::pair<const char*, bool> commands[] = {
      {"ip -d link show", true},
      {"ip addr show", true},
      {"ip -d -4 route show table all", true},
      {"ip -d -6 route show table all", true},
      {"ip -4 rule show", false},
      {"ip -6 rule show", false},
      {"ip nexthop show", true},
      {"ip neigh show nud permanent", true},
      {"bridge vlan show", true},
      {"tc qdisc show", true},
  };
  std::string result, prefix = netns.empty() ? "" : "ip netns exec " + netns + " ";
  for (const auto& [command, sorted] : commands) {
    Ran ran = run(prefix + command);
    std::string text = without_volatile(ran.output);
    result += std::string("# ") + command + "\n" + (sorted ? sort_blocks(text) : text);
    if (!ran.ok()) result += "exit status " + std::to_string(ran.status) + "\n";
  }
  return result;
}

}  // namespace netcfg::test
