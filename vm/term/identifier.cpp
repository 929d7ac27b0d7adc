#include "vm/term/identifier.hpp"

#include <algorithm>
#include <deque>
#include <random>

#include "vm/base/lock.hpp"
#include "vm/term/atom.hpp"
#include "vm/term/magic.hpp"

namespace joist {
namespace {

Node local_node{am::nonode_at_nohost, 0, 0};

Mutex<LockLevel::node_table> nodes_mutex;
std::deque<Node>& other_nodes() {
  static std::deque<Node> nodes;
  return nodes;
}

// A new reference's number is a counter that is the thread's own, so that making one writes nothing shared:
//   number 0: bits 0-17 of the counter     number 1: bits 18-37, then the thread (12 bits)
//   number 2: a random start + the rest of the counter
// so references made by one thread sort in the order they were made. Threads beyond the first 4095 share a
// counter as thread 0.
constexpr Word kRefThreadBits = 12;
constexpr Word kRefThreads = Word{1} << kRefThreadBits;
constexpr Word kLowBits = 18;  // OTP: number 0 of a reference has 18 bits
constexpr Word kMiddleBits = 32 - kRefThreadBits;

std::uint32_t random_start() {
  std::random_device device;
  return device() | 1;  // never 0: trailing zero numbers of a reference do not count in comparisons
}

std::atomic<Word> shared_ref_counter;
std::atomic<Word> ref_threads{1};

RefKey next_ref_key() {
  static const std::uint32_t start = random_start();
  thread_local const Word thread = [] {
    const Word n = ref_threads.fetch_add(1, std::memory_order_relaxed);
    return n < kRefThreads ? n : 0;
  }();
  thread_local Word counter = 0;
  const Word n = thread != 0 ? ++counter : shared_ref_counter.fetch_add(1, std::memory_order_relaxed) + 1;
  const Word low = n & ((Word{1} << kLowBits) - 1);
  const Word middle = n >> kLowBits & ((Word{1} << kMiddleBits) - 1);
  const Word high = start + (n >> (kLowBits + kMiddleBits));
  return {(middle << kRefThreadBits | thread) << 32 | low, high & 0xffffffffu};
}

Term make_ref_with(Heap& h, RefKey key) {
  Word* w = h.alloc(kRefWords);
  w[0] = make_header(BoxKind::ref, kRefWords - 1);
  w[1] = key.a;
  w[2] = key.b;
  return Term::boxed(w);
}

// One of the other nodes, even if it is called as this one is.
Node* find_or_make_node_named(Term name, std::uint32_t creation) {
  Locked lock(nodes_mutex);
  // Nodes that differ in creation only print the same number; there are few nodes, so a scan will do.
  std::uint32_t number = 0, last_number = 0;
  for (Node& node : other_nodes()) {
    if (node.name == name) {
      if (node.creation == creation) return &node;
      number = node.number;
    }
    if (node.number > last_number) last_number = node.number;
  }
  return &other_nodes().emplace_back(Node{name, creation, number != 0 ? number : last_number + 1});
}

}  // namespace

Node* this_node() { return &local_node; }

// The name that it had stays known, as identifiers of that time are.
void set_this_node(Term name, std::uint32_t creation) {
  const Node before = local_node;
  if (before.name != name) find_or_make_node_named(before.name, before.creation);
  Locked lock(nodes_mutex);
  local_node.name = name;
  local_node.creation = creation;
}

Node* find_or_make_node(Term name, std::uint32_t creation) {
  {
    Locked lock(nodes_mutex);
    if (local_node.name == name && local_node.creation == creation) return &local_node;
  }
  return find_or_make_node_named(name, creation);
}

std::vector<Term> other_node_names() {
  Locked lock(nodes_mutex);
  std::vector<Term> names;
  for (const Node& node : other_nodes())
    if (node.name != local_node.name && std::find(names.begin(), names.end(), node.name) == names.end())
      names.push_back(node.name);
  return names;
}

Node* find_node_by_number(std::uint32_t number) {
  if (number == 0) return &local_node;
  Locked lock(nodes_mutex);
  Node* found = nullptr;
  for (Node& node : other_nodes())
    if (node.number == number) found = &node;
  return found;
}

Term make_external_pid(Heap& h, Node* node, std::uint32_t number, std::uint32_t serial) {
  if (node == &local_node) return make_local_pid(number & ((1u << kPidNumberBits) - 1), serial);
  Word* w = h.alloc(4);
  w[0] = make_header(BoxKind::external_pid, 3);
  w[1] = reinterpret_cast<Word>(node);
  w[2] = number;
  w[3] = serial;
  return Term::boxed(w);
}

Term make_external_port(Heap& h, Node* node, std::uint64_t number) {
  if (node == &local_node && number >> 58 == 0) return Term::port(number);
  Word* w = h.alloc(3);
  w[0] = make_header(BoxKind::external_port, 2);
  w[1] = reinterpret_cast<Word>(node);
  w[2] = number;
  return Term::boxed(w);
}

Node* node_of(Term t) {
  if (!t.is_boxed()) return &local_node;
  const BoxKind kind = t.box_kind();
  const bool external =
      kind == BoxKind::external_pid || kind == BoxKind::external_port || kind == BoxKind::external_ref;
  return external ? reinterpret_cast<Node*>(t.box_words()[1]) : &local_node;
}

Term make_ref(Heap& h) { return make_ref_with(h, next_ref_key()); }

Term make_alias_ref(Heap& h, Term local_pid) {
  const RefKey key = next_ref_key();
  Word* w = h.alloc(kAliasRefWords);
  w[0] = make_header(BoxKind::ref, kAliasRefWords - 1);
  w[1] = key.a;
  w[2] = key.b;
  w[3] = local_pid.bits;
  return Term::boxed(w);
}

Term make_ref_from(Heap& h, const RefNumbers& n) {
  const auto number = [&](std::uint32_t i) { return i < n.count ? Word{n.n[i]} : Word{0}; };
  return make_ref_with(h, {number(1) << 32 | number(0), number(2)});
}

Term make_external_ref(Heap& h, Node* node, const RefNumbers& n) {
  if (node == &local_node && n.count <= 3) return make_ref_from(h, n);
  Word* w = h.alloc(3 + n.count);
  w[0] = make_header(BoxKind::external_ref, 2 + n.count);
  w[1] = reinterpret_cast<Word>(node);
  w[2] = n.count;
  for (std::uint32_t i = 0; i < n.count; ++i) w[3 + i] = n.n[i];
  return Term::boxed(w);
}

RefNumbers ref_numbers(Term ref) {
  const Word* w = ref.box_words();
  RefNumbers result{};
  if (header_kind(w[0]) == BoxKind::external_ref) {
    result.count = static_cast<std::uint32_t>(w[2]);
    for (std::uint32_t i = 0; i < result.count; ++i) result.n[i] = static_cast<std::uint32_t>(w[3 + i]);
  } else {
    result = {{static_cast<std::uint32_t>(w[1]), static_cast<std::uint32_t>(w[1] >> 32),
               static_cast<std::uint32_t>(w[2]), 0, 0},
              3};
  }
  return result;
}

Term alias_pid(Term ref) {
  const Word* w = ref.box_words();
  return header_kind(w[0]) == BoxKind::ref && header_words(w[0]) == kAliasRefWords - 1 ? Term{w[3]}
                                                                                       : Term::none();
}

Term make_magic_ref(Heap& h, MagicObject* object) { return make_magic_ref_again(h, object, next_ref_key()); }

Term make_magic_ref_again(Heap& h, MagicObject* object, RefKey number) {
  Word* w = h.alloc(kMagicRefWords);
  w[0] = make_header(BoxKind::magic_ref, kMagicRefWords - 1);
  w[1] = number.a;
  w[2] = number.b;
  w[3] = reinterpret_cast<Word>(object);
  object->retain();
  h.link_off_heap(w, 0);
  return Term::boxed(w);
}

}  // namespace joist
