#include "loader/decode.hpp"

#include <catch2/catch.hpp>

#include "vm/term/atom.hpp"
#include "vm/term/print.hpp"

using namespace joist;

namespace {

// Builds chunks and files by hand.
struct Raw : std::vector<std::uint8_t> {
  Raw& u8(unsigned v) {
    push_back(static_cast<std::uint8_t>(v));
    return *this;
  }
  Raw& u32(std::uint32_t v) { return u8(v >> 24).u8(v >> 16).u8(v >> 8).u8(v); }
  Raw& u64(std::uint64_t v) {
    return u32(static_cast<std::uint32_t>(v >> 32)).u32(static_cast<std::uint32_t>(v));
  }
  Raw& text(std::string_view s) {
    insert(end(), s.begin(), s.end());
    return *this;
  }
  Raw& add(const std::vector<std::uint8_t>& b) {
    insert(end(), b.begin(), b.end());
    return *this;
  }
};

struct Builder {
  std::vector<std::pair<std::string, Raw>> chunks{{"AtU8", Raw().u32(2).u8(1).text("m").u8(1).text("f")},
                                                  {"Code", code({})},
                                                  {"StrT", {}},
                                                  {"ImpT", Raw().u32(0)},
                                                  {"ExpT", Raw().u32(0)}};
  // label 1, func_info m f/0, label 2, the operations, int_code_end.
  static Raw code(const std::vector<std::uint8_t>& ops, std::uint32_t max_opcode = 180) {
    Raw b;
    b.u32(16).u32(0).u32(max_opcode).u32(3).u32(1);
    b.u8(1).u8(0x10).u8(2).u8(0x12).u8(0x22).u8(0x00).u8(1).u8(0x20);
    return b.add(ops).u8(3);
  }
  Builder& with(const std::string& id, Raw data) {
    for (auto& c : chunks)
      if (c.first == id) return c.second = std::move(data), *this;
    chunks.emplace_back(id, std::move(data));
    return *this;
  }
  Raw file() const {
    Raw body;
    body.text("BEAM");
    for (const auto& [id, data] : chunks) {
      body.text(id).u32(static_cast<std::uint32_t>(data.size())).add(data);
      while (body.size() % 4 != 0) body.u8(0);
    }
    return Raw(Raw().text("FOR1").u32(static_cast<std::uint32_t>(body.size())).add(body));
  }
};

struct Decoded {
  BeamFile file;
  DecodedModule m;
  Instance instance;
  std::string error;
  Raw image;
  explicit Decoded(const Builder& b) : image(b.file()) {
    auto e = read_beam_file(image, file);
    if (!e) e = decode_module(file, m, instance);
    if (e) error = e->what;
  }
};

std::string error_of(const Builder& b) { return Decoded(b).error; }
std::string error_of_code(const std::vector<std::uint8_t>& ops) {
  return error_of(Builder().with("Code", Builder::code(ops)));
}

}  // namespace

TEST_CASE("decode: the smallest module") {
  Decoded d{Builder()};
  REQUIRE(d.error == "");
  CHECK(d.m.name == intern("m"));
  CHECK(d.instance.module == intern("m"));
  CHECK(d.m.ops.size() == 4);
  CHECK(d.m.label_count == 3);
  CHECK(d.m.ops[1].opcode == op_func_info);
  CHECK(d.m.operands_of(d.m.ops[1])[1].term == intern("f"));
  CHECK(d.m.files[0] == "m.erl");
}

TEST_CASE("decode: atoms in both layouts") {
  Decoded long_lengths{Builder().with("AtU8", Raw().u32(-2).u8(0x10).text("m").u8(0x08).u8(3).text("xyz"))};
  REQUIRE(long_lengths.error == "");
  CHECK(long_lengths.m.atoms[2] == intern("xyz"));
  CHECK(error_of(Builder().with("AtU8", Raw().u32(0))) == "a module needs at least one atom, its name");
  CHECK(error_of(Builder().with("AtU8", Raw().u32(1).u8(2).text("\xc3("))) == "atom 1 is not valid UTF-8");
  CHECK(error_of(Builder().with("AtU8", Raw().u32(1000000).u8(1).text("m"))) ==
        "chunk 'AtU8' claims 1000000 entries, but has only 2 bytes");
  CHECK(error_of(Builder().with("AtU8", Raw().u32(2).u8(1).text("m").u8(200).text("a"))) ==
        "a chunk ends too early");
}

