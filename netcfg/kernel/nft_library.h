// libnftables, loaded when it is first used: it, libnftnl, libmnl, libgmp, libjansson and libxtables would
// cost every start.
#pragma once

#include <cstdint>
#include <string>

#include "netcfg/base/result.h"

struct nft_ctx;

namespace netcfg::nl {

// The functions of libnftables(3) that are used, without their prefix.
struct NftLibrary {
  nft_ctx* (*create)(uint32_t flags);
  void (*free)(nft_ctx* context);
  int (*buffer_output)(nft_ctx* context);
  int (*buffer_error)(nft_ctx* context);
  const char* (*output)(nft_ctx* context);
  const char* (*error)(nft_ctx* context);
  int (*run)(nft_ctx* context, const char* file);
};

// Loaded once, and never unloaded. The Error says what is missing.
Result<const NftLibrary*> load_nft_library();

struct NftAnswer {
  bool done = false;
  std::string output;
  std::string error;  // as nft prints it
};

// Carries commands out as nft(8) does, in the network namespace of the calling thread: all of them or none.
NftAnswer run_nft(const NftLibrary& library, const std::string& commands);

}  // namespace netcfg::nl
