#include "netcfg/host/sd_bus.h"

#include "netcfg/base/shared_library.h"

namespace netcfg {
namespace {

constexpr SharedLibrary kLibrary{"libsystemd.so.0", "install it (Debian: libsystemd0)",
                                 "install systemd 221 or later"};

void find_all(Symbols& symbols, SdBus& out) {
  symbols.find("sd_bus_open_system", out.open_system);
  symbols.find("sd_bus_new", out.create);
  symbols.find("sd_bus_set_address", out.set_address);
  symbols.find("sd_bus_start", out.start);
  symbols.find("sd_bus_call", out.call);
  symbols.find("sd_bus_process", out.process);
  symbols.find("sd_bus_wait", out.wait);
  symbols.find("sd_bus_match_signal", out.match_signal);
  symbols.find("sd_bus_flush_close_unref", out.close);
  symbols.find("sd_bus_error_free", out.error_free);
  symbols.find("sd_bus_message_new_method_call", out.message);
  symbols.find("sd_bus_message_append", out.append);
  symbols.find("sd_bus_message_append_strv", out.append_strv);
  symbols.find("sd_bus_message_open_container", out.open);
  symbols.find("sd_bus_message_close_container", out.close_container);
  symbols.find("sd_bus_message_read", out.read);
  symbols.find("sd_bus_message_unref", out.unref);
  symbols.find("sd_bus_get_property_trivial", out.get_property);
}

}  // namespace

Result<const SdBus*> load_sd_bus() {
  return load_functions<SdBus>(kLibrary, find_all);
}

}  // namespace netcfg
