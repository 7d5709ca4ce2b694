#!/usr/bin/env python3
"""Writes the test vectors of the ledger from the text of docs/format.md, with Python's hashlib
alone. Run in this folder; the files it writes are compared by the crate's tests."""
import base64, hashlib, hmac, json, struct


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def node(left, right):
    return sha(b"\x01", left, right)


def split(n):
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def root(leaves):
    if not leaves:
        return sha()
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return node(root(leaves[:k]), root(leaves[k:]))


def path(m, leaves):
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return path(m, leaves[:k]) + [root(leaves[k:])]
    return path(m - k, leaves[k:]) + [root(leaves[:k])]


def subproof(m, leaves, whole):
    if m == len(leaves):
        return [] if whole else [root(leaves)]
    k = split(len(leaves))
    if m <= k:
        return subproof(m, leaves[:k], whole) + [root(leaves[k:])]
    return subproof(m - k, leaves[k:], False) + [root(leaves[:k])]


def write(name, value):
    with open(name, "w", encoding="utf-8") as f:
        json.dump(value, f, indent=1, ensure_ascii=False)
        f.write("\n")


def leaves(n):
    """Leaf i of the vectors is the hash of its number in decimal."""
    return [sha(b"\x00", str(i).encode()) for i in range(n)]


def trees():
    sizes = [0, 1, 2, 3, 4, 5, 7, 8, 255, 256, 257, 511, 513, 65536, 65793, 70000]
    inclusion, consistency = [], []
    for size, index in [(1, 0), (2, 1), (3, 2), (5, 4), (7, 3), (257, 256), (257, 0), (513, 300), (70000, 65537), (70000, 69999)]:
        inclusion.append({"size": size, "index": index, "path": [h.hex() for h in path(index, leaves(size))]})
    for old, new in [(1, 1), (1, 2), (3, 4), (4, 8), (6, 8), (7, 8), (256, 257), (255, 513), (300, 70000), (65536, 70000)]:
        consistency.append({"old": old, "new": new, "path": [h.hex() for h in subproof(old, leaves(new), True)]})
    write("tree.json", {
        "leaf": "SHA256(00 | decimal digits of the leaf's number)",
        "roots": [{"size": n, "root": root(leaves(n)).hex()} for n in sizes],
        "inclusion": inclusion,
        "consistency": consistency,
    })


