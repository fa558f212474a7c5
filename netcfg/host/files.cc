#include "netcfg/host/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <memory>

#include "netcfg/host/errno.h"
#include "netcfg/host/fd.h"

namespace netcfg {
namespace {

constexpr size_t kRoom = 4096;  // what a read() should be offered at least

std::string directory_of(const std::string& path) {
  size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<> make_directories(const std::string& path) {
  if (mkdir(path.c_str(), 0777) == 0 || errno == EEXIST) return Done{};
  if (errno != ENOENT) return system_error("cannot make the directory " + path, errno);
  std::string parent = directory_of(path);
  if (parent == path || parent == ".") return system_error("cannot make the directory " + path, ENOENT);
  if (auto made = make_directories(parent); !made) return made;
  if (mkdir(path.c_str(), 0777) == 0 || errno == EEXIST) return Done{};
  return system_error("cannot make the directory " + path, errno);
}

bool write_all(int fd, const std::string& text) {
  size_t done = 0;
  while (done < text.size()) {
    ssize_t n = ::write(fd, text.data() + done, text.size() - done);
    if (n >= 0)
      done += static_cast<size_t>(n);
    else if (errno != EINTR)
      return false;
  }
  return true;
}

mode_t current_umask() {
  mode_t mask = umask(022);  // the only way to read it; netcfg has one thread when it writes files
  umask(mask);
  return mask;
}

// A file beside `path` that is gone again unless it is kept.
class Temporary {
 public:
  explicit Temporary(const std::string& path) {
    size_t slash = path.rfind('/') + 1;  // npos + 1 is 0
    // Hidden, and with no ending that a reader of the directory (conf.d, node_exporter) would take.
    name_ = path.substr(0, slash) + "." + path.substr(slash) + ".XXXXXX";
    fd_ = Fd(mkostemp(name_.data(), O_CLOEXEC));
    error_ = fd_ ? 0 : errno;
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  ~Temporary() {
    if (fd_ && !kept_) unlink(name_.c_str());
  }

  // 0 or an errno.
  int fill(const std::string& text, mode_t mode) {
    if (error_ != 0) return error_;
    if (!write_all(fd_.get(), text) || fchmod(fd_.get(), mode) != 0 || fsync(fd_.get()) != 0) return errno;
    return 0;
  }
  int reserve(size_t size) {
    return error_ != 0 ? error_
                       : posix_fallocate(fd_.get(), 0, static_cast<off_t>(std::max<size_t>(size, 1)));
  }
  int rename_to(const std::string& path) {
    if (::rename(name_.c_str(), path.c_str()) != 0) return errno;
    kept_ = true;
    return 0;
  }

 private:
  std::string name_;
  Fd fd_;
  int error_ = 0;
  bool kept_ = false;
};

int sync_directory(const std::string& path) {
  Fd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return errno;
  // Some file systems cannot sync a directory, and say so with EINVAL.
  return fsync(fd.get()) == 0 || errno == EINVAL ? 0 : errno;
}

// Where a symbolic link leads, for replacing the file and not the link.
std::string behind_links(const std::string& path) {
  std::unique_ptr<char, decltype(&free)> resolved(realpath(path.c_str(), nullptr), free);
  return resolved ? std::string(resolved.get()) : path;
}

Result<> write_into(const std::string& path, const std::string& text) {
  Fd fd(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd || !write_all(fd.get(), text)) return system_error("cannot write " + path, errno);
  return Done{};
}

}  // namespace

std::string HostFiles::real(const std::string& path) const {
  if (root_.empty()) return path;
  std::string out = root_;
  while (out.size() > 1 && out.back() == '/') out.pop_back();
  if (!path.starts_with('/') && !out.ends_with('/')) out += '/';
  return out.ends_with('/') && path.starts_with('/') ? out + path.substr(1) : out + path;
}

Result<std::string> read_all(int fd, const std::string& name, size_t limit) {
  std::string text;
  struct stat info {};
  if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode)) {
    if (static_cast<size_t>(info.st_size) > limit) return system_error("cannot read " + name, EFBIG);
    text.reserve(static_cast<size_t>(info.st_size) + kRoom + 1);
  }
  size_t size = 0;
  while (true) {
    if (text.size() < size + kRoom) text.resize(std::max(text.capacity(), size + (64 << 10)));
    ssize_t n = ::read(fd, text.data() + size, text.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error("cannot read " + name, errno);
    if (n == 0) break;
    size += static_cast<size_t>(n);
    if (size > limit) return system_error("cannot read " + name, EFBIG);
  }
  text.resize(size);
  return text;
}

Result<std::string> HostFiles::read(const std::string& path, size_t limit) {
  std::string name = real(path);
  Fd fd(open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!fd) return system_error("cannot read " + name, errno);
  return read_all(fd.get(), name, limit);
}

Result<std::vector<std::string>> HostFiles::list(const std::string& directory) {
  std::string name = real(directory);
  std::unique_ptr<DIR, int (*)(DIR*)> open_directory(opendir(name.c_str()), closedir);
  if (!open_directory) return system_error("cannot list " + name, errno);
  std::vector<std::string> names;
  while (const dirent* entry = readdir(open_directory.get())) {
    std::string_view found = entry->d_name;
    if (found != "." && found != "..") names.emplace_back(found);
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<> HostFiles::write(const std::string& path, const std::string& text) {
  std::string name = real(path);
  struct stat info {};
  bool exists = stat(name.c_str(), &info) == 0;
  if (exists && S_ISDIR(info.st_mode)) return system_error("cannot write " + name, EISDIR);
  if (exists && !S_ISREG(info.st_mode)) return write_into(name, text);
  if (exists) name = behind_links(name);
  if (auto made = make_directories(directory_of(name)); !made) return made;
  mode_t mode = exists ? info.st_mode & 07777 : 0666 & ~current_umask();
  Temporary temporary(name);
  int code = temporary.fill(text, mode & allowed_);
  if (code == 0) code = temporary.rename_to(name);
  if (code == 0) code = sync_directory(directory_of(name));
  if (code != 0) return system_error("cannot write " + name, code);
  return Done{};
}

void HostFiles::inherit(const std::string& path) {
  struct stat info {};
  if (stat(real(path).c_str(), &info) == 0) allowed_ &= info.st_mode | S_IRWXU;
}

void HostFiles::inherit(int fd) {
  struct stat info {};
  if (fstat(fd, &info) == 0) allowed_ &= info.st_mode | S_IRWXU;
}

Result<> HostFiles::remove(const std::string& path) {
  std::string name = real(path);
  if (unlink(name.c_str()) != 0) return system_error("cannot remove " + name, errno);
  return Done{};
}

Result<> HostFiles::rename(const std::string& from, const std::string& to) {
  std::string old_name = real(from), name = real(to);
  int code = ::rename(old_name.c_str(), name.c_str()) == 0 ? sync_directory(directory_of(name)) : errno;
  if (code != 0) return system_error(fmt::format("cannot rename {} to {}", old_name, name), code);
  return Done{};
}

Result<> HostFiles::probe(const std::string& path, size_t size) {
  std::string name = real(path);
  if (auto made = make_directories(directory_of(name)); !made) return made;
  Temporary temporary(name);
  if (int code = temporary.reserve(size); code != 0) return system_error("cannot write " + name, code);
  return Done{};
}

}  // namespace netcfg
