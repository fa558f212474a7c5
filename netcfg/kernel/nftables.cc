#include "netcfg/kernel/nftables.h"

#include <fmt/format.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>

#include "netcfg/base/fd.h"
#include "netcfg/base/text.h"
#include "netcfg/kernel/error.h"
#include "netcfg/kernel/message.h"
#include "netcfg/kernel/nft_library.h"

namespace netcfg::nl {
namespace {

constexpr uint32_t kLinesBefore = 2;  // of replacing(), before the text

std::string replacing(const std::string& text) {
  return fmt::format("table {0}\ndelete table {0}\n{1}", kNftTable, text);
}

// The errno that the kernel answers to NFT_MSG_GETTABLE; 0 when it sends the table.
int ask_for_table() {
  Fd fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER));
  if (!fd) return errno;
  timeval wait{10, 0};
  (void)setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  Message message;
  auto& header = message.start<nfgenmsg>(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETTABLE, 0);
  header.nfgen_family = NFPROTO_INET;
  header.version = NFNETLINK_V0;
  message.put_text(NFTA_TABLE_NAME, kNftTable.substr(kNftTable.find(' ') + 1));
  message.header()->nlmsg_flags = NLM_F_REQUEST;
  auto bytes = message.bytes();
  if (::send(fd.get(), bytes.data(), bytes.size(), 0) < 0) return errno;
  alignas(nlmsghdr) char answer[8192];
  ssize_t size = recv(fd.get(), answer, sizeof answer, 0);
  if (size < 0) return errno;
  const auto* first = reinterpret_cast<const nlmsghdr*>(answer);
  if (!NLMSG_OK(first, static_cast<size_t>(size))) return EBADMSG;
  auto ack = parse_ack(*first);
  return ack ? ack->code : 0;
}

bool legacy_iptables() {
  std::string name;
  for (const char* file : {"/proc/net/ip_tables_names", "/proc/net/ip6_tables_names"})
    for (std::ifstream names(file); std::getline(names, name);)
      if (name == "filter") return true;
  return false;
}

// Who wrote a table, and where that program has its place for what else is to be forwarded.
struct Owner {
  std::string_view whose, place;
};

Owner owner_of(std::string_view table, const std::string& chains) {
  if (table == "inet firewalld")
    return {"firewalld's", "; its policies allow more (firewall-cmd --new-policy)"};
  bool ip = table == "ip filter" || table == "ip6 filter";
  if (ip && chains.find("chain ufw") != chains.npos) return {"ufw's", "; `ufw route allow` adds to that"};
  if (ip && chains.find("chain DOCKER") != chains.npos)
    return {"docker's", "; its chain DOCKER-USER is for rules of one's own"};
  return {"another program's", ""};
}

}  // namespace

TablePresence find_nft_table() {
  int code = ask_for_table();
  if (code == 0) return TablePresence::present;
  return code == EPERM ? TablePresence::hidden : TablePresence::absent;
}

Error nft_error(const std::string& printed, uint32_t lines_before) {
  // "/dev/stdin:3:5-10: Error: Could not process rule: No such file or directory"
  size_t at = printed.find("Error: ");
  std::string_view head = std::string_view(printed).substr(0, at);
  std::string_view rest = std::string_view(printed).substr(at == printed.npos ? 0 : at + 7);
  auto lines = split(rest, '\n');
  std::string message(lines[0]);
  if (lines.size() > 1 && lines[1].find_first_not_of(" \t") != std::string_view::npos)
    message += fmt::format(" in `{}`", lines[1].substr(lines[1].find_first_not_of(" \t")));
  uint64_t line = 0;
  head = head.substr(head.rfind('\n') == head.npos ? 0 : head.rfind('\n') + 1);
  auto parts = split(head, ':');
  if (parts.size() > 1) line = parse_unsigned(parts[1]).value_or(0);
  return {message, {}, line > lines_before ? static_cast<int>(line - lines_before) : 0};
}

Result<std::string> list_nft_table() {
  auto library = load_nft_library();
  if (!library) return library.error();
  NftAnswer answer = run_nft(**library, fmt::format("list table {}", kNftTable));
  if (answer.done) return std::move(answer.output);
  Error error = nft_error(answer.error, 0);
  return Error{"cannot list the table of nftables: " + error.message, {}, EIO};
}

Result<> load_nft_table(const std::string& text) {
  auto library = load_nft_library();
  if (!library) return library.error();
  NftAnswer answer = run_nft(**library, replacing(text));
  if (answer.done) return Done{};
  return Error{nft_error(answer.error, kLinesBefore).message, {}, EINVAL};
}

std::vector<std::string> clashes_in(const std::string& chains) {
  std::vector<std::string> out;
  std::string_view table, chain;
  for (std::string_view line : split(chains, '\n')) {
    size_t first = line.find_first_not_of('\t');
    if (first == line.npos) continue;
    line.remove_prefix(first);
    auto name = [&](std::string_view word) {
      return line.substr(word.size(), line.rfind(" {") - word.size());
    };
    if (line.starts_with("table ")) table = name("table ");
    if (line.starts_with("chain ")) chain = name("chain ");
    if (table == kNftTable || !line.starts_with("type filter hook forward")) continue;
    Owner owner = owner_of(table, chains);
    std::string_view does;
    if (line.find("policy drop") != line.npos)
      does = "drops what it does not accept";
    else if (table == "inet firewalld")
      does = "rejects what its zones do not allow";
    if (!does.empty())
      out.push_back(
          fmt::format("{} chain {} of table {} {}{}", owner.whose, chain, table, does, owner.place));
  }
  return out;
}

std::vector<std::string> find_nft_clashes() {
  auto library = load_nft_library();
  if (!library) return {};
  NftAnswer answer = run_nft(**library, "list chains");
  std::vector<std::string> out = clashes_in(answer.output);
  if (legacy_iptables())
    out.emplace_back("iptables-legacy has a filter table; whether that drops nftables does not tell");
  return out;
}

Result<> read_nft(const Query& query, Snapshot& out) {
  TablePresence presence = find_nft_table();
  auto& rulesets = out.state.rulesets;
  if (presence == TablePresence::hidden) {
    // It is netcfg's own: taken for what netcfg wrote last.
    if (!query.last_ruleset.empty()) rulesets.emplace_back().text = query.last_ruleset;
    if (!query.last_ruleset.empty() || !query.ruleset.empty())
      out.others.emplace_back("tables of nftables, which are shown to root alone");
    return Done{};
  }
  std::string live;
  if (presence == TablePresence::present) {
    auto text = list_nft_table();
    if (!text) return text.error();
    live = std::move(*text);
  }
  if (!query.ruleset.empty() && live != query.ruleset) {
    if (auto library = load_nft_library(); !library) {
      out.ruleset_problem = library.error();
    } else if (auto tried = try_nft_table(query.ruleset)) {
      if (!*tried)
        out.ruleset_problem = tried->error();
      else if (**tried == live)
        live = query.ruleset;
    }
  }
  if (presence == TablePresence::present) rulesets.emplace_back().text = std::move(live);
  if (!query.ruleset.empty()) out.clashes = find_nft_clashes();
  return Done{};
}

}  // namespace netcfg::nl
