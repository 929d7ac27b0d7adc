// Binaries of native code, and queues of them.
//
// ErlNifBinary::ref_bin is the RefcBinary that native code owns a count of, or null: the bytes belong to a
// term or to the environment. It goes over to the term that enif_make_binary makes.
#include <deque>

#include "vm/etf/decode.hpp"
#include "vm/etf/encode.hpp"
#include "vm/nif/environment.hpp"
#include "vm/term/bits.hpp"
#include "vm/term/list.hpp"

using namespace joist;

namespace {

RefcBinary* owned(void* ref_bin) { return static_cast<RefcBinary*>(ref_bin); }

void set(ErlNifBinary* bin, const void* data, std::size_t size, RefcBinary* owner = nullptr) {
  *bin = {};
  bin->size = size;
  bin->data = static_cast<unsigned char*>(const_cast<void*>(data));
  bin->ref_bin = owner;
}

RefcBinary* new_bytes(std::size_t size) { return RefcBinary::make(size, (size + 7) / 8 * 8); }

}  // namespace

extern "C" {

int enif_inspect_binary(ErlNifEnv* env, ERL_NIF_TERM term, ErlNifBinary* bin) {
  const auto b = Binary::from(term_of(term));
  if (!b) return 0;
  if (b->byte_aligned()) {
    set(bin, b->bytes(), b->byte_size());
  } else {
    const std::string_view copy = aligned_bytes(*b, env->temporary());
    set(bin, copy.data(), copy.size());
  }
  return 1;
}

int enif_inspect_iolist_as_binary(ErlNifEnv* env, ERL_NIF_TERM term, ErlNifBinary* bin) {
  if (term_of(term).is_bitstring()) return enif_inspect_binary(env, term, bin);
  if (!term_of(term).is_list()) return 0;
  std::string& bytes = env->temporary();
  if (!append_iolist(bytes, term_of(term))) return 0;
  set(bin, bytes.data(), bytes.size());
  return 1;
}

int enif_alloc_binary(size_t size, ErlNifBinary* bin) {
  RefcBinary* b = new_bytes(size);
  set(bin, b->bytes, size, b);
  return 1;
}

int enif_realloc_binary(ErlNifBinary* bin, size_t size) {
  RefcBinary* b = new_bytes(size);
  std::memcpy(b->bytes, bin->data, std::min(size, bin->size));
  if (bin->ref_bin != nullptr) owned(bin->ref_bin)->release();
  set(bin, b->bytes, size, b);
  return 1;
}

void enif_release_binary(ErlNifBinary* bin) {
  if (bin->ref_bin != nullptr) owned(std::exchange(bin->ref_bin, nullptr))->release();
}

ERL_NIF_TERM enif_make_binary(ErlNifEnv* env, ErlNifBinary* bin) {
  if (bin->ref_bin == nullptr) return make_binary_copy(*env->heap, bin->data, bin->size).bits;
  return make_refc_binary(*env->heap, owned(std::exchange(bin->ref_bin, nullptr)), bin->size * 8).bits;
}

unsigned char* enif_make_new_binary(ErlNifEnv* env, size_t size, ERL_NIF_TERM* term) {
  std::uint8_t* bytes;
  *term = make_binary(*env->heap, size, &bytes).bits;
  return bytes;
}

ERL_NIF_TERM enif_make_sub_binary(ErlNifEnv* env, ERL_NIF_TERM bin, size_t position, size_t size) {
  return make_sub_bits(*env->heap, term_of(bin), position * 8, size * 8).bits;
}

// ---- external term format ----
int enif_term_to_binary(ErlNifEnv*, ERL_NIF_TERM term, ErlNifBinary* bin) {
  std::string bytes;
  encode_etf(bytes, term_of(term));
  if (!enif_alloc_binary(bytes.size(), bin)) return 0;
  std::memcpy(bin->data, bytes.data(), bytes.size());
  return 1;
}

size_t enif_binary_to_term(ErlNifEnv* env, const unsigned char* data, size_t size, ERL_NIF_TERM* term,
                           unsigned options) {
  if ((options & ~unsigned{ERL_NIF_BIN2TERM_SAFE}) != 0) return 0;
  EtfOptions how;
  how.safe = (options & ERL_NIF_BIN2TERM_SAFE) != 0;
  const EtfResult result = decode_etf(*env->heap, {data, size}, how);
  if (!result) return 0;
  *term = result.term.bits;
  return result.used;
}

}  // extern "C"

// ---- vectors: the binaries of a list ----

namespace {

constexpr int kAllocated = 1;  // ErlNifIOVec::flags: the struct is ours
constexpr int kArrays = 2;     // and so are its arrays

}  // namespace

