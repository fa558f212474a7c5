// The reverter: another process, armed before the first write, which takes the change back when this one
// cannot. It survives this process, its terminal, session and control group: systemd starts it where it runs,
// else it is started detached. It holds the lock, too, so that no other change begins before it is done.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "netcfg/guard/channel.h"

namespace netcfg {

struct ReverterOrder {
  std::vector<std::string> argv;  // what to run, with the program's path first
  std::string unit;               // where systemd can start it, how its name begins there; else empty
  uint32_t generation = 0;        // ends that name
  int lock = -1;                  // an open file that it holds as well
  int64_t patience = 0;           // nanoseconds until it has to be armed
};

class Reverter {
 public:
  // Returns once the reverter has the state before in its memory and waits.
  static Result<Reverter> arm(const ReverterOrder& order);

  void until() const { channel_.say(kWordUntil); }
  void done() const { channel_.say(kWordDone); }
  int fd() const { return channel_.fd(); }
  // Whether it is there still, by its channel.
  bool holds() const;
  // For one that is not: where systemd starts it again, without this channel, a handle that becomes readable
  // when that one ends; else nothing. It knows from the disk what to do.
  static Fd comes_back(const ReverterOrder& order);

 private:
  explicit Reverter(Channel channel) : channel_(std::move(channel)) {}
  Channel channel_;
};

}  // namespace netcfg
