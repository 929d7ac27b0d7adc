// The expected bytes are those that OTP's driver writes for the same operations.
#include "vm/ports/terminal_line.hpp"

#include <locale.h>

#include <catch2/catch.hpp>

using namespace joist;

namespace {

struct Screen {
  TerminalLine line{{.up = "\33[A", .down = "\n", .left = "\b", .right = "\33[C"}, true};
  explicit Screen(int columns) {
    setlocale(LC_CTYPE, "C.UTF-8");
    line.set_columns(columns);
  }
  std::string put(std::string_view t) {
    return take([&](std::string& o) { line.put(o, t); });
  }
  std::string insert(std::string_view t) {
    return take([&](std::string& o) { line.insert(o, t); });
  }
  std::string move(int n) {
    return take([&](std::string& o) { line.move(o, n); });
  }
  std::string erase(int n) {
    return take([&](std::string& o) { line.erase(o, n); });
  }

 private:
  template <class F>
  static std::string take(F f) {
    std::string out;
    f(out);
    return out;
  }
};

}  // namespace

TEST_CASE("text in a terminal's line is written, inserted and erased", "[ports]") {
  Screen s(80);
  CHECK(s.put("hello world") == "hello world");
  CHECK(s.move(-5) == "\b\b\b\b\b");
  CHECK(s.insert("big ") == "big world\b\b\b\b\b");
  CHECK(s.erase(-4) == "\b\b\b\bworld    \b\b\b\b\b\b\b\b\b");
  CHECK(s.erase(5) == "     \b\b\b\b\b");
  CHECK(s.erase(5).empty());
  CHECK(s.put("x\ny") == "x\r\ny");
  CHECK(s.move(-10) == "\b");
  CHECK(s.move(10) == "\33[C");
}

TEST_CASE("a line that is wider than the terminal goes on in the next row", "[ports]") {
  Screen s(10);
  CHECK(s.put("1234567890") == "1234567890 \b");
  CHECK(s.put("12345") == "12345");
  CHECK(s.move(-7) == "\33[A\33[C\33[C\33[C");
}

TEST_CASE("characters of two columns, of none, and those that cannot be shown", "[ports]") {
  Screen s(80);
  CHECK(s.put("\xe6\xbc\xa2\xe5\xad\x97") == "\xe6\xbc\xa2\xe5\xad\x97");
  CHECK(s.move(-1) == "\b\b");
  CHECK(s.erase(-1) == "\b\b\xe5\xad\x97  \b\b\b\b");
  Screen t(80);
  CHECK(t.put("a\tb") == "a       b");
  CHECK(t.put("\33[1mB\33[0m") == "\33[1mB\33[0m");
  Screen u(80);
  CHECK(u.put("x\1") == "x^A");
  u.line.set_utf8(false);
  CHECK(u.put("\xc3\xa5") == "\\345");
}
