#!/usr/bin/env python3
"""opcode_coverage.py FILE.beam... -- names the instructions of the list 'opcodes' that no file contains.

--uses NAME prints the files that contain an instruction instead. Reads the Code chunk only: an instruction is
its number and `arity` compact terms, and all that this needs to know of a term is how long it is.
"""
import os
import struct
import sys

def opcode_table():
    table = {}
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "opcodes")) as file:
        for line in file:
            fields = line.split("#")[0].split()
            if fields:
                table[int(fields[0])] = (fields[1], int(fields[2]))
    return table


def chunks(data):
    at = 12
    while at + 8 <= len(data):
        size = struct.unpack(">I", data[at + 4:at + 8])[0]
        yield data[at:at + 4], data[at + 8:at + 8 + size]
        at += 8 + (size + 3) // 4 * 4


def skip_value(code, at):
    """(value, next position) of the number part of a compact term."""
    first = code[at]
    if not first & 8:
        return first >> 4, at + 1
    if not first & 16:
        return (first >> 5) << 8 | code[at + 1], at + 2
    size = first >> 5
    at, more = at + 1, size + 2
    if size == 7:
        more, at = skip_value(code, at)
        more += 9
    return int.from_bytes(code[at:at + more], "big"), at + more


def skip_term(code, at):
    tag = code[at] & 7
    if tag != 7:
        return skip_value(code, at)[1]
    kind = code[at] >> 4
    at += 1
    if kind == 1:  # list
        count, at = skip_value(code, at)
        for _ in range(count):
            at = skip_term(code, at)
        return at
    if kind in (2, 4):  # float register, literal
        return skip_value(code, at)[1]
    if kind == 3:  # allocation list
        count, at = skip_value(code, at)
        for _ in range(count):
            at = skip_value(code, skip_value(code, at)[1])[1]
        return at
    if kind == 5:  # typed register
        return skip_value(code, skip_term(code, at))[1]
    raise ValueError(f"unknown extended term {kind} at {at - 1}")


def opcodes_of(path, table):
    with open(path, "rb") as file:
        data = file.read()
    for name, body in chunks(data):
        if name == b"Code":
            found, at = set(), 4 + struct.unpack(">I", body[:4])[0]
            while at < len(body):
                opcode = body[at]
                found.add(opcode)
                if opcode == 3:  # int_code_end
                    return found
                at += 1
                for _ in range(table[opcode][1]):
                    at = skip_term(body, at)
    return set()


def main():
    table = opcode_table()
    arguments = sys.argv[1:]
    wanted = None
    if arguments[:1] == ["--uses"]:
        wanted, arguments = arguments[1], arguments[2:]
    seen = set()
    for path in arguments:
        found = opcodes_of(path, table)
        if wanted and any(table[opcode][0] == wanted for opcode in found):
            print(path)
        seen |= found
    missing = [name for number, (name, _) in table.items() if number not in seen]
    if wanted is None:
        print(f"{len(table) - len(missing)} of {len(table)} instructions occur")
        if missing:
            print("missing: " + " ".join(missing))
    return 1 if missing and not wanted else 0


if __name__ == "__main__":
    sys.exit(main())
