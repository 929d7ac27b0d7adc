// beam_file.hpp -- the container of a .beam file: FOR1, BEAM, and its chunks.
// Owner: nobody, all spans point into the caller's image, which must outlive them.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "loader/load_error.hpp"

namespace joist {

using ByteSpan = std::span<const std::uint8_t>;

struct BeamFile {
  struct Chunk {
    std::array<char, 4> id;
    ByteSpan data;
    std::string_view name() const { return {id.data(), 4}; }
  };
  std::vector<Chunk> chunks;  // in the file's order

  // The first chunk of that name, or null.
  const Chunk* find(std::string_view name) const;
  // Its data, empty if there is none.
  ByteSpan data(std::string_view name) const;
};

// Fills `file` from an uncompressed image.
std::optional<LoadError> read_beam_file(ByteSpan image, BeamFile& file);
// A .beam file may be gzip-compressed as a whole: returns the plain image then, nullopt if it is not
// compressed (or is damaged, which read_beam_file will say).
std::optional<std::vector<std::uint8_t>> unzip_beam_file(ByteSpan image);

// The MD5 that names a version of a module: over the chunks that make up its code.
std::array<std::uint8_t, 16> module_md5(const BeamFile& file);

}  // namespace joist
