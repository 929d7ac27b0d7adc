// encode.hpp -- terms -> external term format, byte for byte as OTP 25 writes it.
// Nesting of any depth takes no C++ stack. Terms are only read.
#pragma once
#include <cstdint>
#include <string>

#include "vm/term/term.hpp"

namespace joist {

struct EtfEncodeOptions {
  int minor_version = 1;       // 0: floats as text; 2: atoms as UTF-8 always
  int compression = 0;         // zlib level, 0: none. Used only where it makes the result smaller.
  bool deterministic = false;  // maps in key order
};

// Appends the whole external term, version byte included.
void encode_etf(std::string& out, Term t, const EtfEncodeOptions& options = {});
// The same without version byte and compression, as in distribution frames.
void encode_etf_body(std::string& out, Term t, const EtfEncodeOptions& options = {});
// Bytes that encode_etf() without compression would append.
std::size_t etf_size(Term t, const EtfEncodeOptions& options = {});

}  // namespace joist
