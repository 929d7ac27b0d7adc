// What OTP 27 itself says of these terms stands in the checks.
#include "vm/term/dialect.hpp"

#include <catch2/catch.hpp>

#include "test/unit/term/read.hpp"
#include "vm/term/compare.hpp"
#include "vm/term/hash.hpp"
#include "vm/term/map.hpp"
#include "vm/term/print.hpp"

using namespace joist;
using joist::test::read_term;

namespace {

struct Otp27 {
  Otp27() { choose_dialect(27); }
  ~Otp27() { dialect = {}; }
};

Term numbers(Heap& h, std::int64_t last) {
  std::vector<Term> pairs;
  for (std::int64_t i = 1; i <= last; ++i) pairs.insert(pairs.end(), {Term::small(i), Term::small(i)});
  return map_from_pairs(h, pairs);
}

}  // namespace

TEST_CASE("OTP 27: atoms have numbers in the order in which they are made", "[dialect]") {
  const Otp27 mode;
  CHECK(atom_number(am::false_) == 0);
  CHECK(atom_number(am::true_) == 1);
  CHECK(atom_number(intern("sleep")) == 1212);
  const std::size_t before = atoms_numbered();
  const Term late = intern("dialect: made first");
  const Term known = intern("DbTable_words");  // joist's own
  std::vector<Term> read_ahead;
  {
    const UnnumberedAtoms scope(read_ahead);
    intern("dialect: read ahead");
    CHECK(intern("dialect: made first") == late);
  }
  CHECK(read_ahead.size() == 1);
  const Term last = intern("dialect: made last");
  CHECK(atom_number(late) == before);
  CHECK(atom_number(known) == before + 1);
  CHECK(atom_number(last) == before + 2);
  CHECK(atom_number(read_ahead[0]) == before + 3);
}

TEST_CASE("OTP 27: flat maps list atoms by number, and compare as terms", "[dialect]") {
  const Otp27 mode;
  BlockHeap h;
  const auto text = [&](const char* source) { return to_text(read_term(h, source)); };
  CHECK(text("#{true => 1, zebra_1 => 2, yak_1 => 3, 7 => 4, ok => 5, error => 6, {a} => 7}") ==
        "#{7=>4,true=>1,error=>6,ok=>5,zebra_1=>2,yak_1=>3,{a}=>7}");
  const auto order = [&](const char* a, const char* b) { return compare(read_term(h, a), read_term(h, b)); };
  const char *a = "#{zebra_1 => 1, yak_1 => 2}", *b = "#{yak_1 => 1, zebra_1 => 2}";
  CHECK(order(a, b) > 0);  // yak_1 decides
  CHECK(order("#{zebra_1 => 1, ok => 9}", "#{yak_1 => 2, ok => 1}") > 0);
  CHECK(order(a, a) == 0);
  CHECK(equal_exact(read_term(h, a), read_term(h, "#{yak_1 => 2, zebra_1 => 1}")));
  CHECK(compare_exact(read_term(h, a), read_term(h, b)) < 0);  // zebra_1 does
  CHECK(to_text(map_put(h, read_term(h, "#{zebra_1 => 1}"), am::ok, am::ok)) == "#{ok=>ok,zebra_1=>1}");
  CHECK(to_text(map_merge(h, read_term(h, "#{yak_1 => 1}"), read_term(h, "#{zebra_1 => 1, ok => 2}"))) ==
        "#{ok=>2,zebra_1=>1,yak_1=>1}");
  // The hashes that programs may keep do not depend on it.
  CHECK((phash2(read_term(h, "#{id=>3,name=>1,age=>2,error=>4,zzz=>1,aaa=>2}")) & ((1u << 27) - 1)) ==
        122378531);
}

