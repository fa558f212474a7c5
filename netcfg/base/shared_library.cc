#include "netcfg/base/shared_library.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cerrno>

namespace netcfg {

void* Symbols::look_up(const char* name) {
  void* found = dlsym(library_, name);
  if (found == nullptr && missing_ == nullptr) missing_ = name;
  return found;
}

Result<void*> open_library(const SharedLibrary& library) {
  void* opened = dlopen(library.file, RTLD_NOW | RTLD_LOCAL);
  if (opened == nullptr)
    return Error{fmt::format("cannot load {}: {}", library.file, dlerror()), std::string(library.install),
                 ENOENT};
  return opened;
}

Error lacks(const SharedLibrary& library, const char* function) {
  return {fmt::format("{} lacks the function {}", library.file, function), std::string(library.renew),
          ENOSYS};
}

}  // namespace netcfg
