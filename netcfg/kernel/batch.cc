#include "netcfg/kernel/batch.h"

#include <utility>

#include "netcfg/kernel/attributes.h"

namespace netcfg::nl {

void Batch::add(const Message& message, size_t op) {
  if (message.overflowed() && !rejected_)
    rejected_ = Refusal{op, EMSGSIZE, "the request is too large", request_name(message.type())};
  if (rejected_) return;
  auto bytes = message.bytes();
  entries_.push_back({bytes_.size(), op});
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  bytes_.resize(NLMSG_ALIGN(bytes_.size()));
}

Outcome Batch::flush(const SecondChance& second_chance) {
  std::vector<Refusal> refusals;
  if (!entries_.empty()) {
    uint32_t first = socket_.take_sequence(static_cast<uint32_t>(entries_.size()));
    uint32_t next = first;
    for (const Entry& entry : entries_) header(entry).nlmsg_seq = next++;
    header(entries_.back()).nlmsg_flags |= NLM_F_ACK;
    Result<> sent = socket_.send(bytes_);
    if (sent)
      refusals = await(first);
    else
      refusals.push_back(unanswered(sent.error()));
  }
  bytes_.clear();
  entries_.clear();
  if (rejected_) refusals.push_back(*std::exchange(rejected_, {}));
  for (const Refusal& refusal : refusals)
    if (Outcome still = second_chance(refusal)) return still;
  return {};
}

Refusal Batch::unanswered(const Error& error) {
  return {entries_.front().op, error.code, error.message, request_name(header(entries_.front()).nlmsg_type)};
}

std::vector<Refusal> Batch::await(uint32_t first) {
  auto last = static_cast<uint32_t>(entries_.size() - 1);
  std::vector<Refusal> refusals;
  bool done = false;
  while (!done) {
    auto datagram = socket_.receive();
    if (!datagram) {
      if (refusals.empty()) refusals.push_back(unanswered(datagram.error()));
      return refusals;
    }
    for_each_message(*datagram, [&](const nlmsghdr& message) {
      uint32_t at = message.nlmsg_seq - first;
      auto ack = parse_ack(message);
      if (at > last || !ack) return;  // an answer to something else
      if (at == last) done = true;
      if (ack->code == 0) return;
      const Entry& entry = entries_[at];
      refusals.push_back(
          {entry.op, ack->code, std::move(ack->extack), request_name(header(entry).nlmsg_type)});
    });
  }
  return refusals;
}

}  // namespace netcfg::nl
