// encode.hpp -- terms -> external term format, byte for byte as OTP 25 writes it.
// Nesting of any depth takes no C++ stack. Terms are only read.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "vm/term/term.hpp"

namespace joist {

struct EtfEncodeOptions {
  int minor_version = 1;       // 0: floats as text; 2: atoms as UTF-8 always
  int compression = 0;         // zlib level, 0: none. Used only where it makes the result smaller.
  bool deterministic = false;  // maps in key order
  bool local = false;  // to be read by this VM only, even if its node is called otherwise then (OTP 26)
  std::size_t most_bytes = SIZE_MAX;
};

// Appends the whole external term, version byte included. False: it takes more than options.most_bytes, and
// `out` is not complete.
bool encode_etf(std::string& out, Term t, const EtfEncodeOptions& options = {});
// The same without version byte and compression, as in distribution frames.
bool encode_etf_body(std::string& out, Term t, const EtfEncodeOptions& options = {});
// As encode_etf without compression, but the whole bytes of large binaries are not copied: they belong in
// front of out[at].
struct EtfShared {
  std::size_t at;
  Term binary;
  std::size_t bytes;
};
bool encode_etf_sharing(std::string& out, std::vector<EtfShared>& shared, Term t,
                        const EtfEncodeOptions& options);
// Of the bytes of a term encoded with `local`.
std::uint32_t etf_local_mark(std::span<const std::uint8_t> bytes);
// Bytes that encode_etf() without compression would append.
std::size_t etf_size(Term t, const EtfEncodeOptions& options = {});

}  // namespace joist
