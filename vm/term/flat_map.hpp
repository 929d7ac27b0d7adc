// flat_map.hpp -- building flat maps; for map.cpp and hamt.cpp only.
#pragma once
#include <algorithm>
#include <array>

#include "vm/term/compare.hpp"
#include "vm/term/map.hpp"

namespace joist::detail {

// Position of the first key that is greater than `key`, which is not among them.
inline std::size_t insertion_point(const Term* keys, std::size_t n, Term key) {
  std::size_t low = 0;
  while (low < n) {
    const std::size_t middle = (low + n) / 2;
    if (compare_keys(keys[middle], key) < 0)
      low = middle + 1;
    else
      n = middle;
  }
  return low;
}

// Both return where the caller writes.
inline Word* start_keys(Heap& h, std::size_t n, Term* tuple) {
  Word* w = h.alloc(1 + n);
  w[0] = tuple_header(n);
  *tuple = Term::boxed(w);
  return w + 1;
}
inline Word* start_flat(Heap& h, Term keys, std::size_t n, Term* map) {
  Word* w = h.alloc(2 + n);
  w[0] = make_header(BoxKind::flat_map, 1 + n);
  w[1] = keys.bits;
  *map = Term::boxed(w);
  return w + 2;
}

// Few words nearly always: a call of memcpy would cost more than they do.
inline void copy_terms(Word* to, const Term* from, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    to[i] = from[i].bits;
    asm("" : "+r"(i));
  }
}

// Pairs in any order, of distinct keys or not (later ones win), to a flat map. OTP: the last key of several
// that are equal (0.0 and -0.0) stays.
class FlatBuilder {
 public:
  void add(Term key, Term value) {
    if (n_ > 0) {
      const int last = compare_keys(key, keys_[n_ - 1]);
      if (last <= 0) return add_before_end(key, value, last);
    }
    put(n_++, key, value);
  }
  std::size_t size() const { return n_; }
  Term build(Heap& h) const {
    Term key_tuple, result;
    copy_terms(start_keys(h, n_, &key_tuple), keys_.data(), n_);
    copy_terms(start_flat(h, key_tuple, n_, &result), values_.data(), n_);
    return result;
  }
  const Term* keys() const { return keys_.data(); }
  const Term* values() const { return values_.data(); }

 private:
  void put(std::size_t at, Term key, Term value) {
    keys_[at] = key;
    values_[at] = value;
  }
  void add_before_end(Term key, Term value, int order_to_last) {
    std::size_t at = n_ - 1;
    if (order_to_last < 0) {
      at = insertion_point(keys_.data(), n_ - 1, key);
      if (compare_keys(keys_[at], key) != 0) {
        std::copy_backward(&keys_[at], &keys_[n_], &keys_[n_ + 1]);
        std::copy_backward(&values_[at], &values_[n_], &values_[n_ + 1]);
        ++n_;
      }
    }
    put(at, key, value);
  }

  std::size_t n_ = 0;
  std::array<Term, kMaxFlatMap> keys_, values_;
};

}  // namespace joist::detail
