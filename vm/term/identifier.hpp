// identifier.hpp -- pids, ports and references, local and of other nodes.
//
// Local pid data (58 bits): low bits are the number that <0.N.S> prints as N (28 bits), then S.
// Process table slot = N modulo the (power of two) table size.
#pragma once
#include <vector>

#include "vm/term/heap.hpp"

namespace joist {

// A node known by name and creation; one per pair, never freed.
struct Node {
  Term name;  // atom
  std::uint32_t creation;
  std::uint32_t number;  // the X of <X.N.S>: 0 is this node
};
Node* find_or_make_node(Term name, std::uint32_t creation);
// This node. Its name and creation change when distribution starts (erlang:setnode).
Node* this_node();
void set_this_node(Term name, std::uint32_t creation);
// Names of the nodes known besides this one, oldest first, each once.
std::vector<Term> other_node_names();
// The newest known node that prints as <number.N.S>, or null.
Node* find_node_by_number(std::uint32_t number);

constexpr Word kPidNumberBits = 28;
inline std::uint32_t pid_number(Term local_pid) {
  return local_pid.pid_data() & ((1u << kPidNumberBits) - 1);
}
inline std::uint32_t pid_serial(Term local_pid) {
  return static_cast<std::uint32_t>(local_pid.pid_data() >> kPidNumberBits);
}
inline Term make_local_pid(Word number, Word serial) { return Term::pid(serial << kPidNumberBits | number); }

// For this_node() the three functions make_external_* give the local term.
// External pid: header, Node*, number, serial. Port: header, Node*, number (64 bit).
Term make_external_pid(Heap& h, Node* node, std::uint32_t number, std::uint32_t serial);
Term make_external_port(Heap& h, Node* node, std::uint64_t number);
Node* node_of(Term pid_port_or_ref);  // this_node() for local ones

// References. A local one has 3 numbers of 32 bits when printed (#Ref<0.c.b.a>) and in the external format:
// word 1 = number 0 (18 bits used by OTP) | number 1 << 32; word 2 = number 2.
struct RefNumbers {
  std::uint32_t n[5];
  std::uint32_t count;
};
constexpr std::size_t kRefWords = 3;
constexpr std::size_t kAliasRefWords = 4;
Term make_ref(Heap& h);                            // new, unique
Term make_alias_ref(Heap& h, Term local_pid);      // new, addressing a process
Term make_ref_from(Heap& h, const RefNumbers& n);  // a local one seen before (binary_to_term)
Term make_external_ref(Heap& h, Node* node, const RefNumbers& n);
RefNumbers ref_numbers(Term ref);
// The pid that an alias addresses, or none().
Term alias_pid(Term ref);
// Key of a local ref (or magic_ref): equal keys, equal refs.
struct RefKey {
  Word a, b;
  friend auto operator<=>(const RefKey&, const RefKey&) = default;
};
inline RefKey ref_key(Term local_ref) { return {local_ref.box_words()[1], local_ref.box_words()[2]}; }
// A magic reference to `object` (retained) with a new number.
class MagicObject;
Term make_magic_ref(Heap& h, MagicObject* object);
// Again a reference with the number of an earlier one.
Term make_magic_ref_again(Heap& h, MagicObject* object, RefKey number);

}  // namespace joist
