// The watcher's socket. A line a connection: `status` is answered by the view as JSON; `hold NAME` by `ok`,
// and keeps that uplink down in the watcher's eyes until the connection closes. `mute NAME` likewise has the
// watcher hear no answers by it. `follow` is answered by a view now, at each change and once a second.
#pragma once

#include <poll.h>

#include <functional>
#include <list>
#include <string>
#include <vector>

#include "netcfg/base/fd.h"
#include "netcfg/base/result.h"

namespace netcfg::watch {

class Control {
 public:
  struct Handler {
    std::function<std::string()> status;
    std::function<bool(std::string_view)> knows;  // an uplink of that name
  };
  // `path`: the socket's real name; an old one is replaced.
  static Result<Control> open(const std::string& path, Handler handler);
  Control(Control&&) = default;
  Control& operator=(Control&&) = delete;
  ~Control();

  void add_polls(std::vector<pollfd>& polls) const;
  // Whether the set of holds changed.
  bool on_ready(const std::vector<pollfd>& polls);
  bool holds(std::string_view uplink) const;
  bool mutes(std::string_view uplink) const;
  bool has_followers() const;
  // Who does not read is left behind.
  void tell_followers(const std::string& view);

 private:
  struct Connection {
    Fd fd;
    std::string in, holds, mutes;
    bool answered = false, follows = false;
  };
  Control(Fd fd, std::string path, Handler handler)
      : listener_(std::move(fd)), path_(std::move(path)), handler_(std::move(handler)) {}
  void accept_all();
  bool hear(Connection& connection);  // false: it is over
  bool answer(Connection& connection);

  Fd listener_;
  std::string path_;
  Handler handler_;
  std::list<Connection> connections_;
};

// Between two views: no line of one is empty.
inline constexpr std::string_view kViewEnd = "\n\n";

// For those at the other end: sends `line` and returns the connected socket.
Result<Fd> ask_watcher(const std::string& path, std::string_view line);
// The first line, or all that comes until the end.
Result<std::string> read_answer(const Fd& fd, bool whole);

}  // namespace netcfg::watch
