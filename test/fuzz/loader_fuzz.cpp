// loader_fuzz.cpp -- any bytes as .beam file: decoded, verified, translated, never run.
//
// Blind changes rarely get past the container, so the mutator takes the file apart, changes one chunk, and
// puts it together again with the right sizes; the literal table is changed in its uncompressed form.
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <random>

#include "bifs/bifs.hpp"
#include "gc/literal.hpp"
#include "loader/load.hpp"
#include "vm/base/flags.hpp"
#include "vm/interpreter/engine.hpp"
#include "vm/term/atom.hpp"

using namespace joist;

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace {

// Code is never run here, so that the names of the BIFs are enough: the functions behind them are not linked,
// which halves the time to build this program.
Term never_run(Call&) { return Term::none(); }

void register_bif_names() {
  const auto add = [](const char* module, const char* function, std::uint32_t arity, unsigned bif_flags) {
    BifInfo info{intern(module), intern(function), arity, never_run};
    info.guard = (bif_flags & kBifGuard) != 0;
    info.dirty = bif_flags & kBifDirtyCpu  ? DirtyKind::cpu
                 : bif_flags & kBifDirtyIo ? DirtyKind::io
                                           : DirtyKind::none;
    register_bif(info);
  };
#define JOIST_BIF(module, function, arity, cpp_function, bif_flags) add(#module, function, arity, bif_flags);
#define JOIST_BIF_MISSING(module, function, arity) add(#module, function, arity, 0);
#include "bifs/bifs.def"
#undef JOIST_BIF
#undef JOIST_BIF_MISSING
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  flags.atom_limit = std::size_t{1} << 26;
  init_literal_range();
  init_engine();
  register_bif_names();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  load_module({data, size});
  return 0;
}

namespace {

using Buffer = std::vector<std::uint8_t>;

Buffer plain_literals(ByteSpan data) {
  Buffer plain{0, 0, 0, 0};
  if (data.size() < 4) return plain;
  const std::uint32_t size =
      static_cast<std::uint32_t>(data[0]) << 24 | data[1] << 16 | data[2] << 8 | data[3];
  if (size == 0) return {data.begin(), data.end()};
  if (size > 1 << 20) return plain;
  plain.resize(4 + size);
  uLongf got = size;
  if (uncompress(plain.data() + 4, &got, data.data() + 4, data.size() - 4) != Z_OK) got = 0;
  plain.resize(4 + got);
  return plain;
}

void put_u32(Buffer& out, std::size_t v) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(v >> shift));
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned int seed) {
  std::minstd_rand random(seed);
  BeamFile file;
  if (read_beam_file({data, size}, file) || file.chunks.empty() || random() % 20 == 0)
    return LLVMFuzzerMutate(data, size, max_size);
  std::vector<Buffer> contents;
  for (const BeamFile::Chunk& c : file.chunks)
    contents.push_back(c.name() == "LitT" ? plain_literals(c.data) : Buffer(c.data.begin(), c.data.end()));
  std::size_t chosen = random() % contents.size();
  if (random() % 2 == 0)  // the code deserves half of all attempts
    for (std::size_t i = 0; i < contents.size(); ++i)
      if (file.chunks[i].name() == "Code") chosen = i;
  Buffer& b = contents[chosen];
  const std::size_t old_size = b.size();
  b.resize(old_size + 64);
  b.resize(LLVMFuzzerMutate(b.data(), old_size, b.size()));
  Buffer out{'F', 'O', 'R', '1', 0, 0, 0, 0, 'B', 'E', 'A', 'M'};
  for (std::size_t i = 0; i < contents.size(); ++i) {
    out.insert(out.end(), file.chunks[i].id.begin(), file.chunks[i].id.end());
    put_u32(out, contents[i].size());
    out.insert(out.end(), contents[i].begin(), contents[i].end());
    out.resize((out.size() + 3) / 4 * 4);
  }
  for (int i = 0; i < 4; ++i) out[4 + i] = static_cast<std::uint8_t>((out.size() - 8) >> (24 - 8 * i));
  if (out.size() > max_size) return LLVMFuzzerMutate(data, size, max_size);
  std::copy(out.begin(), out.end(), data);
  return out.size();
}
