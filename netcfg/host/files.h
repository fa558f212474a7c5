// The files of this machine, below a root.
#pragma once

#include <string>

#include "netcfg/port/files.h"

namespace netcfg {

class HostFiles : public Files {
 public:
  // `root` goes before every path; empty for none.
  explicit HostFiles(std::string root) : root_(std::move(root)) {}

  Result<std::string> read(const std::string& path, size_t limit) override;
  Result<std::vector<std::string>> list(const std::string& directory) override;
  // Keeps the permissions of a file that it replaces, and a symbolic link to it. Devices and FIFOs
  // (/dev/stdout) are written to instead.
  Result<> write(const std::string& path, const std::string& text) override;
  void inherit(const std::string& path) override;
  // The same of an open file; a pipe is its owner's alone.
  void inherit(int fd);
  Result<> remove(const std::string& path) override;
  Result<> rename(const std::string& from, const std::string& to) override;

  // Makes sure that write() would find its place: makes the directories, and makes and removes a temporary
  // file of `size` bytes.
  Result<> probe(const std::string& path, size_t size);
  // The name outside of the root.
  std::string real(const std::string& path) const;

 private:
  std::string root_;
  unsigned allowed_ = 07777;  // permissions that are written
};

// All that an open file has to give, at most `limit` bytes; `name` is for messages.
Result<std::string> read_all(int fd, const std::string& name, size_t limit);

}  // namespace netcfg
