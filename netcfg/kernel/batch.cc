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

Outcome Batch::flush() {
  Outcome outcome;
  if (!entries_.empty()) {
    uint32_t first = socket_.take_sequence(static_cast<uint32_t>(entries_.size()));
    for (size_t i = 0; i < entries_.size(); ++i)
      header(entries_[i]).nlmsg_seq = first + static_cast<uint32_t>(i);
    header(entries_.back()).nlmsg_flags |= NLM_F_ACK;
    Result<> sent = socket_.send(bytes_);
    outcome = sent ? await(first)
                   : Refusal{entries_.front().op, sent.error().code, sent.error().message,
                             request_name(header(entries_.front()).nlmsg_type)};
  }
  bytes_.clear();
  entries_.clear();
  if (!outcome) outcome = std::exchange(rejected_, {});
  return outcome;
}

Outcome Batch::await(uint32_t first) {
  auto last = static_cast<uint32_t>(entries_.size() - 1);
  Outcome outcome;
  bool done = false;
  while (!done) {
    auto datagram = socket_.receive();
    if (!datagram) {
      if (!outcome)
        outcome = Refusal{entries_.front().op, datagram.error().code, datagram.error().message,
                          request_name(header(entries_.front()).nlmsg_type)};
      return outcome;
    }
    for_each_message(*datagram, [&](const nlmsghdr& message) {
      uint32_t at = message.nlmsg_seq - first;
      auto ack = parse_ack(message);
      if (at > last || !ack) return;  // an answer to something else
      if (ack->code != 0 && !outcome) {
        const Entry& entry = entries_[at];
        outcome =
            Refusal{entry.op, ack->code, std::move(ack->extack), request_name(header(entry).nlmsg_type)};
      }
      if (at == last) done = true;
    });
  }
  return outcome;
}

}  // namespace netcfg::nl
