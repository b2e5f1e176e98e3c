"""Compares two files of formulas: the same names, texts and counts, and numbers within 1e-9 of each other.

The last digits of a sum depend on the machine that adds it up, so that `diff` would find differences that mean
nothing.

Example: python3 tests/independent/same.py tests/independent/formulas.json target/formulas.json
"""

import json
import sys

TOLERANCE = 1e-9


def differences(kept, now, place):
    if isinstance(kept, dict) and isinstance(now, dict):
        for key in sorted(kept.keys() | now.keys()):
            if key not in kept or key not in now:
                yield f"{place}/{key}: only in {'the second' if key in now else 'the first'} file"
            else:
                yield from differences(kept[key], now[key], f"{place}/{key}")
    elif isinstance(kept, list) and isinstance(now, list) and len(kept) == len(now):
        for at, (one, other) in enumerate(zip(kept, now)):
            yield from differences(one, other, f"{place}/{at}")
    elif isinstance(kept, float) and isinstance(now, (int, float)) and not isinstance(now, bool):
        if abs(kept - now) > TOLERANCE * max(abs(kept), abs(now)) + 1e-15:
            yield f"{place}: {kept!r} in the first file, {now!r} in the second"
    elif kept != now:
        yield f"{place}: {kept!r} in the first file, {now!r} in the second"


def main():
    files = []
    for path in sys.argv[1:3]:
        with open(path, encoding="utf-8") as file:
            files.append(json.load(file))
    found = list(differences(*files, ""))
    print("\n".join(found) or "the same within 1e-9")
    sys.exit(1 if found else 0)


main()
