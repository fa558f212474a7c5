#include "netcfg/host/systemd_manager.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "netcfg/host/errno.h"

namespace netcfg {
namespace {

constexpr const char* kName = "org.freedesktop.systemd1";
constexpr const char* kPath = "/org/freedesktop/systemd1";
constexpr const char* kInterface = "org.freedesktop.systemd1.Manager";
constexpr const char* kServiceInterface = "org.freedesktop.systemd1.Service";
constexpr const char* kOwnSocket = "unix:path=/run/systemd/private";
constexpr uint64_t kPatience = 10'000'000;  // microseconds, for one answer

int no_arguments(const SdBus&, sd_bus_message*) {
  return 0;
}

Result<SdBusConnection> open_bus(const SdBus& library, bool own_socket) {
  sd_bus* bus = nullptr;
  int code = own_socket ? library.create(&bus) : library.open_system(&bus);
  SdBusConnection out(bus, CloseSdBus{&library});
  if (own_socket && code >= 0) code = library.set_address(bus, kOwnSocket);
  if (own_socket && code >= 0) code = library.start(bus);
  if (code < 0) {
    Error error = system_error("cannot reach systemd over D-Bus", -code);
    if (error.hint.empty()) error.hint = "'systemctl status dbus.socket' tells whether the system bus runs";
    return error;
  }
  return out;
}

// JobRemoved(u id, o job, s unit, s result)
int job_removed(sd_bus_message* message, void* ended, sd_bus_error*) {
  uint32_t id = 0;
  const char *job = nullptr, *unit = nullptr, *result = nullptr;
  Result<const SdBus*> library = load_sd_bus();
  if (library && (*library)->read(message, "uoss", &id, &job, &unit, &result) >= 0)
    (*static_cast<std::map<std::string, std::string>*>(ended))[job] = result;
  return 0;
}

}  // namespace

Result<SystemdManager> SystemdManager::connect() {
  Result<const SdBus*> library = load_sd_bus();
  if (!library) return library.error();
  Error first;
  for (bool own_socket : {false, true}) {
    Result<SdBusConnection> bus = open_bus(**library, own_socket);
    Error failure;
    if (bus) {
      SystemdManager manager(**library, std::move(*bus));
      Result<> subscribed = manager.subscribe(own_socket ? nullptr : kName);
      if (subscribed) return manager;
      failure = subscribed.error();
    } else {
      failure = bus.error();
    }
    if (!own_socket) first = failure;
  }
  return first;  // the bus is what is meant to be there
}

// Without it systemd does not tell of jobs that end. Only the bus names senders.
Result<> SystemdManager::subscribe(const char* sender) {
  int code = library_->match_signal(bus_.get(), nullptr, sender, kPath, kInterface, "JobRemoved", job_removed,
                                    ended_.get());
  if (code < 0) return system_error("cannot listen to systemd over D-Bus", -code);
  Result<std::string> subscribed = call("Subscribe", no_arguments);
  if (!subscribed) return subscribed.error();
  return Done{};
}

Result<std::string> SystemdManager::call(const char* method, const Fill& fill) {
  sd_bus_message *message = nullptr, *reply = nullptr;
  int code = library_->message(bus_.get(), &message, kName, kPath, kInterface, method);
  SdBusMessage held(message, CloseSdBus{library_});
  if (code >= 0) code = fill(*library_, message);
  if (code < 0) return system_error(fmt::format("cannot put {} to systemd", method), -code);
  sd_bus_error error{};
  code = library_->call(bus_.get(), message, kPatience, &error, &reply);
  SdBusMessage held_reply(reply, CloseSdBus{library_});
  std::string text = error.message == nullptr ? "" : error.message;
  library_->error_free(&error);
  if (code < 0) {
    Error out = system_error(fmt::format("systemd's {}", method), -code);
    if (!text.empty()) out.message = fmt::format("systemd's {}: {}", method, text);
    return out;
  }
  const char* path = nullptr;
  bool has_path = library_->read(reply, "o", &path) > 0;
  return has_path ? std::string(path) : std::string{};
}

Result<uint32_t> SystemdManager::main_pid(const std::string& service) {
  uint32_t pid = 0;
  sd_bus_error error{};
  int code = library_->get_property(bus_.get(), kName, service.c_str(), kServiceInterface, "MainPID", &error,
                                    'u', &pid);
  library_->error_free(&error);
  if (code < 0) return system_error("cannot ask systemd for a service's process", -code);
  return pid;
}

Result<std::string> SystemdManager::wait_for(const std::string& job, Clock::time_point deadline) {
  while (ended_->count(job) == 0) {
    int code = library_->process(bus_.get(), nullptr);
    if (code > 0) continue;
    auto left = std::chrono::duration_cast<std::chrono::microseconds>(deadline - Clock::now()).count();
    if (code == 0 && left <= 0) return std::string{};
    if (code == 0) code = library_->wait(bus_.get(), static_cast<uint64_t>(left));
    if (code < 0 && code != -EINTR) return system_error("cannot listen to systemd over D-Bus", -code);
  }
  return (*ended_)[job];
}

}  // namespace netcfg
