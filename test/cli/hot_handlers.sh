# No fast path of an instruction makes a stack frame: disassembles the program and looks for pushes, calls and
# changes of the stack pointer in every handler. Only the instructions listed here may have one.
. test/cli/lib.bash
[ "${PRESET:-release}" = release ] || exit 0
objdump -d -C --no-show-raw-insn "$JOIST" >"$work/text" || fail "objdump failed"
python3 - "$work/text" >"$out" <<'PY' || fail "handlers with stack frames"
import re
import sys

# They look at five or six fields of a binary at once, more than registers are left; all push one register.
ALLOWED = {"BsAppendParts", "BsCreateIntegers", "BsGetBinary", "BsGetBinaryAll", "BsGetTail", "BsGetUtf8", "BsMatchWord"}

handlers, framed, current = 0, {}, None
for line in open(sys.argv[1]):
    symbol = re.match(r"[0-9a-f]+ <(.*)>:$", line)
    if symbol:
        handler = re.match(r"joist::Variant<joist::(?:\(anonymous namespace\)::)?(\w+).*>::handler\(", symbol[1])
        current = handler and handler[1]
        handlers += bool(handler)
    elif current and re.search(r"\t(push|call|enter)\b|,%rsp$", line):
        framed.setdefault(current, []).append(line.split("\t", 1)[1].strip())
for name in sorted(set(framed) - ALLOWED):
    print(f"{name}: {framed[name][0]}")
for name in sorted(ALLOWED - set(framed)):
    print(f"{name} has no stack frame any more: take it off the list")
if handlers < 800:
    print(f"only {handlers} handlers found")
sys.exit(handlers < 800 or set(framed) != ALLOWED)
PY
