#include "tests/support/sim_kernel.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

namespace netcfg::test {
namespace {

const Ref& named(const Op& op) {
  return op.action == Action::remove ? op.before : op.after;
}

std::string request_of(const Op& op) {
  constexpr std::string_view kNew[] = {"RTM_NEWLINK",    "RTM_NEWADDR",  "RTM_NEWNEIGH",
                                       "RTM_NEWNEXTHOP", "RTM_NEWROUTE", "RTM_NEWRULE",
                                       "write",          "RTM_NEWQDISC", "nft"};
  constexpr std::string_view kDelete[] = {"RTM_DELLINK",    "RTM_DELADDR",  "RTM_DELNEIGH",
                                          "RTM_DELNEXTHOP", "RTM_DELROUTE", "RTM_DELRULE",
                                          "write",          "RTM_DELQDISC", "nft"};
  size_t kind = named(op).index();
  if (const auto* sysctl = std::get_if<const Sysctl*>(&named(op)))
    return "write /proc/sys/" + (*sysctl)->path;
  return std::string(op.action == Action::remove ? kDelete[kind] : kNew[kind]);
}

}  // namespace

std::string to_string(const Op& op) {
  constexpr std::string_view kActions[] = {"create", "update", "remove", "restore"};
  return std::visit(
      [&](const auto* resource) {
        return fmt::format("{} {} {}", kActions[static_cast<size_t>(op.action)],
                           kKindNames[named(op).index()], id_of(*resource));
      },
      named(op));
}

Result<Snapshot> SimKernel::read(const Query& query) {
  ++reads_;
  if (read_error != 0) return Error{fmt::format("cannot read: {}", strerror(read_error)), {}, read_error};
  Snapshot out{host_.state(query), host_.nics(), others};
  if (query.resilient_groups) out.resilient_groups = has_resilient_groups;
  return out;
}

std::optional<Refusal> SimKernel::write(std::span<const Op> ops, const std::function<bool()>& stop) {
  for (size_t i = 0; i < ops.size(); ++i) {
    if (stop && stop()) return Refusal{i, EINTR, {}, {}};
    if (auto refusal = write_one(ops[i])) {
      refusal->op = i;
      return refusal;
    }
  }
  return std::nullopt;
}

std::optional<Refusal> SimKernel::write_one(const Op& op) {
  size_t number = asked_++;
  if (number == hook_at_) {
    auto hook = std::exchange(hook_, {});
    hook(*this);
  }
  Answer answer{number == fail_at_ ? fail_code_ : 0, fail_extack_};
  const auto* group = std::get_if<const Nexthop*>(&op.after);
  if (group && *group && (*group)->resilient && !has_resilient_groups)
    answer = {EINVAL, "Invalid group type"};  // rtm_to_nh_config()
  if (!answer.refused()) answer = host_.apply(op);
  if (keep_journal) note(op, answer);
  if (answer.refused()) return Refusal{0, answer.code, std::string(answer.extack), request_of(op)};
  ++writes_;
  if (after_write) after_write(*this, op);
  return std::nullopt;
}

void SimKernel::note(const Op& op, const Answer& answer) {
  std::string line = to_string(op);
  if (answer.refused()) line += fmt::format(": {} {}", strerrorname_np(answer.code), answer.extack);
  journal_.push_back(std::move(line));
}

void SimKernel::fail_at(size_t k, int code, std::string extack) {
  fail_at_ = asked_ + k;
  fail_code_ = code;
  fail_extack_ = std::move(extack);
}

void SimKernel::at(size_t k, std::function<void(SimKernel&)> hook) {
  hook_at_ = asked_ + k;
  hook_ = std::move(hook);
}

}  // namespace netcfg::test
