// Files in memory, for tests: what was written, in which order, and failures on demand.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "netcfg/port/files.h"

namespace netcfg::test {

class MemoryFiles : public Files {
 public:
  Result<std::string> read(const std::string& path, size_t limit) override;
  Result<std::vector<std::string>> list(const std::string& directory) override;
  Result<> write(const std::string& path, const std::string& text) override;
  Result<> remove(const std::string& path) override;
  Result<> rename(const std::string& from, const std::string& to) override;

  std::map<std::string, std::string> files;  // path -> text
  std::map<std::string, int> failures;       // path -> errno of everything done to it
  std::vector<std::string> log;              // "write /a", "remove /b"

 private:
  Result<> check(const std::string& path) const;
};

}  // namespace netcfg::test
