// terminal_line.hpp -- the line that the cursor of a terminal is in: what must be written so that characters
// appear, move and go, for a line that may be wider than the terminal.
// Owner: the terminal driver. Threads: those of its port. GC: none.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace joist {

// What the terminal understands.
struct TerminalStrings {
  std::string up, down, left, right;
  bool wraps_late = true;  // terminfo's xenl: after the last column the cursor stays there until the next one
};

class TerminalLine {
 public:
  TerminalLine(TerminalStrings strings, bool utf8) : strings_(std::move(strings)), utf8_(utf8) {}

  void set_columns(int columns) { columns_ = columns > 0 ? columns : 80; }
  int columns() const { return columns_; }
  bool utf8() const { return utf8_; }
  void set_utf8(bool on) { utf8_ = on; }

  // The operations append to `out` what is to be written. Text is UTF-8.
  void put(std::string& out, std::string_view text);     // over what is there
  void insert(std::string& out, std::string_view text);  // in front of what is there
  void move(std::string& out, int characters);           // right, or left if negative
  void erase(std::string& out, int characters);          // from here on, or before here if negative

 private:
  // A column or more of the line: a code point, perhaps shown in another way; the cells after the first one
  // of such a character hold only the tag.
  using Cell = std::uint32_t;
  static constexpr Cell kControl = 0x10000000, kEscaped = 0x20000000, kTags = 0xf0000000;

  std::vector<Cell>::iterator cell(int i) { return cells_.begin() + i; }
  Cell at(int i) const { return cells_[static_cast<unsigned>(i)]; }
  void ensure(int cells);
  int escape_length(int i) const;
  void store(Cell cell);
  int store_text(std::string& out, std::string_view text);
  void show(std::string& out, int from, int count, bool line_ends_here);
  int width_up_to(int position) const;
  int step(int characters) const;
  int move_between(std::string& out, int from, int to) const;
  void repeat(std::string& out, const std::string& what, int times) const;
  void blank(std::string& out, int columns);

  TerminalStrings strings_;
  bool utf8_;
  int columns_ = 80;
  std::vector<Cell> cells_;
  int position_ = 0, length_ = 0;  // OTP: the length may be negative for a while
};

}  // namespace joist
