// Files as netcfg needs them. Implementations: netcfg/host (the real ones, below --root), and one in memory
// for tests.
#pragma once

#include <string>
#include <vector>

#include "netcfg/base/result.h"

namespace netcfg {

class Files {
 public:
  virtual ~Files() = default;
  // The whole text of a regular file (or FIFO) of at most `limit` bytes. Error::code is the errno; a
  // directory is EISDIR, a file that is too large EFBIG.
  virtual Result<std::string> read(const std::string& path, size_t limit) = 0;
  // Names in a directory, sorted; ENOENT when there is none.
  virtual Result<std::vector<std::string>> list(const std::string& directory) = 0;
  // Replaces the file as a whole: a temporary file beside it, fsync, rename, fsync of the directory.
  // Missing directories are made.
  virtual Result<> write(const std::string& path, const std::string& text) = 0;
  virtual Result<> remove(const std::string& path) = 0;
  // What is written from now on holds what that file does: nobody may read it who may not read that.
  virtual void inherit(const std::string& /*path*/) {}
  // Gives a file another name on the same file system, in one step that lasts (fsync of the directory). Of
  // several who rename one file at the same time exactly one succeeds; the others get ENOENT.
  virtual Result<> rename(const std::string& from, const std::string& to) = 0;
};

}  // namespace netcfg
