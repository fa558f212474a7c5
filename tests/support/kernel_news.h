// What the kernel tells of links and next hops, in its order, with the time at which it was heard.
#pragma once

#include <chrono>
#include <deque>
#include <vector>

#include "netcfg/host/fd.h"

namespace netcfg::test {

struct KernelNews {
  std::chrono::steady_clock::time_point at;
  bool link = false;              // else of a next hop
  uint32_t id = 0;                // ifindex, or the next hop's id
  bool there = true;              // false: it was deleted
  bool carrier = false;           // of a link
  std::vector<uint32_t> members;  // of a group
};

// Of the calling thread's network namespace.
class KernelEar {
 public:
  KernelEar();

  int fd() const { return fd_.get(); }  // readable when there is news
  // Nothing when there is none. Throws when some was lost.
  bool take(KernelNews& out);

 private:
  void hear(const void* data, size_t size);

  Fd fd_;
  std::deque<KernelNews> heard_;
};

}  // namespace netcfg::test
