#include "vm/term/dialect.hpp"

#include "vm/term/atom.hpp"

namespace joist {

constinit Dialect dialect;

void choose_dialect(int otp_release) {
  const bool otp_27 = otp_release >= 27;
  dialect = {.keys_by_number = otp_release >= 26, .signed_zeros = otp_27, .wide_hash = otp_27};
  if (!dialect.keys_by_number) return;
  static constexpr std::string_view first[] = {
#include "vm/term/otp27_atoms.inc"
  };
  number_atoms_anew(first);
}

}  // namespace joist
