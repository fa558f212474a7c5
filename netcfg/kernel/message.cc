#include "netcfg/kernel/message.h"

#include <netlink/attr.h>
#include <netlink/msg.h>

#include <cstring>
#include <new>

namespace netcfg::nl {
namespace {

// The largest request is a port's VLAN table: 4094 entries of 8 bytes.
constexpr size_t kMessageSize = size_t{60} * 1024;

}  // namespace

void Message::Free::operator()(nl_msg* message) const {
  nlmsg_free(message);
}

Message::Message() : message_(nlmsg_alloc_size(kMessageSize)) {
  if (!message_) throw std::bad_alloc();
}

void* Message::start_bytes(uint16_t type, uint16_t flags, size_t header_size) {
  nlmsghdr* h = header();
  *h = {};
  h->nlmsg_len = NLMSG_HDRLEN;
  h->nlmsg_type = type;
  h->nlmsg_flags = static_cast<uint16_t>(flags | NLM_F_REQUEST);
  overflowed_ = false;
  return append(header_size);
}

void Message::put_bytes(uint16_t type, const void* data, size_t size) {
  if (nla_put(message_.get(), type, static_cast<int>(size), data) < 0) overflowed_ = true;
}

void Message::put_text(uint16_t type, std::string_view text) {
  nlattr* attribute = nla_reserve(message_.get(), type, static_cast<int>(text.size() + 1));
  if (!attribute) {
    overflowed_ = true;
    return;
  }
  char* at = static_cast<char*>(nla_data(attribute));
  memcpy(at, text.data(), text.size());
  at[text.size()] = '\0';
}

void* Message::append(size_t size) {
  void* at = nlmsg_reserve(message_.get(), size, NLMSG_ALIGNTO);
  if (!at) {
    // Nobody reads what lands here: the message will not be sent.
    static thread_local char spare[256];
    overflowed_ = true;
    at = spare;
  }
  memset(at, 0, size);
  return at;
}

nlmsghdr* Message::header() const {
  return nlmsg_hdr(message_.get());
}

std::span<const uint8_t> Message::bytes() const {
  return {reinterpret_cast<const uint8_t*>(header()), header()->nlmsg_len};
}

Nest::Nest(Message& message, uint16_t type)
    : message_(message), start_(nla_reserve(message.message_.get(), type | NLA_F_NESTED, 0)) {
  if (!start_) message.overflowed_ = true;
}

Nest::~Nest() {
  if (!start_) return;
  auto* end = static_cast<char*>(nlmsg_tail(message_.header()));
  auto size = end - reinterpret_cast<char*>(start_);
  if (size > UINT16_MAX)
    message_.overflowed_ = true;
  else
    start_->nla_len = static_cast<uint16_t>(size);
}

}  // namespace netcfg::nl
