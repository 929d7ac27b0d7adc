// link.hpp -- what a process knows of its links, monitors and aliases. The signals that change it:
// signals.hpp.
//
// Links: each side keeps, per peer, whether the link is active, and the id of an unlink not yet acknowledged.
//   unlink sent: inactive, id remembered. Acknowledged with that id: forgotten. Linking anew in between makes
//   it active again, so a late acknowledgement is ignored. An exit signal over an inactive link is ignored.
// Monitors: the watcher keeps `monitors` (by reference), the watched process `watchers`. A 'DOWN' whose
//   reference the watcher does not know any more is dropped.
// Owner: the process. Threads: only the one that runs it. GC: holds immediates and own fragments only.
#pragma once
#include <map>
#include <memory>

#include "gc/fragment.hpp"
#include "vm/term/identifier.hpp"

namespace joist {

// How an alias ends: by unalias only; also with its monitor; also by the first message sent to it.
enum class AliasMode : std::uint8_t { none, explicit_unalias, demonitor, reply_demonitor, reply };

struct LinkState {
  bool active = true;
  std::uint64_t unlink_id = 0;  // not 0: waiting for this acknowledgement
};

enum class MonitorKind : std::uint8_t { process, port, time_offset };

// A term in a fragment of its own.
struct OwnedTerm {
  Term term = Term::none();
  HeapFragment* fragment = nullptr;
  OwnedTerm() = default;
  OwnedTerm(Term t, HeapFragment* f) : term(t), fragment(f) {}
  OwnedTerm(OwnedTerm&& o) noexcept : term(o.term), fragment(std::exchange(o.fragment, nullptr)) {}
  OwnedTerm& operator=(OwnedTerm&& o) noexcept {
    std::swap(term, o.term);
    std::swap(fragment, o.fragment);
    return *this;
  }
  ~OwnedTerm() { HeapFragment::free_chain(fragment); }
};

struct Monitor {  // kept by the watcher
  MonitorKind kind = MonitorKind::process;
  Term target = Term::none();  // pid or port; none(): nobody had the name
  Term name = Term::none();    // monitored by registered name
  AliasMode alias = AliasMode::none;
  bool spawn_pending = false;  // of a spawn_request: no reply was sent yet
  OwnedTerm tag;               // instead of 'DOWN'
};

struct Watcher {  // kept by the watched process
  Term watcher;   // pid or port
  Term name = Term::none();
  bool alias = false;  // the reference holds the watcher's pid
};

struct Links {
  std::map<Word, LinkState> links;  // by the peer's bits (pid or port)
  std::map<RefKey, Monitor> monitors;
  std::map<RefKey, Watcher> watchers;
  std::map<RefKey, AliasMode> aliases;       // those that no monitor carries
  std::map<Word, std::uint32_t> suspending;  // processes suspended by this one, how often
  std::uint64_t next_unlink_id = 1;

  bool is_linked(Term peer) const {
    const auto it = links.find(peer.bits);
    return it != links.end() && it->second.active;
  }
};

// A local reference term with the given number; `alias_of` is the pid it addresses, or none().
Term make_ref_with_key(Heap& h, RefKey key, Term alias_of = Term::none());

}  // namespace joist
