// What the process that carries a change out and its reverter say to each other: short texts over a pair of
// sockets, each whole. When one of them dies the other reads the end.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "netcfg/base/result.h"
#include "netcfg/host/fd.h"

namespace netcfg {

// From the reverter: `armed`, or why it cannot be. To it: `until`, as soon as window.until says when it ends;
// `done`.
inline constexpr std::string_view kWordArmed = "armed", kWordUntil = "until", kWordDone = "done";

class Channel {
 public:
  explicit Channel(Fd fd) : fd_(std::move(fd)) {}
  static Result<std::pair<Channel, Channel>> pair();

  // Does not wait, and does not mind that nobody listens.
  void say(std::string_view text) const;
  struct Heard {
    std::string text;
    bool end = false;  // the other side is gone
  };
  // What has arrived; nothing when nothing has.
  std::optional<Heard> hear() const;
  // Whether it leads anywhere: systemd puts /dev/null in its place for a service that it starts again.
  bool is_socket() const;
  int fd() const { return fd_.get(); }

 private:
  Fd fd_;
};

}  // namespace netcfg
