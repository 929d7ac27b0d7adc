// The table has two parts. Entries lie in chunks that never move, found by index through a fixed directory.
// The index from text to entry is an open-addressed array of (hash, index) words; a writer that finds it
// three quarters full publishes a larger copy and leaves the old one to readers that may still be in it
// (all old ones together are smaller than the current one).
#include "vm/term/atom.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "vm/base/flags.hpp"
#include "vm/base/lock.hpp"

namespace joist {
namespace {

struct Entry {
  const char* text;
  std::uint16_t bytes;
  std::uint16_t characters;
  std::uint32_t order_key;
  std::uint32_t hash;
  std::uint32_t number;
};

constexpr std::uint32_t kNoNumber = UINT32_MAX;
constexpr std::size_t kChunkBits = 12;
constexpr std::size_t kChunkEntries = std::size_t{1} << kChunkBits;
constexpr std::size_t kMaxChunks = std::size_t{1} << 16;

std::atomic<Entry*> chunks[kMaxChunks];
std::atomic<std::uint32_t> atoms_made;
std::atomic<std::uint32_t> numbers_given;  // written under the table's lock
thread_local std::vector<Term>* unnumbered = nullptr;

struct Index {
  std::size_t mask;
  Index* previous;                     // the smaller one that this one replaced
  std::atomic<std::uint64_t> slots[];  // hash << 32 | atom index + 1; 0 is free

  static Index* make(std::size_t capacity) {
    void* memory = std::calloc(1, sizeof(Index) + capacity * sizeof(std::uint64_t));
    require(memory != nullptr, "no memory for the atom table");
    auto* index = static_cast<Index*>(memory);
    index->mask = capacity - 1;
    return index;
  }
  void add(std::uint64_t slot_value) {
    std::size_t at = spread(static_cast<std::uint32_t>(slot_value >> 32)) & mask;
    while (slots[at].load(std::memory_order_relaxed) != 0) at = (at + 1) & mask;
    slots[at].store(slot_value, std::memory_order_release);
  }
  // hashpjw has only 28 bits and clusters, so it is mixed before it is used as a position.
  static std::size_t spread(std::uint32_t hash) {
    return static_cast<std::size_t>(hash * 0x9e3779b97f4a7c15u >> 32);
  }
};

std::atomic<Index*> current_index;
Mutex<LockLevel::atom_table> table_mutex;

Entry& entry_at(std::uint32_t index) {
  return chunks[index >> kChunkBits].load(std::memory_order_acquire)[index & (kChunkEntries - 1)];
}

// OTP: hashpjw over the text, where the characters U+0080..U+00FF count as one (Latin-1) byte.
std::uint32_t hash_text(std::string_view text) {
  std::uint32_t h = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto byte = static_cast<std::uint8_t>(text[i]);
    if (i + 1 < text.size() && (byte & 0xfe) == 0xc2 && (text[i + 1] & 0xc0) == 0x80)
      byte = static_cast<std::uint8_t>(byte << 6 | (text[++i] & 0x3f));
    h = (h << 4) + byte;
    const std::uint32_t top = h & 0xf0000000u;
    h ^= top >> 24 ^ top;
  }
  return h;
}

std::uint32_t first_bytes(std::string_view text) {
  std::uint32_t key = 0;
  for (std::size_t i = 0; i < 4; ++i)
    key = key << 8 | (i < text.size() ? static_cast<std::uint8_t>(text[i]) : 0u);
  return key;
}

Term find_in(const Index& index, std::string_view text, std::uint32_t hash) {
  for (std::size_t at = Index::spread(hash) & index.mask;; at = (at + 1) & index.mask) {
    const std::uint64_t slot = index.slots[at].load(std::memory_order_acquire);
    if (slot == 0) return Term::none();
    if (slot >> 32 != hash) continue;
    const auto number = static_cast<std::uint32_t>(slot) - 1;
    const Entry& e = entry_at(number);
    if (std::string_view(e.text, e.bytes) == text) return Term::atom(number);
  }
}

[[noreturn]] void table_full() {
  // OTP: the text and exit status of `erl` when the table overflows.
  std::fflush(stdout);
  std::fprintf(stderr, "no more index entries in atom_tab (max=%zu)\n\n", flags.atom_limit);
  std::_Exit(1);
}

// Texts are packed into blocks of their own: they are never freed.
const char* store_text(std::string_view text) {
  static char* block = nullptr;
  static std::size_t left = 0;
  if (text.size() > left) {
    left = std::size_t{1} << 16;
    block = static_cast<char*>(std::malloc(left));
    require(block != nullptr, "no memory for the atom table");
  }
  char* at = block;
  std::copy(text.begin(), text.end(), at);
  block += text.size();
  left -= text.size();
  return at;
}

// `text` must outlive the VM. The caller holds the lock or is alone.
Term add_entry(std::string_view text, std::uint32_t hash) {
  const std::uint32_t number = atoms_made.load(std::memory_order_relaxed);
  if (number >= flags.atom_limit || number >= kMaxChunks * kChunkEntries) table_full();
  Entry* chunk = chunks[number >> kChunkBits].load(std::memory_order_relaxed);
  if (chunk == nullptr) {
    chunk = static_cast<Entry*>(std::calloc(kChunkEntries, sizeof(Entry)));
    require(chunk != nullptr, "no memory for the atom table");
    chunks[number >> kChunkBits].store(chunk, std::memory_order_release);
  }
  const auto characters = static_cast<std::uint16_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
  chunk[number & (kChunkEntries - 1)] = {text.data(), static_cast<std::uint16_t>(text.size()),
                                         characters,  first_bytes(text),
                                         hash,        unnumbered == nullptr ? numbers_given++ : kNoNumber};
  Index* index = current_index.load(std::memory_order_relaxed);
  if (number >= (index->mask + 1) / 4 * 3) {
    Index* larger = Index::make((index->mask + 1) * 2);
    for (std::size_t i = 0; i <= index->mask; ++i)
      if (const std::uint64_t slot = index->slots[i].load(std::memory_order_relaxed)) larger->add(slot);
    larger->previous = index;
    current_index.store(larger, std::memory_order_release);
    index = larger;
  }
  atoms_made.store(number + 1, std::memory_order_release);
  index->add(std::uint64_t{hash} << 32 | (number + 1));
  return Term::atom(number);
}

[[gnu::cold, gnu::noinline]] std::uint32_t give_number(Entry& e) {
  Locked lock(table_mutex);
  const std::atomic_ref number(e.number);
  if (number.load() == kNoNumber) number.store(numbers_given++);
  return number.load();
}

inline Term numbered(Term atom) {
  Entry& e = entry_at(atom.atom_index());
  if (std::atomic_ref(e.number).load(std::memory_order_relaxed) == kNoNumber) [[unlikely]] {
    if (unnumbered != nullptr)
      unnumbered->push_back(atom);
    else
      give_number(e);
  }
  return atom;
}

// Runs before all other static objects, so that these may intern atoms.
struct KnownAtoms {
  KnownAtoms() {
    current_index.store(Index::make(std::size_t{1} << 15), std::memory_order_relaxed);
    static constexpr std::string_view texts[] = {
#define JOIST_ATOM(name, text) text,
#include "vm/term/atoms.def"
#undef JOIST_ATOM
    };
    const std::size_t limit = flags.atom_limit;
    flags.atom_limit = kMaxChunks * kChunkEntries;  // `flags` itself may not have been set up yet
    for (std::string_view text : texts) {
      const std::uint32_t hash = hash_text(text);
      require(find_in(*current_index.load(), text, hash).is_none(),
              "otp_atoms.def and atoms.def have a text twice");
      add_entry(text, hash);
    }
    flags.atom_limit = limit;
  }
};
[[gnu::init_priority(101)]] KnownAtoms known_atoms;

}  // namespace

