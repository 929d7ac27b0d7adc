// binary_build.hpp -- putting bitstrings together.
//
// bs_create_bin builds a whole bitstring from a description of its segments. The instructions of OTP 24 and before
// (bs_init, then bs_put_* one after the other) keep in the process where the next one writes.
// `words`: heap words that are to be free afterwards, for what the code builds next.
#pragma once
#include "vm/code/segment.hpp"
#include "vm/interpreter/engine.hpp"
#include "vm/interpreter/instruction.hpp"
#include "vm/term/bit_syntax.hpp"

namespace joist {

struct BsCreateBin : Instruction<"bs_create_bin", Lab<"fail">, Num<"words">, Num<"live">, OutAny<"dst">, RestNum<"segments">> {
  static Flow slow(Machine& m, const Word* fail, Word words, Word live, Slot dst, Words_ segments);
};
// x0: the bytes that will probably be appended, then an empty bitstring to append to.
struct BsInitWritable : Instruction<"bs_init_writable"> {
  static Flow slow(Machine& m);
};

// ---- OTP 24 and before ----
struct BsInit : Instruction<"bs_init", Lab<"fail">, InAny<"size">, Num<"unit">, Num<"words">, Num<"live">, OutAny<"dst">> {
  static Flow slow(Machine& m, const Word* fail, Slot size, Word unit, Word words, Word live, Slot dst);
};
struct BsAppend : Instruction<"bs_append", Lab<"fail">, InAny<"extra">, Num<"words">, Num<"live">, Num<"unit">,
                              InAny<"bits">, OutAny<"dst">> {
  static Flow slow(Machine& m, const Word* fail, Slot extra, Word words, Word live, Word unit, Slot bits, Slot dst);
};
struct BsPrivateAppend : Instruction<"bs_private_append", Lab<"fail">, InAny<"extra">, Num<"unit">, InAny<"bits">, OutAny<"dst">> {
  static Flow slow(Machine& m, const Word* fail, Slot extra, Word unit, Slot bits, Slot dst);
};
// dst = a + b * unit, for sizes: badarg if one is not a size, system_limit if it is too large.
struct BsAdd : Instruction<"bs_add", Lab<"fail">, InAny<"a">, InAny<"b">, Num<"unit">, OutAny<"dst">> {
  static Flow slow(Machine& m, const Word* fail, Slot a, Slot b, Word unit, Slot dst);
};
struct BsPutInteger : Instruction<"bs_put_integer", Lab<"fail">, InAny<"size">, Num<"unit">, Num<"flags">, InAny<"src">> {
  static Flow slow(Machine& m, const Word* fail, Slot size, Word unit, Word flags, Slot src);
};
struct BsPutFloat : Instruction<"bs_put_float", Lab<"fail">, InAny<"size">, Num<"unit">, Num<"flags">, InAny<"src">> {
  static Flow slow(Machine& m, const Word* fail, Slot size, Word unit, Word flags, Slot src);
};
struct BsPutBinary : Instruction<"bs_put_binary", Lab<"fail">, InAny<"size">, Num<"unit">, InAny<"src">> {
  static Flow slow(Machine& m, const Word* fail, Slot size, Word unit, Slot src);
};
struct BsPutString : Instruction<"bs_put_string", Num<"size">, RestNum<"bytes">> {
  static Flow slow(Machine& m, Word size, Words_ bytes);
};
struct BsPutUtf : Instruction<"bs_put_utf", Lab<"fail">, Num<"encoding">, Num<"flags">, InAny<"src">> {
  static Flow slow(Machine& m, const Word* fail, Word encoding, Word flags, Slot src);
};
// Bytes that a code point takes; 4 of what is none, for bs_put_utf to complain about.
struct BsUtfSize : Instruction<"bs_utf_size", Num<"encoding">, InAny<"src">, OutAny<"dst">> {
  static Flow slow(Machine& m, Word encoding, Slot src, Slot dst);
};

}  // namespace joist
