// etf_fuzz.cpp -- any bytes as external term. What is accepted must come back the same after encoding it
// again.
#include "gc/literal.hpp"
#include "vm/base/flags.hpp"
#include "vm/etf/decode.hpp"
#include "vm/etf/encode.hpp"
#include "vm/term/compare.hpp"

using namespace joist;

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  flags.atom_limit = std::size_t{1} << 26;
  init_literal_range();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  BlockHeap heap;
  const EtfResult r = decode_etf(heap, {data, size});
  if (!r) return 0;
  require(r.used <= size, "more bytes read than there are");
  for (const EtfEncodeOptions& options :
       {EtfEncodeOptions{}, EtfEncodeOptions{.minor_version = 2, .deterministic = true}}) {
    std::string bytes;
    encode_etf(bytes, r.term, options);
    require(etf_size(r.term, options) == bytes.size(), "the computed size is wrong");
    BlockHeap again;
    const EtfResult second =
        decode_etf(again, {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
    require(static_cast<bool>(second), "an encoded term cannot be decoded");
    require(equal_exact(r.term, second.term), "a term has changed on its way through the external format");
  }
  return 0;
}
