// A library that is loaded when it is first needed: linked, it would cost every start.
#pragma once

#include <string>

#include "netcfg/base/result.h"

namespace netcfg {

struct SharedLibrary {
  const char* file;                 // "libsystemd.so.0"
  std::string_view install, renew;  // what to do where it is missing, or too old
};

class Symbols {
 public:
  explicit Symbols(void* library) : library_(library) {}
  template <class F>
  void find(const char* name, F& function) {
    function = reinterpret_cast<F>(look_up(name));
  }
  // The name of the first function that the library lacks, or nullptr.
  const char* missing() const { return missing_; }

 private:
  void* look_up(const char* name);

  void* library_;
  const char* missing_ = nullptr;
};

Result<void*> open_library(const SharedLibrary& library);
Error lacks(const SharedLibrary& library, const char* function);

// A table of the library's functions, which `find_all` fills; loaded once. An Error tells what to install.
template <class Table>
Result<const Table*> load_functions(const SharedLibrary& library, void (*find_all)(Symbols&, Table&)) {
  static Table functions;
  static bool loaded = false;
  if (loaded) return &functions;
  auto opened = open_library(library);
  if (!opened) return opened.error();
  Symbols symbols(*opened);
  find_all(symbols, functions);
  if (const char* missing = symbols.missing()) return lacks(library, missing);
  loaded = true;
  return &functions;
}

}  // namespace netcfg