TEST_CASE("OTP 27: zeros have signs", "[dialect]") {
  BlockHeap h;
  const Term zero = make_float(h, 0.0), negative = make_float(h, -0.0);
  const auto both = [&] {
    const Term pairs[] = {zero, am::ok, negative, am::error};
    return to_text(map_from_pairs(h, pairs));
  };
  CHECK(equal_exact(zero, negative));
  CHECK(compare_exact(zero, negative) == 0);
  const Otp27 mode;
  CHECK(!equal_exact(zero, negative));
  CHECK(equal(zero, negative));
  CHECK(compare(zero, negative) == 0);
  CHECK(compare_exact(zero, negative) > 0);
  CHECK(both() == "#{-0.000000e+00=>error,0.000000e+00=>ok}");
  CHECK(phash2(zero) == phash2(negative));
  std::vector<Term> many = {negative, am::error};
  for (int i = 0; i <= 100; ++i) many.insert(many.end(), {make_float(h, i), am::ok});
  const Term large = map_from_pairs(h, many);
  CHECK(map_size(large) == 102);
  CHECK(map_get(large, zero) == am::ok);
  CHECK(map_get(large, negative) == am::error);
}

TEST_CASE("OTP 27: the internal hash", "[dialect]") {
  const Otp27 mode;
  BlockHeap h;
  struct Row {
    const char* text;
    std::uint64_t hash;
  };
  const Row rows[] = {
      {"1", 7938660269479274665u},
      {"-1", 7256831767414464289u},
      {"0", 15677855740172624429u},
      {"576460752303423487", 12373989555017149930u},
      {"576460752303423488", 17530414456162842989u},
      {"-576460752303423489", 1765007435057576986u},
      {"18446744073709551616", 773736285751472253u},
      {"-1361129467683753853853498429727072845824", 6476759026619847408u},
      {"[]", 16046243290777390298u},
      {"error", 13200177034670485841u},
      {"true", 14558535449716669319u},
      {"1.5", 15485676177230109356u},
      {"-0.0", 7012789198383875584u},
      {"{}", 4510301282025278020u},
      {"{error}", 1293152052075977905u},
      {"{1,2,3}", 729102893196113232u},
      {"{{1},{2}}", 7033266659558211537u},
      {"{error,{1,error},[],\"abc\"}", 11924306112898030365u},
      {"\"a\"", 12819940937779820664u},
      {"\"abcd\"", 3855468832738538248u},
      {"\"abcdefghijk\"", 16833315397013372349u},
      {"[error]", 8752526240766084032u},
      {"[1|2]", 5915944085625558568u},
      {"[error|error]", 8898848927747782343u},
      {"[256,257]", 13936768292901061856u},
      {"[{1},{2}|3]", 14499961144153817456u},
      {"[1,[2,[3|4]]]", 14113957815399377640u},
      {"<<>>", 13239095599208416018u},
      {"<<\"abcdefgh\">>", 12625444620130803071u},
      {"<<\"abcdefghi\">>", 755193965361036861u},
      {"<<\"abcdefghijklmnopq\">>", 15215095382824841873u},
      {"<<1,5:3>>", 15653734895897689398u},
      {"#{}", 6155915714603159186u},
      {"#{error=>2,ok=>{1}}", 2189790450074661193u},
      {"#{{1}=>{2},1.0=>3}", 3987360245292196321u},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    CHECK(internal_hash_wide(read_term(h, row.text)) == row.hash);
    CHECK(internal_hash(read_term(h, row.text)) == static_cast<std::uint32_t>(row.hash));
  }
  CHECK(internal_hash_wide(numbers(h, 300)) == 385831292990003609u);
  CHECK(internal_hash_wide(numbers(h, 33)) == 10188602821767113481u);
  MapIterator i(numbers(h, 40));
  std::string keys;
  for (Term key, value; i.next(&key, &value);) keys += (keys.empty() ? "" : ",") + to_text(key);
  CHECK(keys ==
        "39,22,26,27,5,21,30,16,3,33,14,40,37,24,17,11,6,20,28,25,1,32,36,35,15,9,23,10,8,31,38,7,2,13,29,19,"
        "12,"
        "34,4,18");
}
