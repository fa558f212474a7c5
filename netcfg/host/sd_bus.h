// libsystemd's D-Bus client, loaded when it is first used: linked, it and the five libraries that it brings
// would cost every start of the program 0.6 ms.
#pragma once

#include <systemd/sd-bus.h>

#include <memory>

#include "netcfg/base/result.h"

namespace netcfg {

// The functions of sd-bus(3) that are used, without their prefix.
struct SdBus {
  decltype(&::sd_bus_open_system) open_system;
  decltype(&::sd_bus_new) create;
  decltype(&::sd_bus_set_address) set_address;
  decltype(&::sd_bus_start) start;
  decltype(&::sd_bus_call) call;
  decltype(&::sd_bus_process) process;
  decltype(&::sd_bus_wait) wait;
  decltype(&::sd_bus_match_signal) match_signal;
  decltype(&::sd_bus_flush_close_unref) close;
  decltype(&::sd_bus_error_free) error_free;
  decltype(&::sd_bus_message_new_method_call) message;
  decltype(&::sd_bus_message_append) append;
  decltype(&::sd_bus_message_append_strv) append_strv;
  decltype(&::sd_bus_message_open_container) open;
  decltype(&::sd_bus_message_close_container) close_container;
  decltype(&::sd_bus_message_read) read;
  decltype(&::sd_bus_message_unref) unref;
  decltype(&::sd_bus_get_property_trivial) get_property;
};

// Loaded once, and never unloaded. The Error says what is missing.
Result<const SdBus*> load_sd_bus();

struct CloseSdBus {
  const SdBus* library = nullptr;
  void operator()(sd_bus* bus) const { library->close(bus); }
  void operator()(sd_bus_message* message) const { library->unref(message); }
};
using SdBusConnection = std::unique_ptr<sd_bus, CloseSdBus>;
using SdBusMessage = std::unique_ptr<sd_bus_message, CloseSdBus>;

}  // namespace netcfg
