#include "netcfg/host/sd_bus.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cerrno>

namespace netcfg {
namespace {

constexpr const char* kLibrary = "libsystemd.so.0";

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

const char* find_all(void* library, SdBus& out) {
  Finder finder(library);
  finder.find("sd_bus_open_system", out.open_system);
  finder.find("sd_bus_new", out.create);
  finder.find("sd_bus_set_address", out.set_address);
  finder.find("sd_bus_start", out.start);
  finder.find("sd_bus_call", out.call);
  finder.find("sd_bus_process", out.process);
  finder.find("sd_bus_wait", out.wait);
  finder.find("sd_bus_match_signal", out.match_signal);
  finder.find("sd_bus_flush_close_unref", out.close);
  finder.find("sd_bus_error_free", out.error_free);
  finder.find("sd_bus_message_new_method_call", out.message);
  finder.find("sd_bus_message_append", out.append);
  finder.find("sd_bus_message_append_strv", out.append_strv);
  finder.find("sd_bus_message_open_container", out.open);
  finder.find("sd_bus_message_close_container", out.close_container);
  finder.find("sd_bus_message_read", out.read);
  finder.find("sd_bus_message_unref", out.unref);
  return finder.missing();
}

}  // namespace

Result<const SdBus*> load_sd_bus() {
  static SdBus functions;
  static bool loaded = false;
  if (loaded) return &functions;
  void* library = dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr)
    return Error{fmt::format("cannot load {}: {}", kLibrary, dlerror()), "install it (Debian: libsystemd0)",
                 ENOENT};
  if (const char* missing = find_all(library, functions))
    return Error{fmt::format("{} lacks the function {}", kLibrary, missing), "install systemd 221 or later",
                 ENOSYS};
  loaded = true;
  return &functions;
}

}  // namespace netcfg
