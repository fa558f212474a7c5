// A host with two ways out: two providers that drop what does not come from the addresses they gave, a
// machine behind the host, and a client somewhere in the world.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "netcfg/host/fd.h"
#include "tests/support/child.h"
#include "tests/support/netns.h"

namespace netcfg::test {

// The host is the calling thread's namespace, which a NetnsTest has made; the others have their own:
//
//                  ┌ eth0 203.0.113.10/24 2001:db8:a::10/64 ── .1 ::1 provider a ┐
//   inside ── lan  │                                                             ├─ 192.0.2.7 2001:db8:c::7
//   10.0.0.2  .1   └ eth1 198.51.100.10/24 2001:db8:b::10/64 ─ .1 ::1 provider b ┘  client
//
// (inside has 2001:db8:d::2, the host ::1 of that.) Only lan has addresses at first, and all are up: the rest
// is the spec's. `inside` answers the whole world by the host.
class TwoProviders {
 public:
  // Other ways of being connected:
  enum class Lines : uint8_t {
    usual,
    one_card,      // both providers are on one segment, behind eth0
    home_routers,  // both are 192.168.1.1/24 and translate to 172.16.1.1, 172.16.2.1; what comes to these at
                   // port 53 goes on to 192.168.1.10 by a, 192.168.1.20 by b
  };
  // Throws where such namespaces cannot be made.
  explicit TwoProviders(Lines lines = Lines::usual);
  ~TwoProviders();
  TwoProviders(TwoProviders&&) = delete;

  // A shell command in another's namespace.
  Ran client(const std::string& command) const { return run_in(client_, command); }
  Ran inside(const std::string& command) const { return run_in(inside_, command); }
  Ran provider(char which, const std::string& command) const {
    return run_in(which == 'a' ? a_ : b_, command);
  }

  // A provider's namespace, and the name of its end of the host's cable in it.
  const Fd& netns_of(char which) const { return which == 'a' ? a_ : b_; }
  static constexpr const char* kFarEnd = "host";

  const Fd& netns_of_client() const { return client_; }
  const Fd& netns_of_inside() const { return inside_; }

  // Servers of both protocols on a port of all addresses, that tell who asked: of the host, of `inside`.
  void serve(int port);
  void serve_inside(int port);

  // What a server tells the client: the address and the port that it came from. Empty when nothing comes
  // within a second.
  std::string ask(const std::string& protocol, const std::string& address, int port) const;
  // The same asked by the host, from an address of its own or any, and by `inside`, of the client's server.
  std::string ask_from_host(const std::string& protocol, const std::string& address,
                            const std::string& from = {}, int dscp = 0);
  std::string ask_from_inside(const std::string& protocol, const std::string& address, int dscp = 0);
  // The same asked by a provider's router, of the host.
  std::string ask_from_provider(char which, const std::string& protocol, const std::string& address,
                                int port) const;

  static constexpr int kClientPort = 4000;  // the client serves there
  static constexpr const char* kClient4 = "192.0.2.7";
  static constexpr const char* kClient6 = "2001:db8:c::7";

 private:
  static Ran run_in(const Fd& netns, const std::string& command);
  void start(const Fd* netns, int port);

  void connect(Lines lines);

  Fd a_, b_, inside_, client_, switch_;
  std::vector<std::unique_ptr<Child>> servers_;
};

}  // namespace netcfg::test