extern "C" {

int enif_inspect_iovec(ErlNifEnv* env, size_t most, ERL_NIF_TERM list, ERL_NIF_TERM* tail,
                       ErlNifIOVec** iovec) {
  std::vector<Bits> parts;
  Term t = term_of(list);
  for (; t.is_cons() && parts.size() < most; t = t.tail()) {
    const auto b = Binary::from(t.head());
    if (!b) return 0;
    if (b->bit_size() != 0) parts.push_back(*b);  // OTP: empty ones are left out
  }
  if (!t.is_list()) return 0;
  *tail = t.bits;
  ErlNifIOVec* v = *iovec;
  const bool allocated = v == nullptr;
  if (allocated) v = static_cast<ErlNifIOVec*>(enif_alloc(sizeof *v));
  *v = {};
  v->flags = allocated ? kAllocated : 0;
  v->iov = v->small_iov;
  v->ref_bins = v->small_ref_bin;
  const std::size_t n = parts.size();
  if (n > ERL_NIF_IOVEC_SIZE) {
    v->iov = static_cast<SysIOVec*>(enif_alloc(n * sizeof *v->iov));
    v->ref_bins = static_cast<void**>(enif_alloc(n * sizeof *v->ref_bins));
    v->flags |= kArrays;
  }
  v->iovcnt = static_cast<int>(n);
  for (std::size_t i = 0; i < n; ++i) {
    const Bits& b = parts[i];
    const std::size_t size = b.byte_size();
    RefcBinary* owner = b.byte_aligned() ? refc_binary_of(b.term()) : nullptr;
    const std::uint8_t* data = owner != nullptr ? b.bytes() : nullptr;
    if (owner != nullptr) {
      owner->retain();
    } else {
      owner = new_bytes(size);
      copy_bits(owner->bytes, 0, b.base(), b.start_bit(), b.bit_size());
      data = owner->bytes;
    }
    v->iov[i].iov_base = reinterpret_cast<char*>(const_cast<std::uint8_t*>(data));
    v->iov[i].iov_len = size;
    v->ref_bins[i] = owner;
    v->size += size;
  }
  // With an environment it lasts as long as the call; the struct itself may be gone by then.
  if (env != nullptr) {
    for (std::size_t i = 0; i < n; ++i) env->binaries.push_back(owned(v->ref_bins[i]));
    if ((v->flags & kArrays) != 0) env->memory.insert(env->memory.end(), {v->iov, v->ref_bins});
    if (allocated) env->memory.push_back(v);
  }
  *iovec = v;
  return 1;
}

void enif_free_iovec(ErlNifIOVec* v) {
  for (int i = 0; i < v->iovcnt; ++i) owned(v->ref_bins[i])->release();
  const int flags = v->flags;
  if ((flags & kArrays) != 0) {
    enif_free(v->iov);
    enif_free(v->ref_bins);
  }
  v->iovcnt = 0;
  if ((flags & kAllocated) != 0) enif_free(v);
}

}  // extern "C"

// ---- queues ----

struct erts_io_queue {
  struct Part {
    RefcBinary* owner;
    std::uint8_t* data;
    std::size_t size;
  };
  std::deque<Part> parts;
  std::vector<SysIOVec> view;
  std::size_t size = 0;

  void add(RefcBinary* owner, void* data, std::size_t bytes, std::size_t& skip) {
    const std::size_t skipped = std::min(skip, bytes);
    skip -= skipped;
    if (skipped == bytes) return owner->release();
    parts.push_back({owner, static_cast<std::uint8_t*>(data) + skipped, bytes - skipped});
    size += bytes - skipped;
  }
};

extern "C" {

ErlNifIOQueue* enif_ioq_create(ErlNifIOQueueOpts options) {
  return options == ERL_NIF_IOQ_NORMAL ? new erts_io_queue : nullptr;
}
void enif_ioq_destroy(ErlNifIOQueue* q) {
  for (const auto& p : q->parts) p.owner->release();
  delete q;
}
size_t enif_ioq_size(ErlNifIOQueue* q) { return q->size; }

int enif_ioq_enq_binary(ErlNifIOQueue* q, ErlNifBinary* bin, size_t skip) {
  if (skip > bin->size) return 0;
  RefcBinary* owner = owned(std::exchange(bin->ref_bin, nullptr));
  void* data = bin->data;
  if (owner == nullptr) {
    owner = new_bytes(bin->size);
    std::memcpy(owner->bytes, bin->data, bin->size);
    data = owner->bytes;
  }
  q->add(owner, data, bin->size, skip);
  return 1;
}

int enif_ioq_enqv(ErlNifIOQueue* q, ErlNifIOVec* v, size_t skip) {
  if (skip > v->size) return 0;
  for (int i = 0; i < v->iovcnt; ++i) {
    owned(v->ref_bins[i])->retain();
    q->add(owned(v->ref_bins[i]), v->iov[i].iov_base, v->iov[i].iov_len, skip);
  }
  return 1;
}

int enif_ioq_deq(ErlNifIOQueue* q, size_t count, size_t* left) {
  if (count > q->size) return 0;
  q->size -= count;
  while (count != 0) {
    auto& first = q->parts.front();
    const std::size_t taken = std::min(count, first.size);
    first.data += taken;
    first.size -= taken;
    count -= taken;
    if (first.size != 0) continue;
    first.owner->release();
    q->parts.pop_front();
  }
  if (left != nullptr) *left = q->size;
  return 1;
}

SysIOVec* enif_ioq_peek(ErlNifIOQueue* q, int* count) {
  q->view.clear();
  for (const auto& p : q->parts) q->view.push_back({reinterpret_cast<char*>(p.data), p.size});
  *count = static_cast<int>(q->view.size());
  return q->view.data();
}

int enif_ioq_peek_head(ErlNifEnv* env, ErlNifIOQueue* q, size_t* size, ERL_NIF_TERM* head) {
  if (q->parts.empty()) return 0;
  const auto& first = q->parts.front();
  if (size != nullptr) *size = first.size;
  first.owner->retain();
  const Term whole = make_refc_binary(*env->heap, first.owner, first.owner->used() * 8);
  const auto skipped = static_cast<std::size_t>(first.data - first.owner->bytes);
  *head = make_sub_bits(*env->heap, whole, skipped * 8, first.size * 8).bits;
  return 1;
}

}  // extern "C"
