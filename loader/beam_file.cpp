#include "loader/beam_file.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include "vm/base/byte_reader.hpp"
#include "vm/base/md5.hpp"

namespace joist {

const BeamFile::Chunk* BeamFile::find(std::string_view name) const {
  for (const Chunk& c : chunks)
    if (c.name() == name) return &c;
  return nullptr;
}

ByteSpan BeamFile::data(std::string_view name) const {
  const Chunk* c = find(name);
  return c != nullptr ? c->data : ByteSpan{};
}

std::optional<LoadError> read_beam_file(ByteSpan image, BeamFile& file) {
  file.chunks.clear();
  if (image.size() < 12) return LoadError{fmt::format("not a BEAM file: only {} bytes", image.size())};
  try {
    ByteReader in(image);
    if (in.text(4) != "FOR1") return LoadError{"not a BEAM file: it does not begin with FOR1"};
    const std::size_t size = in.u32();
    if (in.text(4) != "BEAM") return LoadError{"not a BEAM file: BEAM expected at byte 8"};
    if (size < 4 || size > image.size() - 8)
      return LoadError{
          fmt::format("truncated BEAM file: it should have {} bytes, but has {}", size + 8, image.size())};
    in = ByteReader(image.subspan(12, size - 4));
    while (in.left() >= 8) {
      BeamFile::Chunk c;
      const std::string_view id = in.text(4);
      for (int i = 0; i < 4; ++i) c.id[i] = id[i];
      const std::size_t n = in.u32();
      if (n > in.left())
        return LoadError{fmt::format("truncated BEAM file: chunk '{}' should have {} bytes, but {} are left",
                                     id, n, in.left())};
      c.data = in.bytes(n);
      const std::size_t padding = (4 - n % 4) % 4;
      in.take(padding < in.left() ? padding : in.left());
      file.chunks.push_back(c);
    }
  } catch (const ShortInput&) {
    return LoadError{"truncated BEAM file"};
  }
  return std::nullopt;
}

std::optional<std::vector<std::uint8_t>> unzip_beam_file(ByteSpan image) {
  if (image.size() < 18 || image[0] != 0x1f || image[1] != 0x8b) return std::nullopt;
  z_stream z{};
  if (inflateInit2(&z, 16 + MAX_WBITS) != Z_OK) return std::nullopt;
  z.next_in = const_cast<std::uint8_t*>(image.data());
  z.avail_in = static_cast<uInt>(image.size());
  std::vector<std::uint8_t> plain(image.size() * 4);
  int status = Z_OK;
  while (status == Z_OK) {
    if (z.total_out == plain.size()) plain.resize(plain.size() * 2);
    z.next_out = plain.data() + z.total_out;
    z.avail_out = static_cast<uInt>(plain.size() - z.total_out);
    status = inflate(&z, Z_NO_FLUSH);
  }
  plain.resize(z.total_out);
  inflateEnd(&z);
  if (status != Z_STREAM_END) return std::nullopt;
  return plain;
}

std::array<std::uint8_t, 16> module_md5(const BeamFile& file) {
  Md5 md5;
  for (const std::string_view name :
       {"AtU8", "Atom", "Code", "StrT", "ImpT", "ExpT", "FunT", "LitT", "Meta"}) {
    ByteSpan data = file.data(name);
    if (name == "Atom" && file.find("AtU8") != nullptr) continue;
    if (name == "FunT" && data.size() >= 4) {
      // OTP: a lambda's old uniq is itself derived from the MD5, so it counts as 0.
      md5.update(data.data(), 4);
      data = data.subspan(4);
      constexpr std::uint8_t zero[4] = {};
      for (; data.size() >= 24; data = data.subspan(24)) {
        md5.update(data.data(), 20);
        md5.update(zero, 4);
      }
    }
    md5.update(data.data(), data.size());
  }
  return md5.finish();
}

}  // namespace joist
