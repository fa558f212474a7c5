#include "netcfg/kernel/kernel.h"

#include "netcfg/kernel/announce.h"
#include "netcfg/kernel/reader.h"
#include "netcfg/kernel/writer.h"

namespace netcfg {
namespace {

class NetlinkKernel : public Kernel {
 public:
  NetlinkKernel(nl::Socket socket, std::chrono::milliseconds carrier)
      : socket_(std::move(socket)), writer_(socket_, carrier) {}

  Result<Snapshot> read(const Query& query) override { return nl::Reader(socket_, query).run(); }

  std::optional<Refusal> write(std::span<const Op> ops, const std::function<bool()>& stop) override {
    return writer_.run(ops, stop);
  }

  void announce(std::span<const Announcement> addresses) override { nl::announce(socket_, addresses); }

 private:
  nl::Socket socket_;
  nl::Writer writer_;
};

}  // namespace

Result<std::unique_ptr<Kernel>> open_kernel(const KernelOptions& options) {
  auto socket = nl::Socket::open(options.timeout);
  if (!socket) return socket.error();
  return std::unique_ptr<Kernel>(std::make_unique<NetlinkKernel>(std::move(*socket), options.carrier));
}

}  // namespace netcfg
