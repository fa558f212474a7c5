#include "netcfg/host/build_id.h"

#include <elf.h>
#include <link.h>

#include <cstring>

namespace netcfg {
namespace {

constexpr size_t kAlign = 4;

size_t padded(size_t size) {
  return (size + kAlign - 1) / kAlign * kAlign;
}

// The notes of one segment: a header, the name and the content, each padded.
std::string find_in(const char* at, size_t left) {
  ElfW(Nhdr) note;
  while (left >= sizeof note) {
    memcpy(&note, at, sizeof note);
    size_t name = padded(note.n_namesz), size = sizeof note + name + padded(note.n_descsz);
    if (size > left) break;
    if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && memcmp(at + sizeof note, "GNU", 4) == 0)
      return {at + sizeof note + name, note.n_descsz};
    at += size;
    left -= size;
  }
  return {};
}

// The program itself is the first that is told.
int look(dl_phdr_info* info, size_t, void* out) {
  for (size_t i = 0; i < info->dlpi_phnum; ++i) {
    const auto& header = info->dlpi_phdr[i];
    if (header.p_type != PT_NOTE) continue;
    std::string id = find_in(reinterpret_cast<const char*>(info->dlpi_addr + header.p_vaddr), header.p_memsz);
    if (!id.empty()) *static_cast<std::string*>(out) = std::move(id);
  }
  return 1;
}

}  // namespace

std::string build_id() {
  std::string out;
  dl_iterate_phdr(look, &out);
  return out;
}

}  // namespace netcfg
