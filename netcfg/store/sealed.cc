#include "netcfg/store/sealed.h"

#include <fmt/format.h>

#include <algorithm>

#include "netcfg/json/reader.h"
#include "netcfg/json/sink.h"

namespace netcfg {
namespace {

// FNV-1a
std::string checksum(std::string_view text, std::string_view before = {}) {
  uint64_t hash = 0xcbf29ce484222325;
  for (std::string_view part : {before, text})
    for (char c : part) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return fmt::format("{:016x}", hash);
}

struct Head {
  int64_t format = 0;
  std::string kernel, sum, packed_sum;
  int64_t packed_bytes = 0;  // at the end of the file
};

Result<Head> read_head(std::string_view kind, std::string_view line) {
  Head head;
  JsonReader in(line);
  in.object([&](std::string_view key) {
    if (key == kind)
      head.format = in.number();
    else if (key == "kernel")
      head.kernel = in.text();
    else if (key == "checksum")
      head.sum = in.text();
    else if (key == "routes-bytes")
      head.packed_bytes = in.number();
    else if (key == "routes-checksum")
      head.packed_sum = in.text();
    else
      in.skip();
  });
  if (!in.finish()) return in.error();
  return head;
}

Error damaged(std::string what) {
  return {std::move(what), "", 0};
}

}  // namespace

bool Sealed::sound() const {
  return packed_sum == checksum(packed);
}

std::string seal(std::string_view kind, int64_t format, std::string_view kernel, std::string_view body,
                 std::string_view packed) {
  std::string text;
  JsonText head(text, Bytes::exact);
  head.begin('{');
  head.key(kind), head.number(format);
  head.member("kernel", kernel);
  head.member("checksum", checksum(body, kernel));
  head.key("routes-bytes"), head.number(static_cast<int64_t>(packed.size()));
  head.member("routes-checksum", checksum(packed));
  head.end('}');
  text.reserve(text.size() + 1 + body.size() + packed.size());
  text += '\n';
  text += body;
  text += packed;
  return text;
}

Result<Sealed> unseal(std::string_view kind, int64_t newest_format, std::string_view text) {
  size_t end = text.find('\n');
  if (end == std::string::npos) return damaged("is damaged: its first line is not whole");
  auto head = read_head(kind, text.substr(0, end));
  if (!head) return damaged("is damaged: " + head.error().message);
  if (head->format == 0) return damaged(fmt::format("is damaged: it is no {}", kind));
  if (head->format > newest_format) return damaged("was written by a later version of netcfg");
  Sealed out{head->format, std::move(head->kernel), text.substr(end + 1), {}, std::move(head->packed_sum)};
  auto packed = static_cast<size_t>(std::max<int64_t>(head->packed_bytes, 0));
  if (packed > out.body.size()) return damaged("is damaged: it is not whole");
  out.packed = out.body.substr(out.body.size() - packed);
  out.body.remove_suffix(packed);
  if (head->sum != checksum(out.body, out.kernel)) return damaged("is damaged: its checksum is wrong");
  return out;
}

}  // namespace netcfg