TEST_CASE("decode: numbers and operands of every length") {
  const Decoded d{Builder().with(
      "Code", Builder::code({
                  64, 0x11, 0x03,                                                     // move {integer,1} x0
                  64, 0x09, 0xff, 0x13,                                               // 255
                  64, 0xe9, 0xff, 0x13,                                               // 2047 (11 bits)
                  64, 0x19, 0xff, 0xfe, 0x13,                                         // -2
                  64, 0xd9, 0x80, 0,    0,    0,    0,    0,    0, 0, 0x13,           // -2^63
                  64, 0xf9, 0x00, 0x01, 0,    0,    0,    0,    0, 0, 0,    0, 0x13,  // 2^64
                  64, 0xf9, 0x00, 0xff, 0,    0,    0,    0,    0, 0, 0,    0, 0x13,  // -2^64
                  64, 0x02, 0x57, 0x24, 0x30,                                         // move [] (y2 typed 3)
                  64, 0x17, 0x20, 0x13, 0x24, 0x27, 0x60,        // a list, a float register
                  16, 0x37, 0x20, 0x00, 0x70, 0x10, 0x20, 0x50,  // test_heap {words 7, floats 2}
              }))};
  REQUIRE(d.error == "");
  const auto op = [&](std::size_t i) { return d.m.operands_of(d.m.ops[3 + i]); };
  CHECK(to_text(op(0)[0].term) == "1");
  CHECK(op(0)[1].kind == Operand::Kind::x);
  CHECK(to_text(op(1)[0].term) == "255");
  CHECK(to_text(op(2)[0].term) == "2047");
  CHECK(to_text(op(3)[0].term) == "-2");
  CHECK(to_text(op(4)[0].term) == "-9223372036854775808");
  CHECK(to_text(op(5)[0].term) == "18446744073709551616");
  CHECK(to_text(op(6)[0].term) == "-18446744073709551616");
  CHECK(op(7)[0].term == Term::nil());
  CHECK(op(7)[1].kind == Operand::Kind::y);
  CHECK(op(7)[1].type == 0);  // no Type chunk
  REQUIRE(op(8)[0].kind == Operand::Kind::list);
  CHECK(d.m.list(op(8)[0]).size() == 2);
  CHECK(d.m.list(op(8)[0])[1].kind == Operand::Kind::y);
  CHECK(op(8)[1].kind == Operand::Kind::float_register);
  CHECK(op(9)[0].value == 7);
  CHECK(op(9)[0].count == 2);
}

TEST_CASE("decode: code that is refused") {
  CHECK(error_of_code({0}) == "code at byte 8: opcode 0 does not exist");
  CHECK(error_of_code({200}) == "code at byte 8: opcode 200 does not exist");
  CHECK(error_of_code({116}) ==
        "code at byte 8 (bs_start_match2): opcode 116 is no longer in use; re-compile the module with OTP 25 "
        "or newer");
  CHECK(error_of_code({185}) ==
        "code at byte 8 (bif3): opcode 185 is newer than OTP 28; re-compile the module with OTP 28 or older");
  CHECK(error_of(Builder().with("Code", Builder::code({}, 191))) ==
        "the module uses opcode 191 (get_record_field), but 184 is the last one of OTP 28; re-compile it "
        "with OTP 28 or "
        "older");
  CHECK(error_of_code({64, 0x32, 0x03}) == "code at byte 8 (move): atom 3 of 2");
  CHECK(error_of_code({61, 0x35}) == "code at byte 8 (jump): label 3 of 2");
  CHECK(error_of_code({64, 0x8b, 0x00, 0x03}) == "code at byte 8 (move): register number 1024");
  CHECK(error_of_code({64, 0x47, 0x00, 0x03}) == "code at byte 8 (move): literal 0 of 0");
  CHECK(error_of_code({64, 0x17, 0x10, 0x17, 0x10}) == "code at byte 8 (move): a list within a list");
  CHECK(error_of_code({64, 0x06}) ==
        "code at byte 8 (move): a character operand, which no compiler writes any more");
  CHECK(error_of_code({64, 0xf8, 0xf8, 0xf8}) ==
        "code at byte 8 (move): the length of a long number is itself a long number");
  CHECK(error_of_code({64}) == "code at byte 8 (move): the code ends in the middle of a function");
}

