#include "vm/ports/loadable/term_list.hpp"

#include <cmath>
#include <vector>

#include "vm/etf/decode.hpp"
#include "vm/ports/loadable/driver_binary.hpp"
#include "vm/term/list.hpp"
#include "vm/term/map.hpp"
#include "vm/term/number.hpp"

namespace joist {
namespace {

class Reader {
 public:
  Reader(Heap& h, const ErlDrvTermData* data, std::size_t length) : h_(h), next_(data), end_(data + length) {}

  Term read() {
    while (next_ < end_)
      if (!step(*next_++)) return Term::none();
    return stack_.size() == 1 ? stack_.front() : Term::none();
  }

 private:
  template <class T>
  const T* pointer() {
    return reinterpret_cast<const T*>(*next_++);
  }
  bool left(std::ptrdiff_t n) const { return end_ - next_ >= n; }
  bool push(Term t) {
    stack_.push_back(t);
    return !t.is_none();
  }
  // The last n, taken off.
  bool pop(std::size_t n, std::vector<Term>& terms) {
    if (n > stack_.size()) return false;
    terms.assign(stack_.end() - static_cast<std::ptrdiff_t>(n), stack_.end());
    stack_.resize(stack_.size() - n);
    return true;
  }

  bool step(ErlDrvTermData what) {
    std::vector<Term> parts;
    switch (what) {
      case ERL_DRV_NIL: return push(Term::nil());
      case ERL_DRV_ATOM: return left(1) && Term{*next_}.is_atom() && push(Term{*next_++});
      case ERL_DRV_PORT: return left(1) && Term{*next_}.is_local_port() && push(Term{*next_++});
      case ERL_DRV_PID: return left(1) && Term{*next_}.is_local_pid() && push(Term{*next_++});
      case ERL_DRV_INT: return left(1) && push(make_int(h_, static_cast<std::int64_t>(*next_++)));
      case ERL_DRV_UINT: return left(1) && push(make_uint(h_, *next_++));
      case ERL_DRV_INT64: return left(1) && push(make_int(h_, *pointer<std::int64_t>()));
      case ERL_DRV_UINT64: return left(1) && push(make_uint(h_, *pointer<std::uint64_t>()));
      case ERL_DRV_FLOAT: {
        if (!left(1)) return false;
        const double value = *pointer<double>();
        return std::isfinite(value) && push(make_float(h_, value));
      }
      case ERL_DRV_BINARY: {
        if (!left(3)) return false;
        auto* binary = const_cast<ErlDrvBinary*>(pointer<ErlDrvBinary>());
        const std::size_t size = *next_++, offset = *next_++;
        if (size == 0) return push(make_binary_copy(h_, std::string_view()));
        if (binary == nullptr || offset > static_cast<std::size_t>(binary->orig_size) ||
            size > static_cast<std::size_t>(binary->orig_size) - offset)
          return false;
        return push(driver_binary_term(h_, binary, offset, size));
      }
      case ERL_DRV_BUF2BINARY: {
        if (!left(2)) return false;
        const char* bytes = pointer<char>();
        const std::size_t size = *next_++;
        return (bytes != nullptr || size == 0) && push(make_binary_copy(h_, bytes, size));
      }
      case ERL_DRV_STRING:
      case ERL_DRV_STRING_CONS: {
        if (!left(2)) return false;
        const char* bytes = pointer<char>();
        const std::size_t size = *next_++;
        if (bytes == nullptr && size != 0) return false;
        if (what == ERL_DRV_STRING_CONS && !pop(1, parts)) return false;
        return push(make_byte_list(h_, {bytes, size}, parts.empty() ? Term::nil() : parts[0]));
      }
      case ERL_DRV_TUPLE: return left(1) && pop(*next_++, parts) && push(make_tuple_from(h_, parts));
      case ERL_DRV_LIST: {  // the last one is the tail
        if (!left(1) || *next_ == 0 || !pop(*next_++, parts)) return false;
        Term list = parts.back();
        for (std::size_t i = parts.size() - 1; i-- > 0;) list = make_cons(h_, parts[i], list);
        return push(list);
      }
      case ERL_DRV_MAP: {
        if (!left(1) || !pop(2 * *next_++, parts)) return false;
        const Term map = map_from_pairs(h_, parts);
        return 2 * map_size(map) == parts.size() && push(map);
      }
      case ERL_DRV_EXT2TERM: {
        if (!left(2)) return false;
        const auto* bytes = pointer<std::uint8_t>();
        const std::size_t size = *next_++;
        const EtfResult result = decode_etf(h_, {bytes, size});
        return result && result.used == size && push(result.term);
      }
      default: return false;
    }
  }

  Heap& h_;
  const ErlDrvTermData *next_, *end_;
  std::vector<Term> stack_;
};

}  // namespace

Term term_from_list(Heap& h, const ErlDrvTermData* data, std::size_t length) {
  return Reader(h, data, length).read();
}

}  // namespace joist
