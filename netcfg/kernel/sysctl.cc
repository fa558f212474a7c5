#include "netcfg/kernel/sysctl.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>

#include "netcfg/base/text.h"
#include "netcfg/kernel/error.h"

namespace netcfg::nl {
namespace {

constexpr const char* kRoot = "/proc/sys/";

class File {
 public:
  File(const std::string& path, int flags) : fd_(open(path.c_str(), flags | O_CLOEXEC)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (fd_ >= 0) close(fd_);
  }
  int fd() const { return fd_; }

 private:
  int fd_;
};

Error failed(const std::string& what, int code) {
  return {what + ": " + errno_text(code), {}, code};
}

// Neither above /proc/sys nor anywhere by a doubled slash.
bool sane(const std::string& path) {
  for (std::string_view part : split(path, '/'))
    if (part.empty() || part == "." || part == "..") return false;
  return path.find('\0') == path.npos;
}

std::vector<std::string> entries(const std::string& folder) {
  std::vector<std::string> out;
  std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir((kRoot + folder).c_str()), closedir);
  if (!directory) return out;
  while (const dirent* entry = readdir(directory.get()))
    if (entry->d_name[0] != '.') out.emplace_back(entry->d_name);
  return out;
}

}  // namespace

std::string fold(std::string_view text) {
  std::string out;
  for (char c : text) {
    bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (!blank)
      out += c;
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

Result<std::string> read_sysctl(const std::string& path) {
  if (!sane(path)) return failed("read /proc/sys/" + path, ENOENT);
  File file(kRoot + path, O_RDONLY);
  if (file.fd() < 0) return failed("read /proc/sys/" + path, errno);
  std::string text;
  std::array<char, 4096> buffer;
  while (true) {
    ssize_t size = read(file.fd(), buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return failed("read /proc/sys/" + path, errno);
    if (size == 0) return fold(text);
    text.append(buffer.data(), static_cast<size_t>(size));
  }
}

Result<> write_sysctl(const std::string& path, const std::string& value) {
  const std::string what = "write /proc/sys/" + path;
  if (!sane(path)) return failed(what, ENOENT);
  {
    File file(kRoot + path, O_WRONLY);
    if (file.fd() < 0) return failed(what, errno);
    ssize_t written = 0;
    do {
      written = write(file.fd(), value.data(), value.size());
    } while (written < 0 && errno == EINTR);
    if (written < 0) return failed(what, errno);
  }
  auto now = read_sysctl(path);
  if (!now) {
    // Some are for writing only (net/ipv4/route/flush).
    if (now.error().code == EACCES || now.error().code == EPERM || now.error().code == EIO) return Done{};
    return now.error();
  }
  if (*now != fold(value)) return Error{"the kernel kept '" + *now + "'", {}, EINVAL};
  return Done{};
}

void expand_sysctl(const std::string& path, std::vector<std::string>& out) {
  size_t star = path.find("/*/");
  if (star == path.npos) {
    out.push_back(path);
    return;
  }
  for (const std::string& name : entries(path.substr(0, star)))
    out.push_back(path.substr(0, star + 1) + name + path.substr(star + 2));
}

std::vector<Sysctl> read_link_sysctls() {
  std::vector<Sysctl> out;
  for (const char* family : {"net/ipv4/conf", "net/ipv6/conf"})
    for (const std::string& link : entries(family)) {
      std::string folder = std::string(family) + "/" + link;
      for (const std::string& name : entries(folder))
        if (auto value = read_sysctl(folder + "/" + name))
          out.push_back({folder + "/" + name, std::move(*value), {}});
    }
  return out;
}

}  // namespace netcfg::nl
