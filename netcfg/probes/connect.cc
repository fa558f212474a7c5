#include <fmt/format.h>

#include <cerrno>

#include "netcfg/base/text.h"
#include "netcfg/probes/sockets.h"
#include "netcfg/probes/task.h"

namespace netcfg::probes {
namespace {

// A TCP connection; what then becomes of it is for those derived from it.
class Connect : public Task {
 public:
  Connect(const Probe& probe, const Links& links) : spec_(probe.spec), probe_(probe), links_(links) {}

  void start() override {
    const LiveLink* link = spec_.dev ? links_.find(*spec_.dev) : nullptr;
    auto opened = open_for(probe_, SOCK_STREAM, 0, link ? link->index : 0);
    if (!opened) return fail(opened.error().message);
    fd_ = std::move(*opened);
    SocketAddress to = socket_address(spec_.address, spec_.port, link ? link->index : 0);
    note_ = "the connection is not answered";
    if (connect(fd_.get(), to.get(), to.size) == 0) return on_connected();
    if (errno != EINPROGRESS) fail(text_of(errno));
  }
  void add_polls(std::vector<pollfd>& polls) override {
    polls.push_back({fd_.get(), static_cast<short>(connected_ ? POLLIN : POLLOUT), 0});
  }
  void on_ready(int) override {
    if (connected_) return on_data();
    int code = 0;
    socklen_t size = sizeof code;
    if (getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &code, &size) != 0) code = errno;
    if (code != 0) return fail(text_of(code));
    on_connected();
  }

 protected:
  virtual void on_connected() { succeed("connected"); }
  virtual void on_data() {}

  const ProbeSpec& spec_;
  Fd fd_;
  bool connected_ = false;

 private:
  const Probe& probe_;
  const Links& links_;
};

constexpr size_t kLongestLine = 4096;

class Http : public Connect {
  using Connect::Connect;

  void on_connected() override {
    connected_ = true;
    note_ = "connected, but the request is not answered";
    std::string host = to_string(spec_.address);
    if (spec_.address.family == Family::ipv6) host = fmt::format("[{}]", host);
    std::string request = fmt::format(
        "GET {} HTTP/1.1\r\nHost: {}:{}\r\nUser-Agent: netcfg\r\nAccept: */*\r\nConnection: close\r\n\r\n",
        spec_.path, host, spec_.port);
    // A fresh connection has room for it.
    ssize_t sent = send(fd_.get(), request.data(), request.size(), MSG_NOSIGNAL);
    if (sent < 0) return fail(text_of(errno));
    if (static_cast<size_t>(sent) < request.size()) fail("the request does not fit into one segment");
  }

  void on_data() override {
    char buffer[1024];
    ssize_t size = recv(fd_.get(), buffer, sizeof buffer, 0);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size < 0) return fail(text_of(errno));
    if (size == 0) return fail("the connection was closed without an answer");
    line_.append(buffer, static_cast<size_t>(size));
    if (size_t end = line_.find('\n'); end != line_.npos) return judge(line_.substr(0, end));
    if (line_.size() > kLongestLine) fail("the answer is not HTTP");
  }

  void judge(std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    size_t blank = line.find(' ');
    auto status = blank == line.npos ? std::nullopt : parse_unsigned(line.substr(blank + 1, 3));
    if (!line.starts_with("HTTP/1.") || !status)
      return fail(fmt::format("the answer is not HTTP: {}", printable(line.substr(0, 60))));
    std::string detail = fmt::format("status {}", *status);
    if (*status >= 200 && *status < 400)
      succeed(std::move(detail));
    else
      fail(std::move(detail));
  }

  std::string line_;
};

}  // namespace

std::unique_ptr<Task> tcp_task(const Probe& probe, const Links& links) {
  return std::make_unique<Connect>(probe, links);
}
std::unique_ptr<Task> http_task(const Probe& probe, const Links& links) {
  return std::make_unique<Http>(probe, links);
}

}  // namespace netcfg::probes
