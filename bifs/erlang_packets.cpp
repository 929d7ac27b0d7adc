// erlang:decode_packet/3. The formats are in vm/os/packet.hpp.
#include <string>

#include "bifs/bifs.hpp"
#include "bifs/work.hpp"
#include "vm/os/packet.hpp"

namespace joist {

namespace {

std::optional<PacketType> packet_type(Term t) {
  const struct {
    Term name;
    PacketType type;
  } types[] = {{am::raw, PacketType::raw},           {Term::small(0), PacketType::raw},
               {Term::small(1), PacketType::bytes1}, {Term::small(2), PacketType::bytes2},
               {Term::small(4), PacketType::bytes4}, {am::asn1, PacketType::asn1},
               {am::sunrm, PacketType::sunrm},       {am::cdr, PacketType::cdr},
               {am::fcgi, PacketType::fcgi},         {am::tpkt, PacketType::tpkt},
               {am::line, PacketType::line},         {am::ssl_tls, PacketType::ssl_tls},
               {am::http, PacketType::http},         {am::httph, PacketType::httph},
               {am::http_bin, PacketType::http_bin}, {am::httph_bin, PacketType::httph_bin}};
  for (const auto& [name, type] : types)
    if (t == name) return type;
  return std::nullopt;
}

std::optional<PacketOptions> packet_options(PacketType type, Term list) {
  PacketOptions o;
  for (; list.is_cons(); list = list.tail()) {
    const auto t = Tuple::from(list.head());
    if (!t || t->arity() != 2 || !(*t)[1].is_small() || (*t)[1].small_value() < 0 ||
        (*t)[1].small_value() > UINT32_MAX)
      return std::nullopt;
    const auto n = static_cast<std::size_t>((*t)[1].small_value());
    if ((*t)[0] == am::packet_size)
      o.max_size = n;
    else if ((*t)[0] == am::line_length)
      o.line_length = n;
    else if ((*t)[0] == am::line_delimiter && type == PacketType::line && n <= 255)
      o.line_delimiter = static_cast<char>(n);
    else
      return std::nullopt;
  }
  return list.is_nil() ? std::optional(o) : std::nullopt;
}

}  // namespace

// decode_packet(Type, Bin, Options) -> {ok, Packet, Rest} | {more, Size | undefined} | {error, invalid}
JOIST_DEFINE_BIF(erlang_decode_packet_3, Term type_term, Term bits, Term option_list) {
  const auto type = packet_type(type_term);
  const auto b = Bitstring::from(bits);
  if (!type) return badarg_because(c, am::badopt);
  const auto options = packet_options(*type, option_list);
  if (!b || !options) return badarg(c);
  Heap& h = c.heap();
  std::string scratch;
  const std::size_t size = b->bit_size() / 8;
  const std::string_view bytes = aligned_bytes(*b, scratch).substr(0, size);
  const PacketExtent found = find_packet(*type, bytes, *options);
  if (found.status == PacketExtent::invalid) return make_tuple(h, am::error, am::invalid);
  if (found.status == PacketExtent::more)
    return make_tuple(h, am::more, found.size == 0 ? am::undefined : make_uint(h, found.size));
  spend_for(c, found.size, 512);
  const Term packet = is_parsed(*type) ? parse_packet(h, *type, bytes.substr(0, found.size))
                                       : make_sub_bits(h, bits, found.body * 8, (found.end - found.body) * 8);
  return make_tuple(h, am::ok, packet,
                    make_sub_bits(h, bits, found.size * 8, b->bit_size() - found.size * 8));
}

}  // namespace joist