TEST_CASE("decode: the three versions of the type table") {
  Decoded one{Builder().with(
      "Type", Raw().u32(1).u32(2).u8(0x1f).u8(0xff).u64(0).u64(-1).u8(0x00).u8(0x40).u64(-5).u64(7))};
  REQUIRE(one.m.types.size() == 2);
  CHECK(one.m.types[0].kinds == TypeInfo::any);
  CHECK(!one.m.types[0].has_min);
  CHECK(one.m.types[1].kinds == TypeInfo::integer);
  CHECK((one.m.types[1].has_min && one.m.types[1].min == -5 && one.m.types[1].max == 7));
  Decoded two{Builder().with("Type", Raw().u32(2).u32(2).u8(0x1f).u8(0xff).u8(0x80).u8(0x02).u8(7))};
  REQUIRE(two.m.types.size() == 2);
  CHECK(two.m.types[1].kinds == TypeInfo::bitstring);
  CHECK(two.m.types[1].unit == 8);
  Decoded three{Builder().with("Type", Raw().u32(3).u32(2).u8(0x0f).u8(0xff).u8(0x10).u8(0x20).u64(3))};
  REQUIRE(three.m.types.size() == 2);
  CHECK(three.m.types[1].kinds == TypeInfo::integer);
  CHECK((three.m.types[1].has_min && !three.m.types[1].has_max && three.m.types[1].min == 3));
  Decoded unknown{Builder().with("Type", Raw().u32(9))};
  CHECK((unknown.error.empty() && unknown.m.types.size() == 1));
}

TEST_CASE("decode: lines and files") {
  Decoded d{Builder()
                .with("Line", Raw()
                                  .u32(0)
                                  .u32(0)
                                  .u32(0)
                                  .u32(3)
                                  .u32(1)
                                  .u8(0x51)
                                  .u8(0x12)
                                  .u8(0x61)
                                  .u8(0x09)
                                  .u8(200)
                                  .u8(0)
                                  .u8(3)
                                  .text("x.h"))
                .with("Code", Builder::code({153, 0x20}))};
  REQUIRE(d.error == "");
  REQUIRE(d.m.lines.size() == 4);
  CHECK((d.m.lines[1].file == 0 && d.m.lines[1].line == 5));
  CHECK((d.m.lines[3].file == 1 && d.m.lines[3].line == 200));
  CHECK(d.m.files[1] == "x.h");
  // A location that is not in the table; without a table it is no location.
  CHECK(error_of(Builder()
                     .with("Line", Raw().u32(0).u32(0).u32(0).u32(1).u32(0).u8(0x51))
                     .with("Code", Builder::code({153, 0x20}))) == "code at byte 8 (line): location 2 of 1");
  Decoded none{Builder().with("Code", Builder::code({153, 0x20}))};
  CHECK(none.m.operands_of(none.m.ops[3])[0].value == 0);
}

TEST_CASE("decode: literals, plain as of OTP 28") {
  Decoded d{
      Builder().with("LitT", Raw().u32(0).u32(1).u32(7).u8(131).u8(104).u8(2).u8(97).u8(1).u8(97).u8(2))};
  REQUIRE(d.error == "");
  REQUIRE(d.instance.literal_terms.size() == 1);
  CHECK(to_text(d.instance.literal_terms[0]) == "{1,2}");
  CHECK(error_of(Builder().with("LitT", Raw().u32(0).u32(1).u32(2).u8(131).u8(255))) ==
        "literal 0: unknown tag");
  CHECK(error_of(Builder().with("LitT", Raw().u32(0xffffffff).u32(1))) ==
        "the literal table claims an impossible size");
}

TEST_CASE("beam file: damaged containers") {
  BeamFile f;
  const Raw whole = Builder().file();
  CHECK(!read_beam_file(whole, f));
  CHECK(f.chunks.size() == 5);
  CHECK(read_beam_file(ByteSpan(whole).first(20), f)->what ==
        "truncated BEAM file: it should have 100 bytes, but has 20");
  CHECK(read_beam_file(ByteSpan(whole).first(5), f)->what == "not a BEAM file: only 5 bytes");
  Raw other = whole;
  other[0] = 'X';
  CHECK(read_beam_file(other, f)->what == "not a BEAM file: it does not begin with FOR1");
  other = whole;
  other[16] = 0xff;
  CHECK(read_beam_file(other, f)->what.starts_with("truncated BEAM file: chunk 'AtU8' should have"));
}
