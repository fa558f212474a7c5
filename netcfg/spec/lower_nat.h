// From `nat:` to rules of nftables and the parameters that forwarding takes.
#pragma once

#include <string_view>

#include "netcfg/model/nat.h"
#include "netcfg/model/nft.h"
#include "netcfg/model/state.h"

namespace netcfg {

// The rules of nat in `rules`, behind what is there; forwarding in `state`. Both of a spec that was checked.
void lower_nat(const NatSpec& nat, State& state, NftRules& rules);

// Whether it has to do with packets of that family.
bool translates(const NatSpec& nat, Family family);
// Whether the parameter turns forwarding on or off: for the host, or for one interface.
bool is_forwarding(std::string_view path, Family family);
// Whether forwarding is turned on because of nat: the spec says nothing of it.
bool implies_forwarding(const NatSpec& nat, const State& state, Family family);
// By which hosts on other interfaces could reach the targets as well.
std::vector<Ip> outer_addresses(const PortForward& forward, const State& state);

}  // namespace netcfg
