#!/usr/bin/env python3
"""Checks a proof bundle from the text of docs/format.md, with Python's standard library alone.

    casebook prove laptop.casebook 1099511627776 --out row.proof
    python3 check_proof.py row.proof [kept.note]

Exit code 0: every step holds; 1: one does not. Without a kept checkpoint the bundle rests on the
one it carries."""
import base64, hashlib, json, re, sys


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def node(left, right):
    return sha(b"\x01", left, right)


def le(n, size):
    return int(n).to_bytes(size, "little")


def unhex(digits):
    """Lower case only: one text for one value."""
    if not re.fullmatch(r"([0-9a-f]{2})*", digits):
        raise ValueError("not lower-case hexadecimal")
    return bytes.fromhex(digits)


def hashes(listed):
    return [unhex(h) for h in listed]


def text(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def strict(raw):
    """The value of a text of the profile; any other text of it is refused."""
    value = json.loads(raw)
    if text(value) != raw or "." in re.sub(r'"(\\.|[^"\\])*"', "", raw):
        raise SystemExit("not a text of the profile")
    return value


def included(leaf, index, path, size, root):
    """RFC 9162 2.1.3.2."""
    if index >= size:
        return False
    last, here = size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if index & 1 or index == last:
            here = node(sibling, here)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            here = node(here, sibling)
        index, last = index >> 1, last >> 1
    return last == 0 and here == root


def checkpoint(note):
    origin, size, root = note.split("\n\n")[0].split("\n")
    return origin.removeprefix("casebook/"), int(size), base64.b64decode(root, validate=True)


def commitment(number, field):
    if "commitment" in field:
        return unhex(field["commitment"])
    return sha(b"\x02", bytes([number]), unhex(field["salt"]), bytes([field["tag"]]), unhex(field["value"]))


SPANS_AT = {"ROW1": 30, "FIL1": 92, "FND1": 15}


def header_fits(schema, header):
    if schema == "SRC1":
        return len(header) == 79
    at = SPANS_AT[schema]
    return len(header) == at + 4 + 20 * int.from_bytes(header[at:at + 4], "little")


def range_root(lo, hi, first, blocks, path):
    if hi <= first or first + len(blocks) <= lo:
        return path.pop(0)
    if hi - lo == 1:
        return sha(b"\x00", blocks[lo - first])
    k = 1
    while k * 2 < hi - lo:
        k *= 2
    return node(range_root(lo, lo + k, first, blocks, path), range_root(lo + k, hi, first, blocks, path))


def bytes_hold(shown, sources):
    header = sources.get(shown["source"])
    if header is None or header[46] != 1:
        return False
    length, root = int.from_bytes(header[5:13], "little"), header[47:79]
    data, path, first = unhex(shown["data"]), hashes(shown["path"]), int(shown["first_block"])
    end = first * 4096 + len(data)
    if int(shown["bytes"]) != length or not data or end > length or (end % 4096 and end != length):
        return False
    blocks = [data[i:i + 4096] for i in range(0, len(data), 4096)]
    return range_root(0, -(-length // 4096), first, blocks, path) == root and not path


def check(raw, kept=None):
    """What does not hold; nothing where everything does."""
    proof, faults = strict(raw), []
    case, size, root = checkpoint(proof["checkpoint"])
    if kept is not None and checkpoint(kept) != (case, size, root):
        faults.append("the checkpoint is not the kept one")
    entry, seq = proof["entry"]["text"], int(proof["entry"]["seq"])
    said = strict(entry)
    if not included(sha(b"\x00", entry.encode()), seq, hashes(proof["entry"]["path"]), size, root):
        faults.append("the entry is not under the checkpoint")
    if (said["case"], said["seq"]) != (case, seq) or (proof["rows"] and said["type"] != "import.seal"):
        faults.append("the entry is of another case, place or type")
    sources = {}
    for row in proof["rows"]:
        name, header = f'{row["table"]} row {row["row"]}', unhex(row["header"])
        key = (row["table"], row["schema"], proof["import"])
        outputs = [o for o in said.get("outputs", []) if (o["table"], o["schema"], o.get("import")) == key]
        leaf = sha(b"\x00", row["schema"].encode(), le(proof["import"], 4), le(row["row"], 8), header,
                   *(commitment(i, f) for i, f in enumerate(row["fields"])))
        if len(outputs) != 1 or not header_fits(row["schema"], header):
            faults.append(f"{name}: no root in the entry, or a damaged header")
        elif not included(leaf, int(row["row"]), hashes(row["path"]), int(outputs[0]["rows"]), unhex(outputs[0]["root"])):
            faults.append(f"{name}: not under the root in the entry")
        if row["schema"] == "SRC1":
            sources[int(row["row"])] = header
    faults += [f'bytes of source {b["source"]}: not under its root' for b in proof["bytes"] if not bytes_hold(b, sources)]
    return faults


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as f:
        bundle = f.read().rstrip("\n")
    note = open(sys.argv[2], encoding="utf-8").read() if len(sys.argv) > 2 else None
    try:
        wrong = check(bundle, note)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as e:
        wrong = [f"not a proof bundle: {e!r}"]
    print("\n".join(wrong) or f"every step holds; {'anchored by the kept checkpoint' if note else 'not anchored'}")
    sys.exit(1 if wrong else 0)
