// What a verb works with: the options, the ports, and where its words go. Results go to standard output,
// all else to standard error.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cmd/output.h"
#include "cmd/verb.h"
#include "netcfg/base/diagnostics.h"
#include "netcfg/host/files.h"
#include "netcfg/port/kernel.h"
#include "netcfg/port/log.h"

namespace netcfg {

// For diagnostics that speak of no file.
inline constexpr Place kNowhere{0, 0, UINT16_MAX};

// The real ports are built by main.
struct Ports {
  HostFiles& files;
  Log& log;
  Output& out;
  std::function<Result<std::unique_ptr<Kernel>>()> open_kernel;
  std::string_view version;
};

class Session {
 public:
  Session(const Verb& verb, const Options& options, const Ports& ports);

  const Verb& verb;
  const Options& options;
  HostFiles& files;
  Log& log;
  Output& out;
  Sources sources;
  Diagnostics problems;
  std::vector<std::string> spec_names;  // as given or found, in the order of `sources`
  // What was read from the spec, for keeping it once it is applied; empty when there is nothing new.
  std::string spec_to_keep;
  bool applied_before = false;  // the spec is the one that was applied last, to the letter

  bool json() const { return options.json(); }
  std::string_view version() const { return ports_.version; }
  bool color_out() const { return color_out_; }
  bool color_err() const { return color_err_; }
  // The form of the result: --format, or the verb's own.
  std::string_view format() const;

  // The kernel of the namespace that --netns names. An error has been recorded when there is none.
  Kernel* kernel();
  // The namespace that ledger and lock belong to; empty for the host's own.
  std::string netns() const;

  // Both go to standard error, with a line break added.
  void say(std::string_view text) const;     // unless -q
  void detail(std::string_view text) const;  // with -v
  void problem(const Error& error) { problems.error(kNowhere, "", error.message, error.hint); }

  // Reports what was gathered and returns `status`. Warnings alone are reported unless -q.
  int fail(int status = kFailed);
  int fail(const Error& error, int status = kFailed);
  void report_warnings();

 private:
  const Ports& ports_;
  std::unique_ptr<Kernel> kernel_;
  bool color_out_, color_err_;
};

}  // namespace netcfg
