// OTP: the very bytes that its terminal driver writes, since a screen shows any difference.
#include "vm/ports/terminal_line.hpp"

#include <wchar.h>

#include <algorithm>
#include <cctype>

#include "vm/term/unicode.hpp"

namespace joist {

void TerminalLine::ensure(int cells) {
  if (static_cast<int>(cells_.size()) < cells) cells_.resize(static_cast<std::size_t>(cells) + 256);
}

void TerminalLine::store(Cell cell) {
  ensure(position_ + 1);
  cells_[static_cast<std::size_t>(position_++)] = cell;
}

// Stores text from the cursor on. A line's end is written at once, and what follows is a new line. Returns
// how many cells before the cursor are still to be shown.
int TerminalLine::store_text(std::string& out, std::string_view text) {
  int start = position_;
  const auto* next = reinterpret_cast<const std::uint8_t*>(text.data());
  const auto* end = next + text.size();
  while (next < end) {
    std::uint32_t c;
    const std::size_t n = utf8_decode(next, end, &c);
    if (n == 0) c = *next;
    next += n == 0 ? 1 : n;
    if (c < 128 ? std::isprint(static_cast<int>(c)) != 0 : utf8_) {
      store(c);
    } else if (c >= 128) {
      // \ooo or \x{h...}
      int more = 3;
      if (c > 255) {
        more = 4;
        for (std::uint32_t rest = c; rest != 0; rest >>= 4) ++more;
        --more;
      }
      store(c | kEscaped);
      while (more-- != 0) store(kEscaped);
    } else if (c == '\t') {
      store(kControl | '\t');
      while (position_ % 8 != 0) store(kControl);
    } else if (c == '\x1b') {
      store(kControl | '\x1b');
    } else if (c == '\n' || c == '\r') {
      show(out, start, position_ - start, true);
      out += '\r';
      if (c == '\n') out += '\n';
      // OTP: the length goes below zero when text with a line's end is inserted at the end.
      if (length_ > position_) std::copy(cell(position_), cell(length_), cells_.begin());
      length_ -= position_;
      position_ = start = 0;
    } else {
      store(c | kControl);
      store(kControl);
    }
  }
  return position_ - start;
}

void TerminalLine::show(std::string& out, int from, int count, bool line_ends_here) {
  const int end = from + std::max(count, 0);
  std::string last = " ";  // what was written for the last character
  for (int i = from; i < end;) {
    const Cell cell = at(i);
    if ((cell & kTags) == 0) {
      last.clear();
      if (utf8_)
        utf8_append(last, cell);
      else
        last += static_cast<char>(cell);
      out += last;
      ++i;
    } else if (cell == (kControl | '\t')) {
      do {
        out += ' ';
        ++i;
      } while (i < end && at(i) == kControl);
      last = " ";
    } else if (cell == (kControl | '\x1b')) {
      out += '\x1b';
      last = "\x1b";
      ++i;
    } else if ((cell & kControl) != 0) {
      last = static_cast<char>((cell & 0x7f) | 0x40);
      out += '^';
      out += last;
      i += 2;
    } else {
      const Cell c = cell & ~kTags;
      char text[16];
      if (c > 255)
        std::snprintf(text, sizeof text, "\\x{%X}", c);
      else
        std::snprintf(text, sizeof text, "\\%03o", c);
      out += text;
      last = std::string(1, text[std::char_traits<char>::length(text) - 1]);
      ++i;
      while (i < end && at(i) == kEscaped) ++i;
    }
  }
  // In the last column the cursor waits there; something must be written to take it to the next line.
  if (line_ends_here || !strings_.wraps_late || end == 0 || width_up_to(end) % columns_ != 0) return;
  out += end >= length_ ? " " : last;
  out += strings_.left;
}

// How many cells an escape sequence takes that begins at `i`; 0 if none does.
int TerminalLine::escape_length(int i) const {
  if (at(i) != (kControl | '\x1b')) return 0;
  if (i + 1 >= length_) return 1;
  if (at(i + 1) != '[') return 2;
  int n = 2;
  while (i + n < length_ && (at(i + n) < '@' || at(i + n) > '~')) ++n;
  return n + 1;
}

// Columns in front of a position.
int TerminalLine::width_up_to(int position) const {
  int columns = 0;
  if (position > length_) {
    columns += position - length_;
    position = length_;
  }
  for (int i = 0; i < position;) {
    if (const int n = escape_length(i); n > 0) {
      i += n;
      continue;
    }
    // OTP: what is shown in another way counts for nothing, though it takes room.
    if ((at(i) & kTags) == 0)
      if (const int width = wcwidth(static_cast<wchar_t>(at(i))); width > 0) columns += width;
    ++i;
  }
  return columns;
}

int TerminalLine::step(int characters) const {
  int to = position_;
  const auto filler = [&](int i) { return (at(i) & kTags) != 0 && (at(i) & ~kTags) == 0; };
  for (; characters > 0 && to < length_; --characters) {
    ++to;
    while (to < length_ && filler(to)) ++to;
  }
  for (; characters < 0 && to > 0; ++characters) {
    --to;
    while (to > 0 && filler(to)) --to;
  }
  return to;
}

void TerminalLine::repeat(std::string& out, const std::string& what, int times) const {
  while (times-- > 0) out += what;
}

// Returns by how many columns the cursor goes to the right.
int TerminalLine::move_between(std::string& out, int from, int to) const {
  const int from_width = width_up_to(from), to_width = width_up_to(to);
  const int right = to_width % columns_ - from_width % columns_;
  const int down = to_width / columns_ - from_width / columns_;
  repeat(out, strings_.down, down);
  repeat(out, strings_.up, -down);
  repeat(out, strings_.right, right);
  repeat(out, strings_.left, -right);
  return to_width - from_width;
}

void TerminalLine::put(std::string& out, std::string_view text) {
  const int fresh = store_text(out, text);
  length_ = std::max(length_, position_);
  if (fresh != 0) show(out, position_ - fresh, fresh, false);
}

void TerminalLine::insert(std::string& out, std::string_view text) {
  std::vector<Cell> tail;
  if (length_ > position_) tail.assign(cell(position_), cell(length_));
  const int fresh = store_text(out, text);
  ensure(position_ + static_cast<int>(tail.size()));
  std::copy(tail.begin(), tail.end(), cell(position_));
  length_ += fresh;
  show(out, position_ - fresh, length_ - (position_ - fresh), false);
  move_between(out, length_, position_);
}

void TerminalLine::move(std::string& out, int characters) {
  const int to = step(characters);
  move_between(out, position_, to);
  position_ = to;
}

void TerminalLine::blank(std::string& out, int columns) {
  out.append(static_cast<std::size_t>(std::max(columns, 0)), ' ');
  if (strings_.wraps_late && (width_up_to(length_) + columns) % columns_ == 0) {
    out += ' ';
    out += strings_.left;
  }
}

void TerminalLine::erase(std::string& out, int characters) {
  const int to = step(characters);
  if (to == position_) return;
  int gone;  // columns
  if (to > position_) {
    gone = width_up_to(to) - width_up_to(position_);
    std::copy(cell(to), cell(length_), cell(position_));
    length_ -= to - position_;
  } else {
    gone = -move_between(out, position_, to);
    if (length_ > position_) std::copy(cell(position_), cell(length_), cell(to));
    length_ -= position_ - to;
    position_ = to;
  }
  show(out, position_, length_ - position_, false);
  blank(out, gone);
  move_between(out, length_ + std::max(gone, 0), position_);
}

}  // namespace joist
