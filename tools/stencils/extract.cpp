// extract.cpp -- stencils OUTPUT.S OBJECT... : takes the stencils out of object files.
//
// Each stencil is a function in a section of its own (-ffunction-sections) whose relocations name its holes:
// vm/jit/stencil.hpp. What comes out is assembly with the tables of vm/jit/stencil_table.hpp. A stencil whose
// code refers to anything else (a constant the compiler put into memory, a function it called) cannot be
// copied: it is left out, with its name on standard error when --verbose is given, and the interpreter's
// handler runs in its place.
// ELF: System V ABI, AMD64 supplement.
#include <elf.h>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "vm/jit/stencil_table.hpp"

namespace {

using joist::HoleHow;

struct Hole {
  std::uint64_t at;
  unsigned what;
  HoleHow how;
  std::int64_t addend;
};
struct Stencil {
  std::string symbol;
  std::vector<unsigned char> code;
  std::vector<Hole> holes;
};

std::vector<char> read_file(const char* path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::optional<unsigned> hole_of(const std::string& symbol) {
  const auto numbered = [&](const char* prefix, unsigned base) -> std::optional<unsigned> {
    const std::size_t n = std::strlen(prefix);
    if (symbol.compare(0, n, prefix) != 0 || symbol.size() != n + 1) return std::nullopt;
    return base + static_cast<unsigned>(symbol[n] - '0');
  };
  if (const auto n = numbered("joist_operand_", 0)) return n;
  if (const auto n = numbered("joist_label_", 8)) return n;
  if (symbol == "joist_here") return 16;
  if (symbol == "joist_next") return 17;
  if (symbol == "joist_slow") return 18;
  if (symbol == "joist_raise") return 19;
  return std::nullopt;
}

// All stencils of one object file; those with other references are named in `left_out`.
void extract(const char* path, std::vector<Stencil>& stencils, std::vector<std::string>& left_out) {
  const std::vector<char> file = read_file(path);
  const auto* header = reinterpret_cast<const Elf64_Ehdr*>(file.data());
  if (file.size() < sizeof *header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0) {
    std::fprintf(stderr, "stencils: %s is not an ELF file\n", path);
    std::exit(1);
  }
  const auto* sections = reinterpret_cast<const Elf64_Shdr*>(file.data() + header->e_shoff);
  const Elf64_Shdr* symbol_table = nullptr;
  for (int i = 0; i < header->e_shnum; ++i)
    if (sections[i].sh_type == SHT_SYMTAB) symbol_table = &sections[i];
  const auto* symbols = reinterpret_cast<const Elf64_Sym*>(file.data() + symbol_table->sh_offset);
  const std::size_t symbol_count = symbol_table->sh_size / sizeof(Elf64_Sym);
  const char* names = file.data() + sections[symbol_table->sh_link].sh_offset;

  std::vector<const Elf64_Shdr*> relocations_of(header->e_shnum, nullptr);
  for (int i = 0; i < header->e_shnum; ++i)
    if (sections[i].sh_type == SHT_RELA) relocations_of[sections[i].sh_info] = &sections[i];

  for (std::size_t i = 0; i < symbol_count; ++i) {
    const Elf64_Sym& s = symbols[i];
    const std::string name = names + s.st_name;
    if (ELF64_ST_TYPE(s.st_info) != STT_FUNC || name.find("7StencilI") == std::string::npos ||
        name.find("4codeE") == std::string::npos || s.st_shndx == SHN_UNDEF)
      continue;
    Stencil stencil{name, {}, {}};
    const char* code = file.data() + sections[s.st_shndx].sh_offset + s.st_value;
    stencil.code.assign(code, code + s.st_size);
    bool usable = s.st_value == 0 && s.st_size < 0xffff;
    if (const Elf64_Shdr* table = relocations_of[s.st_shndx]) {
      const auto* relocations = reinterpret_cast<const Elf64_Rela*>(file.data() + table->sh_offset);
      for (std::size_t r = 0; r < table->sh_size / sizeof(Elf64_Rela); ++r) {
        const auto what = hole_of(names + symbols[ELF64_R_SYM(relocations[r].r_info)].st_name);
        HoleHow how = HoleHow::absolute32;
        switch (ELF64_R_TYPE(relocations[r].r_info)) {
          case R_X86_64_32:
          case R_X86_64_32S: how = HoleHow::absolute32; break;
          case R_X86_64_64: how = HoleHow::absolute64; break;
          case R_X86_64_PC32:
          case R_X86_64_PLT32: how = HoleHow::relative32; break;
          default: usable = false;
        }
        if (!what) {
          usable = false;
          break;
        }
        stencil.holes.push_back({relocations[r].r_offset, *what, how, relocations[r].r_addend});
      }
    }
    if (usable)
      stencils.push_back(std::move(stencil));
    else
      left_out.push_back(name);
  }
}

// Symbol of the interpreter's function for the stencil's variant: the same template arguments.
std::string handler_symbol(std::string symbol, const char* function) {
  symbol.replace(symbol.find("7StencilI"), 9, "7VariantI");
  const std::size_t constants = symbol.find("LNS_9ConstantsE");
  const std::size_t end = symbol.find("EE4codeE", constants);
  symbol.replace(constants, end + 8 - constants, std::string("E") + function + "E");
  // One name fewer has been mentioned before the parameters' types, so the last back reference moves by one.
  const std::size_t last = symbol.rfind("PmS");
  const std::size_t underscore = symbol.find('_', last + 3);
  std::string digits = symbol.substr(last + 3, underscore - last - 3);
  for (std::size_t i = digits.size(); i-- > 0;) {
    if (digits[i] == '0') {
      digits[i] = 'Z';
      continue;
    }
    digits[i] = digits[i] == 'A' ? '9' : static_cast<char>(digits[i] - 1);
    break;
  }
  if (digits.size() > 1 && digits[0] == '0') digits.erase(0, 1);
  return symbol.replace(last + 3, underscore - last - 3, digits);
}

int constants_of(const std::string& symbol) { return symbol[symbol.find("LNS_9ConstantsE") + 15] - '0'; }

void write(const char* path, const std::vector<Stencil>& stencils, std::size_t left_out) {
  std::FILE* out = std::fopen(path, "w");
  if (out == nullptr) {
    std::fprintf(stderr, "stencils: cannot write %s\n", path);
    std::exit(1);
  }
  std::fprintf(out, ".section .rodata\n.balign 16\n.global joist_stencil_infos\njoist_stencil_infos:\n");
  std::size_t code_at = 0, hole_at = 0;
  for (const Stencil& s : stencils) {
    bool slow = false, falls_through = false;
    for (const Hole& h : s.holes) {
      slow |= h.what == 18;
      falls_through |= h.what == 17 && h.at + 4 == s.code.size() && s.code[h.at - 1] == 0xe9;
    }
    std::fprintf(out, ".long %s - .\n", handler_symbol(s.symbol, "7handler").c_str());
    if (slow)
      std::fprintf(out, ".long %s - .\n", handler_symbol(s.symbol, "12slow_handler").c_str());
    else
      std::fprintf(out, ".long 0\n");
    std::fprintf(out, ".long %zu, %zu\n.short %zu, %zu\n.byte %d, %d\n.short 0\n", code_at, hole_at,
                 s.code.size(), s.holes.size(), constants_of(s.symbol), falls_through ? 1 : 0);
    code_at += s.code.size();
    hole_at += s.holes.size();
  }
  std::fprintf(out, ".global joist_stencil_count\njoist_stencil_count: .long %zu\n", stencils.size());
  std::fprintf(out, ".global joist_stencils_left_out\njoist_stencils_left_out: .long %zu\n", left_out);
  std::fprintf(out, ".balign 8\n.global joist_stencil_holes\njoist_stencil_holes:\n");
  for (const Stencil& s : stencils)
    for (const Hole& h : s.holes)
      std::fprintf(out, ".short %llu\n.byte %u, %u\n.long %lld\n", static_cast<unsigned long long>(h.at),
                   h.what, static_cast<unsigned>(h.how), static_cast<long long>(h.addend));
  std::fprintf(out, ".global joist_stencil_code\njoist_stencil_code:\n");
  for (const Stencil& s : stencils) {
    std::fprintf(out, ".byte ");
    for (std::size_t i = 0; i < s.code.size(); ++i) std::fprintf(out, i == 0 ? "%u" : ",%u", s.code[i]);
    std::fprintf(out, "\n");
  }
  std::fprintf(out, ".section .note.GNU-stack,\"\",@progbits\n");
  std::fclose(out);
}

}  // namespace

int main(int argc, char** argv) {
  bool verbose = false;
  std::vector<const char*> paths;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--verbose") == 0)
      verbose = true;
    else
      paths.push_back(argv[i]);
  }
  if (paths.size() < 2) {
    std::fprintf(stderr, "usage: stencils [--verbose] OUTPUT.S OBJECT...\n");
    return 2;
  }
  std::vector<Stencil> stencils;
  std::vector<std::string> left_out;
  for (std::size_t i = 1; i < paths.size(); ++i) extract(paths[i], stencils, left_out);
  write(paths[0], stencils, left_out.size());
  if (verbose)
    for (const std::string& name : left_out) std::fprintf(stderr, "left out: %s\n", name.c_str());
  std::printf("%zu stencils, %zu left out\n", stencils.size(), left_out.size());
  return stencils.empty() ? 1 : 0;
}
