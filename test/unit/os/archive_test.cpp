// vm/os/archive.hpp: the archive at the end of a program, whole and damaged.
#include "vm/os/archive.hpp"

#include <zlib.h>

#include <catch2/catch.hpp>
#include <cstring>

using namespace joist;

namespace {

std::string bytes(std::initializer_list<std::pair<std::uint32_t, int>> numbers) {
  std::string s;
  for (const auto& [value, size] : numbers)
    for (int i = 0; i < size; ++i) s += static_cast<char>(std::uint64_t{value} >> 8 * i);
  return s;
}

std::string deflated(const std::string& text) {
  std::string out(text.size() + 64, '\0');
  z_stream z{};
  deflateInit2(&z, 6, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

struct Zip {
  std::string files, directory;
  std::uint32_t count = 0;

  void add(const std::string& name, const std::string& text, bool compressed) {
    const std::string packed = compressed ? deflated(text) : text;
    const auto size = [](const std::string& s) { return static_cast<std::uint32_t>(s.size()); };
    const std::string common = bytes({{20, 2},
                                      {0, 2},
                                      {compressed ? 8u : 0u, 2},
                                      {0, 4},
                                      {0, 4},
                                      {size(packed), 4},
                                      {size(text), 4},
                                      {size(name), 2},
                                      {0, 2}});
    directory +=
        bytes({{0x02014b50, 4}, {20, 2}}) + common + bytes({{0, 6}, {0, 4}, {size(files), 4}}) + name;
    files += bytes({{0x04034b50, 4}}) + common + name + packed;
    ++count;
  }
  std::string all() const {
    return files + directory +
           bytes({{0x06054b50, 4},
                  {0, 4},
                  {count, 2},
                  {count, 2},
                  {static_cast<std::uint32_t>(directory.size()), 4},
                  {static_cast<std::uint32_t>(files.size()), 4},
                  {0, 2}});
  }
};

std::string text_of(const Archive::Entry* e) {
  REQUIRE(e != nullptr);
  std::string text(e->size, '\0');
  return Archive::unpack(*e, text.data()) ? text : "damaged";
}

Zip sample() {
  Zip zip;
  zip.add("b/two", std::string(1000, 'x'), true);
  zip.add("a", "one", false);
  zip.add("b/c/three", "3", false);
  zip.add("b-not-below-b", "", false);
  return zip;
}

}  // namespace

TEST_CASE("an archive behind other bytes shows its files and folders") {
  const std::string all = "a program" + sample().all();
  const auto archive = Archive::read(all);
  REQUIRE(archive);
  CHECK(text_of(archive->find("a")) == "one");
  CHECK(text_of(archive->find("b/two")) == std::string(1000, 'x'));
  CHECK(archive->find("b") == nullptr);
  CHECK(archive->is_folder("b"));
  CHECK(archive->is_folder("b/c"));
  CHECK(archive->is_folder(""));
  CHECK(!archive->is_folder("a"));
  CHECK(!archive->is_folder("none"));
  const auto names = [&](const char* folder) {
    std::string all_names;
    archive->list(folder, [&](std::string_view n) { all_names += std::string(n) + " "; });
    return all_names;
  };
  CHECK(names("") == "a b-not-below-b b ");
  CHECK(names("b") == "c two ");
  CHECK(names("none").empty());
}

TEST_CASE("what is no archive, or a damaged one, is refused or harmless") {
  CHECK(!Archive::read(""));
  CHECK(!Archive::read(std::string(100, 'x')));
  const std::string all = sample().all();
  for (std::size_t n = 1; n < all.size(); ++n)
    CHECK(!Archive::read(std::string_view(all).substr(0, all.size() - n)));
  for (std::size_t at = 0; at < all.size(); ++at) {
    std::string damaged = all;
    damaged[at] = static_cast<char>(damaged[at] ^ 0xa5);
    const std::string copy(damaged);  // of its exact size, for the address sanitizer
    const auto archive = Archive::read(copy);
    if (!archive) continue;
    for (const Archive::Entry& e : archive->entries()) {
      if (e.size > 1 << 20) continue;
      std::string text(e.size, '\0');
      Archive::unpack(e, text.data());
    }
  }
}
