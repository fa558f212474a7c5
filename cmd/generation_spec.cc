#include "cmd/generation_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "cmd/guard_setup.h"
#include "netcfg/base/text.h"
#include "netcfg/store/snapshot_file.h"

namespace netcfg {
namespace {

// Places count from the first of the generation's own files.
void move_origins(Desired& desired, size_t by) {
  auto move = [&](Place& place) { place.file = static_cast<uint16_t>(place.file + by); };
  for_each_kind(desired.state, [&](auto& table) {
    for (auto& resource : table) move(resource.origin);
  });
  for (Match& match : desired.matches) move(match.origin);
  for (ProbeSpec& probe : desired.guard.probes) move(probe.origin);
  if (!desired.uplinks) return;
  move(desired.uplinks->origin);
  for (Uplink& uplink : desired.uplinks->links) {
    move(uplink.origin);
    for (ProbeSpec& target : uplink.health.targets) move(target.origin);
  }
  for (Steer& steer : desired.uplinks->steer) move(steer.origin);
}

}  // namespace

std::optional<Desired> load_generation(Session& session, uint32_t number) {
  Generations history(session.files, settler_of(session).places.generations);
  auto about = history.load(number);
  if (!about) return session.problem(about.error()), std::nullopt;
  auto bytes = history.read(number, Part::spec);
  if (!bytes) return session.problem(bytes.error()), std::nullopt;
  auto stored = desired_from_bytes(*bytes);
  if (!stored) {
    session.problem(
        {fmt::format("{} {}", session.files.real(history.path(number, Part::spec)), stored.error().message),
         "the other generations can be used all the same: 'netcfg history'", EBADMSG});
    return std::nullopt;
  }
  session.files.inherit(history.path(number, Part::spec));
  move_origins(stored->desired, session.sources.size());
  for (uint16_t i = 0; i < stored->sources.size(); ++i)
    session.sources.add(fmt::format("{}{} {}", kGenerationPrefix, number, stored->sources.name(i)), {});
  return std::move(stored->desired);
}

Result<uint32_t> generation_number(std::string_view text) {
  std::string_view digits = text;
  if (digits.starts_with(kGenerationPrefix)) digits.remove_prefix(kGenerationPrefix.size());
  auto number = parse_unsigned(digits);
  if (number && *number > 0 && *number <= UINT32_MAX) return static_cast<uint32_t>(*number);
  return Error{fmt::format("'{}' is no generation", printable(text)),
               "generations have numbers from 1: 'netcfg history' lists them", EINVAL};
}

}  // namespace netcfg
