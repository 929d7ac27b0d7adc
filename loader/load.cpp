#include "loader/load.hpp"

#include "loader/decode.hpp"
#include "loader/translate.hpp"
#include "loader/verify.hpp"

namespace joist {

LoadResult load_module(ByteSpan image) {
  const auto unpacked = unzip_beam_file(image);
  if (unpacked) image = *unpacked;
  BeamFile file;
  if (auto error = read_beam_file(image, file)) return {nullptr, std::move(*error)};
  auto instance = std::make_unique<Instance>();
  DecodedModule m;
  if (auto error = decode_module(file, m, *instance)) return {nullptr, std::move(*error)};
  if (auto error = verify_module(m)) return {nullptr, std::move(*error)};
  for (const LambdaEntry& l : m.lambdas)
    instance->funs.push_back(find_or_make_fun_entry(
        FunIdentity{m.name, instance->md5, l.index, l.index, l.old_uniq, l.arity, l.free_count, l.function}));
  if (auto error = translate(m, *instance)) return {nullptr, std::move(*error)};
  return {std::move(instance), {}};
}

}  // namespace joist
