"""Random operations on OTP's terminal driver: joist must write the very bytes that erl writes.

usage: terminal_operations.py JOIST FOLDER FIRST-SEED COUNT    (FOLDER holds terminal_operations.beam)
"""
import os
import random
import struct
import sys

from terminal import Terminal

TEXTS = ["a", "hello", "hello world ", "x" * 15, "y" * 30, "\tz", "a\tb", "\x01", "\x1b[1mB\x1b[0m", "åä", "漢字", "e\u0301",
         "line\n", "\r", "\n\n", "1234567890", "\b", "\u200b", "😀", "a\nb", " "]


def etf(term):
    """The external term format, without its first byte."""
    if isinstance(term, int):
        return b"b" + struct.pack(">i", term)
    if isinstance(term, bytes):
        return b"m" + struct.pack(">I", len(term)) + term
    if isinstance(term, str):
        return b"w" + bytes([len(term)]) + term.encode()
    if isinstance(term, tuple):
        return b"h" + bytes([len(term)]) + b"".join(map(etf, term))
    return (b"l" + struct.pack(">I", len(term)) + b"".join(map(etf, term)) if term else b"") + b"j"


def operation(rnd):
    kind = rnd.choice(["put", "put", "ins", "ins", "move", "move", "del", "del", "beep"])
    if kind == "beep":
        return kind
    return (kind, rnd.choice(TEXTS).encode() if kind in ("put", "ins") else rnd.randint(-12, 12))


def written(command, columns):
    terminal = Terminal(command, columns)
    terminal.finish()
    return terminal.output


def main():
    joist, folder, first, count = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    different = 0
    for seed in range(first, first + count):
        rnd = random.Random(seed)
        columns = rnd.choice([80, 20, 10, 13])
        operations = [operation(rnd) for _ in range(rnd.randint(1, 12))]
        path = os.path.join(folder, "operations.etf")
        with open(path, "wb") as file:
            file.write(b"\x83" + etf(operations))
        erl = written(["erl", "-noinput", "-pa", folder, "-eval", f'terminal_operations:main(["{path}"]).'], columns)
        own = written([joist, "run", os.path.join(folder, "terminal_operations.beam"), "main", path], columns)
        if erl != own:
            different += 1
            print(f"seed {seed}, {columns} columns: {operations}\n  erl   {erl}\n  joist {own}")
    sys.exit(1 if different else 0)


main()
