#include "vm/jit/perf_map.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "vm/term/atom.hpp"

namespace joist {

bool perf_map_wanted() {
  static const bool wanted = std::getenv("JOIST_PERF_MAP") != nullptr;
  return wanted;
}

void perf_map_add(const void* code, std::size_t bytes, Term module, Term function, std::uint32_t arity) {
  static std::FILE* file = std::fopen(("/tmp/perf-" + std::to_string(getpid()) + ".map").c_str(), "w");
  if (file == nullptr) return;
  const auto m = atom_text(module), f = atom_text(function);
  std::fprintf(file, "%lx %zx $%.*s:%.*s/%u\n", reinterpret_cast<unsigned long>(code), bytes,
               static_cast<int>(m.size()), m.data(), static_cast<int>(f.size()), f.data(), arity);
  std::fflush(file);
}

}  // namespace joist
