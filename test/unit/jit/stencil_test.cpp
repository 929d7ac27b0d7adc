// The stencils that the build took out of the object files.
#if JOIST_JIT
#include <catch2/catch.hpp>
#include <set>

#include "vm/jit/stencil_table.hpp"

using namespace joist;

namespace {

std::uintptr_t handler_of(const StencilInfo& s) {
  return reinterpret_cast<std::uintptr_t>(&s.handler) + static_cast<std::uintptr_t>(std::intptr_t{s.handler});
}

}  // namespace

TEST_CASE("every fast path has become a stencil", "[jit]") { CHECK(joist_stencils_left_out == 0); }

TEST_CASE("stencils are told apart by handler and constants", "[jit]") {
  std::set<std::pair<std::uintptr_t, int>> seen;
  for (std::uint32_t i = 0; i < joist_stencil_count; ++i) {
    const StencilInfo& s = joist_stencil_infos[i];
    CHECK(s.constants < 3);
    CHECK(seen.emplace(handler_of(s), s.constants).second);
  }
}

TEST_CASE("holes lie inside their stencils, and apart", "[jit]") {
  for (std::uint32_t i = 0; i < joist_stencil_count; ++i) {
    const StencilInfo& s = joist_stencil_infos[i];
    std::set<unsigned> taken;
    for (std::uint32_t h = s.first_hole; h < s.first_hole + s.hole_count; ++h) {
      const StencilHole& hole = joist_stencil_holes[h];
      const unsigned size = hole.how == HoleHow::absolute64 ? 8 : 4;
      REQUIRE(hole.at + size <= s.size);
      CHECK(hole.what <= static_cast<unsigned>(HoleWhat::raise));
      for (unsigned byte = hole.at; byte < hole.at + size; ++byte) CHECK(taken.insert(byte).second);
    }
    if (s.falls_through) {
      REQUIRE(s.size >= 5);
      CHECK(joist_stencil_code[s.code + s.size - 5] == 0xe9);  // jmp
    }
  }
}
#endif
