#include "cmd/session.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "cmd/diagnostics_json.h"
#include "netcfg/host/namespaces.h"

namespace netcfg {
namespace {

bool wants_color(const std::string& when, int fd) {
  if (when == "always") return true;
  if (when == "never") return false;
  const char* no_color = getenv("NO_COLOR");  // NOLINT: one thread
  if (no_color != nullptr && *no_color != '\0') return false;
  const char* term = getenv("TERM");  // NOLINT: one thread
  return isatty(fd) == 1 && term != nullptr && std::string_view(term) != "dumb";
}

void to_stderr(std::string_view text) {
  (void)fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace

Session::Session(const Verb& the_verb, const Options& the_options, const Ports& ports)
    : verb(the_verb),
      options(the_options),
      files(ports.files),
      log(ports.log),
      out(ports.out),
      ports_(ports),
      color_out_(wants_color(options.color, STDOUT_FILENO)),
      color_err_(wants_color(options.color, STDERR_FILENO)) {}

std::string_view Session::format() const {
  if (!options.format.empty()) return options.format;
  return verb.formats.empty() ? std::string_view{} : verb.formats[0];
}

Kernel* Session::kernel() {
  if (kernel_) return kernel_.get();
  auto opened = ports_.open_kernel();
  if (!opened) {
    problem(opened.error());
    return nullptr;
  }
  kernel_ = std::move(*opened);
  return kernel_.get();
}

std::string Session::netns() const {
  return options.netns.empty() ? current_netns() : options.netns;
}

void Session::say(std::string_view text) const {
  if (options.quiet == 0) to_stderr(std::string(text) + "\n");
}

void Session::detail(std::string_view text) const {
  if (options.verbose > 0) to_stderr(std::string(text) + "\n");
}

int Session::fail(int status) {
  if (json())
    out.write(diagnostics_json(problems.sorted(), sources));
  else
    to_stderr(netcfg::format(problems, sources, color_err_));
  return status;
}

int Session::fail(const Error& error, int status) {
  problem(error);
  return fail(status);
}

void Session::report_warnings() {
  if (options.quiet == 0) to_stderr(netcfg::format(problems, sources, color_err_));
  problems = {};
}

}  // namespace netcfg
