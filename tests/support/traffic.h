// Numbered datagrams from one network namespace to another, and how many of them get lost.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

namespace netcfg::test {

// Namespaces go by their names in /run/netns; the empty name is the one of the calling thread. All sockets
// are opened at the beginning, so that what is lost is lost on the way.
class Flow {
 public:
  // Throws when not even the first datagram arrives within some seconds.
  Flow(const std::string& from, const std::string& into, const std::string& to);
  ~Flow();
  Flow(const Flow&) = delete;
  Flow& operator=(const Flow&) = delete;

  // Returns when so many more have been sent.
  void pass(uint64_t datagrams) const;
  // Ends the sending. How many datagrams never arrived; all counts when not even the closing marker did.
  uint64_t lost();
  uint64_t sent() const { return sent_; }

 private:
  struct Datagram;
  void connect(const std::string& from, const std::string& into, const std::string& to);
  bool send(uint32_t kind, uint64_t number) const;
  bool arrives(uint32_t kind);
  void send_all();
  void receive_all();

  int out_ = -1, in_ = -1;
  std::atomic<uint64_t> sent_ = 0, arrived_ = 0;
  std::atomic<bool> stop_ = false, closed_ = false, give_up_ = false;
  std::thread sender_, receiver_;
};

}  // namespace netcfg::test
