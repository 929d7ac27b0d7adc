// integer_parts.hpp -- how the number_*.cpp files read and build integers of any size, limb by limb.
// Owner: values on the C++ stack. GC: views and builders must not outlive the building of one result.
#pragma once
#include <gmp.h>

#include <algorithm>

#include "vm/term/number.hpp"

namespace joist {

static_assert(sizeof(mp_limb_t) == sizeof(Word) && GMP_NAIL_BITS == 0, "a GMP limb is a heap word");

inline mp_limb_t* gmp(Word* w) { return reinterpret_cast<mp_limb_t*>(w); }
inline const mp_limb_t* gmp(const Word* w) { return reinterpret_cast<const mp_limb_t*>(w); }

// Magnitude without its leading zero limbs.
inline std::size_t significant_limbs(const Word* limbs, std::size_t n) {
  while (n != 0 && limbs[n - 1] == 0) --n;
  return n;
}

// Sign and magnitude of an integer term, small or big; zero has no limbs.
class IntegerView {
 public:
  explicit IntegerView(Term integer) {
    if (integer.is_small()) {
      const std::int64_t v = integer.small_value();
      negative_ = v < 0;
      small_ = negative_ ? 0 - static_cast<Word>(v) : static_cast<Word>(v);
      limbs_ = &small_;
      n_ = v != 0;
    } else {
      negative_ = integer.box_kind() == BoxKind::big_negative;
      limbs_ = integer.box_words() + 1;
      n_ = header_words(integer.header());
    }
  }
  IntegerView(const IntegerView&) = delete;
  IntegerView& operator=(const IntegerView&) = delete;

  bool negative() const { return negative_; }
  bool is_zero() const { return n_ == 0; }
  std::size_t n() const { return n_; }
  const Word* limbs() const { return limbs_; }
  std::size_t bit_length() const {
    return n_ == 0 ? 0 : n_ * 64 - static_cast<std::size_t>(std::countl_zero(limbs_[n_ - 1]));
  }

 private:
  const Word* limbs_;
  std::size_t n_;
  Word small_ = 0;
  bool negative_;
};

inline int compare_magnitudes(const Word* a, std::size_t an, const Word* b, std::size_t bn) {
  if (an != bn) return an < bn ? -1 : 1;
  return an == 0 ? 0 : mpn_cmp(gmp(a), gmp(b), static_cast<mp_size_t>(an));
}

// Room for a result of up to `n` limbs on the heap; finish() makes it a proper term and gives back the rest.
// Nothing else may be built on the heap in between.
class IntegerBuilder {
 public:
  IntegerBuilder(Heap& h, std::size_t n) : heap_(h), words_(h.alloc(n + 1)), capacity_(n) {}
  IntegerBuilder(const IntegerBuilder&) = delete;

  Word* limbs() { return words_ + 1; }
  std::size_t capacity() const { return capacity_; }

  // The integer of the first `n` limbs; too_big() if it has more than `limit` limbs.
  Term finish(std::size_t n, bool negative, std::size_t limit = kMaxIntegerLimbs) {
    n = significant_limbs(limbs(), n);
    if (n <= 1) {
      const Word v = n == 0 ? 0 : limbs()[0];
      if (v <= static_cast<Word>(Term::kMaxSmall) + negative) {
        heap_.give_back(capacity_ + 1);
        return Term::small(negative ? -static_cast<std::int64_t>(v) : static_cast<std::int64_t>(v));
      }
    }
    if (n > limit) [[unlikely]] {
      heap_.give_back(capacity_ + 1);
      return too_big();
    }
    heap_.give_back(capacity_ - n);
    words_[0] = make_header(negative ? BoxKind::big_negative : BoxKind::big_positive, n);
    return Term::boxed(words_);
  }

 private:
  Heap& heap_;
  Word* words_;
  std::size_t capacity_;
};

// Limbs that a computation needs in passing; on the C++ stack if few.
class ScratchLimbs {
 public:
  explicit ScratchLimbs(std::size_t n) : large_(n > kFew ? new Word[n] : nullptr) {}
  ~ScratchLimbs() { delete[] large_; }
  ScratchLimbs(const ScratchLimbs&) = delete;
  Word* get() { return large_ != nullptr ? large_ : few_; }

 private:
  static constexpr std::size_t kFew = 40;
  Word* large_;
  Word few_[kFew];
};

}  // namespace joist
