#include "netcfg/kernel/nft_library.h"

#include <dlfcn.h>
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

namespace netcfg::nl {
namespace {

constexpr const char* kLibrary = "libnftables.so.1";

static_assert(std::is_same_v<decltype(NftLibrary::create), decltype(&::nft_ctx_new)>);
static_assert(std::is_same_v<decltype(NftLibrary::free), decltype(&::nft_ctx_free)>);
static_assert(std::is_same_v<decltype(NftLibrary::buffer_output), decltype(&::nft_ctx_buffer_output)>);
static_assert(std::is_same_v<decltype(NftLibrary::buffer_error), decltype(&::nft_ctx_buffer_error)>);
static_assert(std::is_same_v<decltype(NftLibrary::output), decltype(&::nft_ctx_get_output_buffer)>);
static_assert(std::is_same_v<decltype(NftLibrary::error), decltype(&::nft_ctx_get_error_buffer)>);
static_assert(std::is_same_v<decltype(NftLibrary::run), decltype(&::nft_run_cmd_from_filename)>);

// The name of the first function that the library lacks, or nullptr.
class Finder {
 public:
  explicit Finder(void* library) : library_(library) {}
  template <class F>
  void find(const char* name, F& function) {
    function = reinterpret_cast<F>(dlsym(library_, name));
    if (function == nullptr && missing_ == nullptr) missing_ = name;
  }
  const char* missing() const { return missing_; }

 private:
  void* library_;
  const char* missing_ = nullptr;
};

const char* find_all(void* library, NftLibrary& out) {
  Finder finder(library);
  finder.find("nft_ctx_new", out.create);
  finder.find("nft_ctx_free", out.free);
  finder.find("nft_ctx_buffer_output", out.buffer_output);
  finder.find("nft_ctx_buffer_error", out.buffer_error);
  finder.find("nft_ctx_get_output_buffer", out.output);
  finder.find("nft_ctx_get_error_buffer", out.error);
  finder.find("nft_run_cmd_from_filename", out.run);
  return finder.missing();
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
  static NftLibrary functions;
  static bool loaded = false;
  if (loaded) return &functions;
  void* library = dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr)
    return Error{fmt::format("cannot load {}, which nat needs: {}", kLibrary, dlerror()),
                 "install it (Debian: libnftables1)", ENOENT};
  if (const char* missing = find_all(library, functions))
    return Error{fmt::format("{} lacks the function {}", kLibrary, missing), "install nftables 0.9 or later",
                 ENOSYS};
  loaded = true;
  return &functions;
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
