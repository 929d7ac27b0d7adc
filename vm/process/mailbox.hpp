// mailbox.hpp -- messages a process has received, matched in order, and the signals on their way to it.
//
// Senders push signals on a lock-free stack (incoming); the owner takes all of them at once, reverses them
// and handles each in order: a message goes to the end of the inner queue, others are acted on.
// Owner: the process. Threads: only incoming_ is shared. GC: a queued message lies in its own fragment until
// a receive looks at it (examine_message in spawn.hpp): then the heap adopts the fragment and the term is a
// root.
#pragma once
#include <atomic>
#include <memory>
#include <vector>

#include "gc/fragment.hpp"
#include "gc/literal.hpp"

namespace joist {

class Process;
class RootVisitor;

// One signal. Kinds other than message are handled by a function, run by the receiver.
struct Signal {
  enum class Kind : std::uint8_t { message, other };
  Signal* next = nullptr;
  HeapFragment* fragment = nullptr;  // terms of this signal
  Term term = Term::none();          // the message, or the kind's payload
  Term from = Term::none();          // sender where the kind needs it (immediate or in fragment)
  Term token = Term::none();         // sequential trace token (sequential_trace.hpp)
  Kind kind = Kind::message;
  // Handles the signal in the receiver's context; frees what it does not keep. `receiver` is null if it is
  // gone: then the signal answers its sender, where the kind wants an answer.
  void (*handle)(Process* receiver, Signal* self) = nullptr;
  Word extra[3] = {};  // for the kind's own use; of a queued message: its number

  static Signal* make();
  static void free(Signal* s);  // the fragment, too
};

class Mailbox {
 public:
  enum class Push { first, more, closed };

  // ---- any thread ----
  // first: the queue was empty before; closed: the receiver has gone, `s` is still the caller's.
  Push push(Signal* s) {
    Signal* head = incoming_.load(std::memory_order_relaxed);
    do {
      if (head == closed_mark()) return Push::closed;
      s->next = head;
    } while (!incoming_.compare_exchange_weak(head, s, std::memory_order_seq_cst, std::memory_order_relaxed));
    return head == nullptr ? Push::first : Push::more;
  }

  // ---- the owner ----
  bool has_incoming() const {
    return incoming_.load(std::memory_order_acquire) != nullptr || unhandled_ != nullptr;
  }
  // All signals not yet handled, in order of arrival, a chain through next.
  Signal* take_incoming();
  // As take_incoming(), and no more are accepted from now on.
  Signal* close();
  // Puts back the rest of what take_incoming() gave, to be taken first the next time.
  void put_back(Signal* rest) { unhandled_ = rest; }
  void append(Signal* message);

  // The receive cursor: the message to look at next, or null at the end of the inner queue.
  Signal* current() const { return *cursor_; }
  void advance() { cursor_ = &(*cursor_)->next; }
  void rewind() { cursor_ = &first_; }
  // Unlinks the current message and rewinds; the caller owns it now.
  Signal* remove_current();
  std::size_t length() const { return length_; }
  Signal* first() const { return first_; }
  // The current message's term is about to be a root.
  void note_examined(Signal* s);

  // Receive markers: receives that only match messages holding a new reference skip what is older.
  // A marker is a small integer; markers_ is a ring, so the oldest are forgotten (the receive is then only
  // slower).
  Term reserve_marker();  // a fresh marker for the current end; bind later
  void bind_marker(Term marker, Term ref);
  void set_marker(Term ref);            // reserve and bind in one
  void use_marker(Term ref_or_marker);  // cursor to the marked place if `ref` is marked
  void clear_marker(Term ref_or_marker);

  void visit_roots(RootVisitor& v);
  // Copies queued messages that refer to `area` and are no roots.
  void copy_out_of_area(const LiteralArea& area);
  void clear();  // frees everything, at exit

 private:
  static Signal* closed_mark() { return reinterpret_cast<Signal*>(1); }
  void leave_far(Signal* s);
  void forget_next_field(Signal** gone, Signal** instead);

  struct Marker {
    Word id = 0;       // number of reserve_marker(), 0 = free
    Word ref[2] = {};  // key of the reference it is bound to
    Signal** position = nullptr;
  };
  static constexpr int kMarkers = 8;

  alignas(8) std::atomic<Signal*> incoming_{nullptr};
  Signal* unhandled_ = nullptr;
  Signal* first_ = nullptr;
  Signal** last_ = &first_;
  Signal** cursor_ = &first_;
  // Messages before this place may have been examined; behind it only those in far_, to which a marker led.
  Signal** examined_end_ = &first_;
  std::vector<Signal*> far_;  // extra[1] of each: its index + 1
  Word examined_number_ = 0;  // number of the last message before examined_end_
  Word last_number_ = 0;      // messages are numbered as they are appended
  std::size_t length_ = 0;
  std::unique_ptr<Marker[]> markers_;
  Word next_marker_ = 0;
};

}  // namespace joist
