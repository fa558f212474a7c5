#include "netcfg/host/errno.h"

#include <cerrno>
#include <cstring>

namespace netcfg {
namespace {

std::string hint_for(int code) {
  switch (code) {
    case EACCES:
    case EPERM:
      return "run it as root, or as a user with access to it";
    case EROFS:
      return "the file system is read-only: remount it, or choose another place with --root";
    case ENOSPC:
    case EDQUOT:
      return "make room on the file system";
    default:
      return {};
  }
}

}  // namespace

Error system_error(const std::string& what, int code) {
  return {what + ": " + std::strerror(code), hint_for(code), code};
}

}  // namespace netcfg
