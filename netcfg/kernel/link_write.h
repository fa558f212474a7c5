// Making, changing and deleting links. Every request is acknowledged before the next is sent: link
// operations cost the kernel a hundred times what a round trip does, and the first failure must be the last
// thing that happened.
#pragma once

#include <set>

#include "netcfg/kernel/link_custom.h"
#include "netcfg/kernel/names.h"
#include "netcfg/kernel/socket.h"
#include "netcfg/kernel/vlan_table.h"
#include "netcfg/model/link.h"

namespace netcfg::nl {

// Nothing: it worked. Refusal::op is left to the caller.
using Outcome = std::optional<Refusal>;

class LinkWriter {
 public:
  LinkWriter(Socket& socket, LiveIndexes& indexes) : socket_(socket), indexes_(indexes) {}

  Outcome create(const Link& after);
  Outcome update(const Link& before, const Link& after);
  Outcome remove(const Link& before);
  // Many at once, which spares the kernel a grace period for each: they are put into a group of their own,
  // which is then deleted. False when that is not possible; nothing is deleted then, and remove() tells why.
  bool remove_together(std::span<const Link* const> links);

 private:
  // One change of a link that exists.
  struct Change {
    const Link& before;
    const Link& after;
    uint32_t index;
    bool new_master() const { return after.master && after.master != before.master; }
  };

  // The request that makes the link, with all that the kernel takes in it; `bare` becomes what that gives.
  Outcome encode_create(const Link& after, Link& bare);
  Outcome encode_relatives(const Link& after);
  Outcome encode_kind(const Link& after);
  static Link bare_link(const Link& after, bool up);
  // The end of a new veth pair that its peer's creation has made already.
  Outcome adopt(const Link& after);

  // The steps of an update, in their order.
  Outcome put_down(const Change& change);
  Outcome put_master(const Change& change);
  Outcome drop_altnames(const Change& change);
  Outcome put_common(const Change& change);
  Outcome put_kind(const Change& change);
  Outcome put_port(const Change& change);
  Outcome add_altnames(const Change& change);
  Outcome put_token(const Change& change);
  Outcome put_vlans(const Change& change);
  Outcome put_up(const Change& change);
  Outcome put_active_slave(const Change& change);
  Outcome run_steps(const Change& change);

  void removed(const Link& link);
  bool put_group(uint32_t index, uint32_t group);
  Outcome put_flags(uint32_t index, uint32_t flags, uint32_t mask);
  Outcome put_kind_rows(const Change& change, const Rows& rows);
  Outcome put_altnames(uint16_t type, uint32_t index, const std::vector<std::string>& names);
  Result<std::vector<VlanRange>> read_vlans(uint32_t index);

  ifinfomsg& start(uint16_t type, uint32_t index);
  Outcome transact();
  Outcome missing(const IfName& name) const;

  Socket& socket_;
  LiveIndexes& indexes_;
  Message message_;
  // Ends of veth pairs that came into being, or went, with the other end, until an operation names them.
  std::set<IfName> born_, gone_;
};

}  // namespace netcfg::nl
