#include "netcfg/kernel/nft_library.h"

#include <fmt/format.h>
#include <nftables/libnftables.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>
#include <type_traits>

#include "netcfg/base/fd.h"
#include "netcfg/base/shared_library.h"

namespace netcfg::nl {
namespace {

constexpr SharedLibrary kLibrary{"libnftables.so.1",
                                 "nat and uplinks need it: install it (Debian: libnftables1)",
                                 "install nftables 0.9 or later"};

static_assert(std::is_same_v<decltype(NftLibrary::create), decltype(&::nft_ctx_new)>);
static_assert(std::is_same_v<decltype(NftLibrary::free), decltype(&::nft_ctx_free)>);
static_assert(std::is_same_v<decltype(NftLibrary::buffer_output), decltype(&::nft_ctx_buffer_output)>);
static_assert(std::is_same_v<decltype(NftLibrary::buffer_error), decltype(&::nft_ctx_buffer_error)>);
static_assert(std::is_same_v<decltype(NftLibrary::output), decltype(&::nft_ctx_get_output_buffer)>);
static_assert(std::is_same_v<decltype(NftLibrary::error), decltype(&::nft_ctx_get_error_buffer)>);
static_assert(std::is_same_v<decltype(NftLibrary::run), decltype(&::nft_run_cmd_from_filename)>);

void find_all(Symbols& symbols, NftLibrary& out) {
  symbols.find("nft_ctx_new", out.create);
  symbols.find("nft_ctx_free", out.free);
  symbols.find("nft_ctx_buffer_output", out.buffer_output);
  symbols.find("nft_ctx_buffer_error", out.buffer_error);
  symbols.find("nft_ctx_get_output_buffer", out.output);
  symbols.find("nft_ctx_get_error_buffer", out.error);
  symbols.find("nft_run_cmd_from_filename", out.run);
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno != EINTR) return false;
    if (n > 0) text.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

}  // namespace

Result<const NftLibrary*> load_nft_library() {
  return load_functions<NftLibrary>(kLibrary, find_all);
}

NftAnswer run_nft(const NftLibrary& library, const std::string& commands) {
  std::unique_ptr<nft_ctx, void (*)(nft_ctx*)> context(library.create(NFT_CTX_DEFAULT), library.free);
  NftAnswer out;
  if (!context) return {false, {}, "nft_ctx_new failed"};
  // Of a buffer libnftables quotes the first line only, whichever is wrong.
  Fd file(memfd_create("nft", MFD_CLOEXEC));
  if (!file || !write_all(file.get(), commands))
    return {false, {}, fmt::format("cannot make a file in memory: {}", strerror(errno))};
  library.buffer_output(context.get());
  library.buffer_error(context.get());
  out.done = library.run(context.get(), fmt::format("/proc/self/fd/{}", file.get()).c_str()) == 0;
  if (const char* text = library.output(context.get())) out.output = text;
  if (const char* text = library.error(context.get())) out.error = text;
  return out;
}

}  // namespace netcfg::nl
