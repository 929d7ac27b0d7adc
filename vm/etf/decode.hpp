// decode.hpp -- external term format (binary_to_term, literals of .beam files, messages of other nodes) ->
// terms.
//
// Input is not trusted: every length is checked against the bytes that are left before anything is allocated,
// nesting of any depth takes no C++ stack, and a failure leaves nothing in the heap that a walk could stumble
// on. GC: builds into a Heap&, which never moves terms.
#pragma once
#include <span>
#include <string_view>

#include "vm/term/heap.hpp"

namespace joist {

struct EtfOptions {
  bool local = false;                     // written with EtfEncodeOptions::local
  bool safe = false;                      // refuse terms that need a new atom
  std::span<const Term> atom_cache = {};  // what ATOM_CACHE_REF (82) refers to; distribution only
};

struct EtfResult {
  Term term = Term::none();  // none(): refused, `error` says why
  std::size_t used = 0;      // bytes read, the version byte and any compressed data included
  const char* error = nullptr;
  explicit operator bool() const { return !term.is_none(); }
};

// A whole external term: version byte 131, perhaps compressed. Bytes after it are left alone.
EtfResult decode_etf(Heap& heap, std::span<const std::uint8_t> bytes, const EtfOptions& options = {});
// The same without version byte, as in distribution frames.
EtfResult decode_etf_body(Heap& heap, std::span<const std::uint8_t> bytes, const EtfOptions& options = {});

}  // namespace joist
