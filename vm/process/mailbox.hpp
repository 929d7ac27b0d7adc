// mailbox.hpp -- messages a process has received, matched in order, and the signals on their way to it.
//
// Senders push signals on a lock-free stack (incoming); the owner takes all of them at once, reverses them
// and handles each in order: a message goes to the end of the inner queue, others are acted on.
// Owner: the process. Threads: only incoming_ is shared. GC: terms of queued messages are roots once their
// fragment is adopted; before, they lie in the fragment.
#pragma once
#include <atomic>

#include "gc/fragment.hpp"

namespace joist {

class Process;

// One signal. Kinds other than message are handled by a function, run by the receiver.
struct Signal {
  enum class Kind : std::uint8_t { message, other };
  Signal* next = nullptr;
  HeapFragment* fragment = nullptr;  // terms of this signal
  Term term = Term::none();          // the message, or the kind's payload
  Term from = Term::none();          // sender where the kind needs it (immediate or in fragment)
  Term token = Term::nil();          // sequential trace token
  Kind kind = Kind::message;
  // Handles the signal in the receiver's context; frees what it does not keep.
  void (*handle)(Process& receiver, Signal* self) = nullptr;
  Word extra[2] = {};                // for the kind's own use

  static Signal* make();
  static void free(Signal* s);       // the fragment, too
};

class Mailbox {
 public:
  // ---- any thread ----
  // Returns true if the queue was empty before.
  bool push(Signal* s) {
    Signal* head = incoming_.load(std::memory_order_relaxed);
    do s->next = head;
    while (!incoming_.compare_exchange_weak(head, s, std::memory_order_release, std::memory_order_relaxed));
    return head == nullptr;
  }
  bool has_incoming() const { return incoming_.load(std::memory_order_acquire) != nullptr; }

  // ---- the owner ----
  // All incoming signals in order of arrival, a chain through next.
  Signal* take_incoming();
  void append(Signal* message);

  // The receive cursor: the message to look at next, or null at the end of the inner queue.
  Signal* current() const { return *cursor_; }
  void advance() { cursor_ = &(*cursor_)->next; }
  void rewind() { cursor_ = &first_; }
  // Unlinks the current message and rewinds; the caller owns it now.
  Signal* remove_current();
  std::size_t length() const { return length_; }
  Signal* first() const { return first_; }

  // Receive markers: receives that only match messages holding a new reference skip what is older.
  void set_marker(Term ref_or_reserved);  // remember the current end of the queue for `ref`
  Term reserve_marker();                  // a fresh marker for the current end; bind later
  void bind_marker(Term marker, Term ref);
  void use_marker(Term ref);              // cursor to the marked place if `ref` is marked
  void clear_marker(Term ref);

  void clear();                           // frees everything, at exit

 private:
  friend class Process;
  std::atomic<Signal*> incoming_{nullptr};
  Signal* first_ = nullptr;
  Signal** last_ = &first_;
  Signal** cursor_ = &first_;
  std::size_t length_ = 0;

  struct Marker {
    Word id = 0;              // number of reserve_marker(), 0 = free
    Word ref[2] = {};         // key of the reference it is bound to
    Signal** position = nullptr;
  };
  static constexpr int kMarkers = 8;
  Marker markers_[kMarkers];
  Word next_marker_ = 0;
};

}  // namespace joist
