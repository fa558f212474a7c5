// Carries operations out: links and kernel parameters one by one, the rest in batches.
#pragma once

#include <functional>

#include "netcfg/kernel/batch.h"
#include "netcfg/kernel/link_write.h"

namespace netcfg::nl {

class Writer {
 public:
  explicit Writer(Socket& socket)
      : socket_(socket), indexes_(socket), links_(socket, indexes_), batch_(socket) {}

  Outcome run(std::span<const Op> ops, const std::function<bool()>& stop);

 private:
  Outcome step(const Op& op, size_t index, const std::function<bool()>& stop);
  Outcome write_link(const Op& op);
  Outcome write_sysctl(const Op& op);
  // Into the batch, which is then sent if it is full.
  Outcome add(const Op& op, size_t index);

  Socket& socket_;
  LiveIndexes indexes_;
  LinkWriter links_;
  Message message_;
  Batch batch_;
};

}  // namespace netcfg::nl
