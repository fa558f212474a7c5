// A conversation with systemd: org.freedesktop.systemd1(5).
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "netcfg/host/sd_bus.h"

namespace netcfg {

class SystemdManager {
 public:
  using Clock = std::chrono::steady_clock;

  // Over the system bus, or, where none runs, systemd's own socket as systemctl(1) does.
  static Result<SystemdManager> connect();

  // Calls a method of the manager. `fill` appends its arguments with sd_bus_message_append() and the like,
  // and returns what those return. The object path that the answer holds, if it does.
  using Fill = std::function<int(const SdBus& library, sd_bus_message* message)>;
  Result<std::string> call(const char* method, const Fill& fill);
  // How the job of that path ended: "done", "failed", "canceled", … (empty: not by the deadline).
  Result<std::string> wait_for(const std::string& job, Clock::time_point deadline);
  // The process of a service, by the service's object path; 0 where none runs.
  Result<uint32_t> main_pid(const std::string& service);

 private:
  SystemdManager(const SdBus& library, SdBusConnection bus) : library_(&library), bus_(std::move(bus)) {}
  Result<> subscribe(const char* sender);

  const SdBus* library_;
  // By the job's object path; jobs of others too. Stays where it is, since the bus writes into it.
  std::unique_ptr<std::map<std::string, std::string>> ended_ =
      std::make_unique<std::map<std::string, std::string>>();
  SdBusConnection bus_;
};

}  // namespace netcfg