def pattern(n):
    """Byte i of the streams is i*i/256 + i, modulo 256."""
    return bytes((i * i // 256 + i) % 256 for i in range(n))


def block_leaves(data):
    return [sha(b"\x00", data[i:i + 4096]) for i in range(0, len(data), 4096)]


def range_path(lo, hi, first, end, tree):
    if hi <= first or end <= lo:
        return [root(tree[lo:hi])]
    if hi - lo == 1:
        return []
    k = lo + split(hi - lo)
    return range_path(lo, k, first, end, tree) + range_path(k, hi, first, end, tree)


def blocks():
    streams, ranges = [], []
    for n in [0, 1, 4095, 4096, 4097, 1 << 20, (1 << 20) + 1, 3 * (1 << 20) + 5000]:
        tree = block_leaves(pattern(n))
        streams.append({
            "bytes": n,
            "root": root(tree).hex(),
            "nodes": [root(tree[i:i + 256]).hex() for i in range(0, len(tree), 256)],
        })
    for n, offset, length in [(1, 0, 1), (4097, 4096, 1), (1 << 20, 5000, 9000), (3 * (1 << 20) + 5000, (1 << 20) - 10, 20),
                              (3 * (1 << 20) + 5000, 3 * (1 << 20) + 4999, 1)]:
        tree = block_leaves(pattern(n))
        first, end = offset // 4096, -(-(offset + length) // 4096)
        ranges.append({"bytes": n, "offset": offset, "length": length, "first_block": first,
                       "path": [h.hex() for h in range_path(0, len(tree), first, end, tree)]})
    write("blocks.json", {"byte": "byte i is (i*i/256 + i) mod 256", "streams": streams, "ranges": ranges})


def value_bytes(field):
    kind, value = field
    return {0: lambda: b"", 1: lambda: value, 2: lambda: value, 3: lambda: struct.pack("<q", value)}[kind]()


def rows():
    case_key = bytes(range(32))
    inputs, tool, params = b'[{"role":"evidence"}]', b'{"name":"casebook"}', b'{"import":3}'
    import_key = hmac.digest(case_key, sha(inputs, tool, params), "sha256")
    out = []
    samples = [
        ("ROW1", "CON1", 3, 0, b"", [(0, None)] * 4),
        ("ROW1", "CON1", 3, 1, b"header", [(1, b""), (0, None), (2, b""), (3, 0)]),
        ("ROW1", "CON1", 3, (1 << 40) - 1, bytes(range(54)),
         [(1, "사용자".encode()), (1, b"\xff\xfe not UTF-8 \x00"), (2, b"\x00\x01"), (3, -(1 << 63))]),
        ("FIL1", "FCN1", 4294967295, 1, b"header", [(1, b"a/b" * 40), (1, b"{}"), (0, None), (0, None)]),
    ]
    for leaf_tag, content_tag, number, row, header, fields in samples:
        table_key = hmac.digest(import_key, leaf_tag.encode(), "sha256")
        salts = [hmac.digest(table_key, struct.pack("<QB", row, f), "sha256")[:16] for f in range(len(fields))]
        commitments = [sha(b"\x02", bytes([f]), salts[f], bytes([kind]), value_bytes((kind, v)))
                       for f, (kind, v) in enumerate(fields)]
        encoded = b"".join(bytes([kind]) + struct.pack("<I", len(value_bytes((kind, v)))) + value_bytes((kind, v))
                           for kind, v in fields)
        out.append({
            "leaf_tag": leaf_tag, "content_tag": content_tag, "import": number, "row": str(row), "header": header.hex(),
            "fields": encoded.hex(), "salts": [s.hex() for s in salts], "commitments": [c.hex() for c in commitments],
            "leaf": sha(b"\x00", leaf_tag.encode(), struct.pack("<IQ", number, row), header, *commitments).hex(),
            "content_leaf": sha(b"\x00", content_tag.encode(), struct.pack("<Q", row), header, encoded).hex(),
        })
    write("rows.json", {"case_key": case_key.hex(), "inputs": inputs.decode(), "tool": tool.decode(),
                        "params": params.decode(), "rows": out})


def members():
    listed = [(b"b.txt", b"beta"), ("가.txt".encode(), b""), (b"a/\xff", b"raw"), (b"b.txt", b"another beta"), (b"a", b"alpha")]
    tree = sorted((p, len(c), sha(c)) for p, c in listed)
    hashes = [sha(b"\x00MEM1", struct.pack("<I", len(p)), p, struct.pack("<Q", n), d) for p, n, d in tree]
    write("members.json", {"members": [{"path": p.hex(), "bytes": len(c), "sha256": sha(c).hex()} for p, c in listed],
                           "root": root(hashes).hex()})


def text(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def entries():
    case = "0f8b5c1e-1d2a-4c3b-9e4f-5a6b7c8d9e0f"
    bodies = [
        ("case.create", {"nonce": "00" * 32, "suite": "sha256"}),
        ("import.begin", {"inputs": [], "tool": {"name": "casebook"}, "params": {"import": 1}}),
        ("annotate", {"text": "tab\t line\n quote\" back\\ del\x7f nul\x00 esc\x1b sep\u2028 한국어 \U0001f50d",
                      "list": [None, True, False, -9007199254740991, 9007199254740991, [], {}]}),
    ]
    texts, notes = [], []
    for seq, (kind, body) in enumerate(bodies):
        before = [sha(b"\x00", t.encode()) for t in texts]
        entry = {"v": 1, "case": case, "seq": seq, "type": kind, "prev": {"size": seq, "root": root(before).hex()},
                 "time": "2026-11-22T04:28:13.123Z", **body}
        texts.append(text(entry))
        tree = [sha(b"\x00", t.encode()) for t in texts]
        notes.append(f"casebook/{case}\n{len(texts)}\n{base64.b64encode(root(tree)).decode()}\n\n")
    write("entries.json", {"case": case, "entries": texts, "notes": notes})


if __name__ == "__main__":
    trees()
    blocks()
    rows()
    members()
    entries()