Term intern(std::string_view utf8) {
  const std::uint32_t hash = hash_text(utf8);
  const Term found = find_in(*current_index.load(std::memory_order_acquire), utf8, hash);
  if (!found.is_none()) return numbered(found);
  Locked lock(table_mutex);
  const Term made_meanwhile = find_in(*current_index.load(std::memory_order_relaxed), utf8, hash);
  if (!made_meanwhile.is_none()) return made_meanwhile;
  const Term added = add_entry({store_text(utf8), utf8.size()}, hash);
  if (unnumbered != nullptr) unnumbered->push_back(added);
  return added;
}

Term find_atom(std::string_view utf8) {
  return find_in(*current_index.load(std::memory_order_acquire), utf8, hash_text(utf8));
}

std::string_view atom_text(Term atom) {
  const Entry& e = entry_at(atom.atom_index());
  return {e.text, e.bytes};
}

std::size_t atom_length(Term atom) { return entry_at(atom.atom_index()).characters; }
std::uint32_t atom_order_key(Term atom) { return entry_at(atom.atom_index()).order_key; }
std::uint32_t atom_hash(Term atom) { return entry_at(atom.atom_index()).hash; }
std::uint32_t atom_number(Term atom) {
  Entry& e = entry_at(atom.atom_index());
  const std::uint32_t number = std::atomic_ref(e.number).load(std::memory_order_relaxed);
  return number != kNoNumber ? number : give_number(e);
}

void number_atoms_anew(std::span<const std::string_view> first) {
  std::vector<Term> numbered;
  for (const std::string_view text : first) numbered.push_back(intern(text));
  for (std::uint32_t i = 0; i < atoms_made.load(); ++i) entry_at(i).number = kNoNumber;
  numbers_given = 0;
  for (const Term atom : numbered) entry_at(atom.atom_index()).number = numbers_given++;
}

std::size_t atoms_numbered() { return numbers_given.load(std::memory_order_acquire); }

UnnumberedAtoms::UnnumberedAtoms(std::vector<Term>& atoms) : outer_(std::exchange(unnumbered, &atoms)) {}
UnnumberedAtoms::~UnnumberedAtoms() { unnumbered = outer_; }

std::size_t atom_count() { return atoms_made.load(std::memory_order_acquire); }

}  // namespace joist
