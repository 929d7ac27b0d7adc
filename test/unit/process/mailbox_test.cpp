#include <catch2/catch.hpp>

#include <vector>

#include "vm/process/mailbox.hpp"
#include "vm/term/identifier.hpp"

using namespace joist;

namespace {

Signal* message(int n) {
  Signal* s = Signal::make();
  s->term = Term::small(n);
  return s;
}

void receive_all(Mailbox& m) {
  for (Signal* s = m.take_incoming(); s != nullptr;) {
    Signal* next = s->next;
    m.append(s);
    s = next;
  }
}

std::vector<int> contents(const Mailbox& m) {
  std::vector<int> v;
  for (const Signal* s = m.first(); s != nullptr; s = s->next)
    v.push_back(static_cast<int>(s->term.small_value()));
  return v;
}

// Removes the first message from the cursor on that is `n`.
bool take(Mailbox& m, int n) {
  for (; m.current() != nullptr; m.advance())
    if (m.current()->term == Term::small(n)) {
      Signal::free(m.remove_current());
      return true;
    }
  return false;
}

}  // namespace

TEST_CASE("mailbox: messages come out in the order they went in") {
  Mailbox m;
  CHECK(m.push(message(1)) == Mailbox::Push::first);
  CHECK(m.push(message(2)) == Mailbox::Push::more);
  receive_all(m);
  CHECK(m.push(message(3)) == Mailbox::Push::first);
  receive_all(m);
  CHECK(contents(m) == std::vector{1, 2, 3});
  CHECK(m.length() == 3);
  m.clear();
}

TEST_CASE("mailbox: selective receive, and appending after the last was removed") {
  Mailbox m;
  for (int i = 1; i <= 4; ++i) m.push(message(i));
  receive_all(m);
  CHECK(take(m, 4));
  CHECK(take(m, 2));
  m.push(message(5));
  receive_all(m);
  CHECK(contents(m) == std::vector{1, 3, 5});
  m.clear();
}

TEST_CASE("mailbox: a closed one takes nothing") {
  Mailbox m;
  m.push(message(1));
  Signal* rest = m.close();
  REQUIRE(rest != nullptr);
  Signal::free(rest);
  Signal* late = message(2);
  CHECK(m.push(late) == Mailbox::Push::closed);
  CHECK(m.take_incoming() == nullptr);
  Signal::free(late);
}

TEST_CASE("mailbox: what was put back comes first") {
  Mailbox m;
  m.push(message(1));
  m.push(message(2));
  m.put_back(m.take_incoming());
  CHECK(m.has_incoming());
  m.push(message(3));
  receive_all(m);
  CHECK(contents(m) == std::vector{1, 2, 3});
  CHECK_FALSE(m.has_incoming());
  m.clear();
}

TEST_CASE("mailbox: a marker skips what was there before it") {
  Mailbox m;
  BlockHeap h;
  for (int i = 1; i <= 3; ++i) m.push(message(i));
  receive_all(m);
  const Term marker = m.reserve_marker();
  const Term ref = make_ref(h);
  m.bind_marker(marker, ref);
  m.push(message(4));
  receive_all(m);
  m.rewind();
  m.use_marker(ref);
  REQUIRE(m.current() != nullptr);
  CHECK(m.current()->term == Term::small(4));
  SECTION("the message before the marked place is removed") {
    m.rewind();
    CHECK(take(m, 3));
    m.use_marker(ref);
    CHECK(m.current()->term == Term::small(4));
  }
  SECTION("a marker that was cleared has no effect") {
    m.clear_marker(ref);
    m.rewind();
    m.use_marker(ref);
    CHECK(m.current()->term == Term::small(1));
  }
  SECTION("many later markers push it out") {
    for (int i = 0; i < 20; ++i) m.set_marker(make_ref(h));
    m.rewind();
    m.use_marker(ref);
    CHECK(m.current()->term == Term::small(1));
  }
  m.clear();
}
