#include "tests/support/sandbox.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace netcfg::test {
namespace {

std::string slurp(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

Sandbox::Sandbox() {
  std::string name = (std::filesystem::temp_directory_path() / "netcfg-test.XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
  path_ = name;
  std::filesystem::create_directory(path_ + "/.io");
}

Sandbox::~Sandbox() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Sandbox::Ended Sandbox::run(const std::string& command) const {
  std::string io = path_ + "/.io/";
  std::string script = "cd '" + path_ + "' || exit 99\nunset NO_COLOR SSH_CONNECTION SUDO_USER\nT=$PWD N='" +
                       NETCFG_PROGRAM + "'\nexport T N TERM=dumb LC_ALL=C\nexec </dev/null >'" + io +
                       "out' 2>'" + io + "err'\n" + command + "\n";
  int status = std::system(script.c_str());  // NOLINT: a shell is what the test asks for
  Ended ended;
  ended.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  ended.out = slurp(io + "out");
  ended.err = slurp(io + "err");
  return ended;
}

void Sandbox::write(const std::string& path, const std::string& text) const {
  std::filesystem::path name = path_ + "/" + path;
  std::filesystem::create_directories(name.parent_path());
  std::ofstream(name, std::ios::binary) << text;
}

std::string Sandbox::read(const std::string& path) const {
  return slurp(path_ + "/" + path);
}

}  // namespace netcfg::test
