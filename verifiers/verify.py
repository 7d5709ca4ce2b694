#!/usr/bin/env python3
"""Checks a Casebook disclosure package from the text of docs/format.md (SPEC.txt in the package), with Python's standard
library alone:  python3 -I verify.py PACKAGE.zip [--since NOTE_FILE] [--key VKEY] [--json]   Exit code 0: all holds;
1: something does not, and its place is named; 2: not readable. Names in quotes below are headings of that text."""
import argparse, base64, collections, functools, hashlib, itertools, json, re, struct, sys, zipfile, zlib
TABLES = {"source": ("SRC1", "locator codec detail"), "file": ("FIL1", "path detail"), "event": ("ROW1", "actor object subject detail"),
          "finding": ("FND1", "code place says"), "statement": ("STM1", "kind about value")}  # "Rows", in order
FIXED, SPANS_AT, N = {"source": 79, "statement": 8}, {"file": 92, "event": 30, "finding": 15}, "(?:0|[1-9][0-9]{0,19})"  # "Headers"
NAMES = (rf"checkpoint\.note|(?:entries|rows|blocks)\.jsonl|annex\.age|anchors/{N}/(?:note|token\.tsr|chain\.pem)|"
         rf"evidence/{N}-{N}/{N}\.bin|view\.sqlite|SPEC\.txt|verify\.(?:py|html)")
WRONG = (ValueError, KeyError, TypeError, IndexError, AttributeError, RuntimeError, struct.error, zlib.error, zipfile.BadZipFile, EOFError)
P, Q = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493  # Ed25519: RFC 8032 section 5.1
def sure(holds, says, value=None):
    if not holds:
        raise ValueError(says)
    return value
def sha(*parts): return hashlib.sha256(b"".join(parts)).digest()
def node(left, right): return sha(b"\1", left, right)
def half(n): return 1 << (n - 1 | 1).bit_length() - 1  # the largest power of two below n
def text(value): return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
def big(t): return sure(re.fullmatch(N, t) and int(t) < 2**64, "not a number of 64 bits as text", int(t[:20]))
def u32(n): return sure(type(n) is int and 0 <= n < 2**32, "not a number of 32 bits", n)
def unhex(t): return sure(bytes.fromhex(t).hex() == t, "not lower-case hexadecimal", bytes.fromhex(t))
def digest(t, size=32): return sure(len(t) == 2 * size, "not of its length", unhex(t))
def unbase64(t): return sure(base64.b64encode(base64.b64decode(t)).decode() == t, "not base64", base64.b64decode(t))
def lines(raw): return re.sub(rb"\n\Z", b"", raw).split(b"\n") if raw else []
def strict(raw):  # "JSON profile": what it does not allow is left out here, and then the text differs
    keep = lambda pairs: {k: v for k, v in pairs if re.fullmatch("[a-z0-9_]+", k)}
    small, none = lambda t: int(t) if len(t) < 18 and abs(int(t)) < 2**53 else None, lambda t: None
    value = json.loads(raw.decode(), object_pairs_hook=keep, parse_int=small, parse_float=none, parse_constant=none)
    levels = itertools.accumulate((c in b"[{") - (c in b"]}") for c in re.sub(rb'"(?:\\.|[^"\\])*"', b"", raw))
    return sure(type(value) is dict and text(value).encode() == raw and max(levels) <= 33, "not a text of the JSON profile", value)
def tree(leaves):  # "Trees": a function that gives the root over the leaves lo to hi
    @functools.lru_cache(2**16)
    def root(lo, hi):
        k = lo + half(hi - lo)
        return sha() if hi == lo else leaves[lo] if hi - lo == 1 else sha(b"\1", root(lo, k), root(k, hi))
    return root
def climb(leaf, i, n, path):  # "Trees", RFC 9162 2.1.3: the root from a path, whose last hash is the highest
    if n < 2:
        return sure(i < n and not path, "its path is of another tree", leaf)
    k, below, top = half(n), path[:-1], path[-1]
    return node(climb(leaf, i, k, below), top) if i < k else node(top, climb(leaf, i - k, n - k, below))
def range_root(lo, hi, first, blocks, path):  # "Evidence blocks"
    if hi <= first or first + len(blocks) <= lo:
        return path.pop(0)
    k = lo + half(hi - lo)
    return (sha(b"\0", blocks[lo - first]) if hi - lo == 1 else
            node(range_root(lo, k, first, blocks, path), range_root(k, hi, first, blocks, path)))
def plus(p, q):  # RFC 8032 5.1.4, in plain coordinates
    t = -121665 * pow(121666, -1, P) * p[0] * q[0] * p[1] * q[1]
    return (p[0] * q[1] + p[1] * q[0]) * pow(1 + t, -1, P) % P, (p[1] * q[1] + p[0] * q[0]) * pow(1 - t, -1, P) % P
def times(n, p):
    q = times(n >> 1, plus(p, p)) if n else (0, 1)
    return plus(q, p) if n & 1 else q
def point(raw):  # RFC 8032 5.1.3
    y, odd = int.from_bytes(raw, "little") % 2**255, raw[31] >> 7
    xx = (y * y - 1) * pow(1 - 121665 * pow(121666, -1, P) * y * y, -1, P) % P
    roots = [x for x in (pow(xx, (P + 3) // 8, P) * r % P for r in (1, pow(2, (P - 1) // 4, P))) if x * x % P == xx]
    return sure(roots and y < P and (xx or not odd), "forged: no point of the curve", (roots[0] if roots[0] & 1 == odd else P - roots[0], y))
def signed(key, message, signature):  # RFC 8032 5.1.7, without the cofactor
    s, k = (int.from_bytes(b, "little") for b in (signature[32:], hashlib.sha512(signature[:32] + key + message).digest()))
    ends = plus(point(signature[:32]), times(k, point(key))) == times(s % Q, point(b"\x58" + 31 * b"\x66"))
    return sure(len(signature) == 64 and s < Q and ends, "a forged signature", True)
def read_key(vkey):  # "Checkpoints": name and key id as in a signature line, public key
    name, key_id, raw = re.fullmatch(r"([^\s+]+)\+([0-9a-f]{8})\+(\S{44})", vkey).groups()
    good = sha(name.encode(), b"\n", unbase64(raw))[:4].hex() == key_id and unbase64(raw)[:1] == b"\1"
    return sure(good, "not a key", ((name, unhex(key_id)), unbase64(raw)[1:]))
def read_note(raw):  # "Checkpoints": the signed text, case, size, root, signature lines
    form = rf"(casebook/([0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}})\n({N})\n(\S{{43}}=)\n)\n((?:\u2014 [^\s+\0-\x1f\x7f-\x9f]+ \S{{8,}}\n){{0,64}})"
    note = re.fullmatch(form, raw.decode())
    sure(note, "not a checkpoint")
    return note[1].encode(), note[2], big(note[3]), unbase64(note[4]), [(s.split()[1], unbase64(s.split()[2])) for s in note[5].splitlines()]
def read_since(raw):  # size and root of a checkpoint kept elsewhere: its note, or `size root`
    bare = re.fullmatch(rf"({N}) (?:([0-9a-f]{{64}})|(\S{{43}}=))\s*", raw.decode())
    return (None, None, big(bare[1]), bytes.fromhex(bare[2]) if bare[2] else unbase64(bare[3])) if bare else read_note(raw)
def read_zip(z):  # step 1 of "Disclosure packages"; what is there for convenience is not looked at
    parts, names = z.infolist(), [i.orig_filename for i in z.infolist()]
    sure(len(names) == len(set(names)) and all(re.fullmatch(NAMES, n) for n in names), "a name that is there twice or is not one of a package")
    sure(all(i.compress_type in (0, 8) and not i.flag_bits & 1 for i in parts), "a file that is encrypted or packed in another way")
    sure({"checkpoint.note", "entries.jsonl", "rows.jsonl", "blocks.jsonl"} <= set(names), "a file that is missing")
    return {n: z.read(n) for n in names}
def read_entry(i, raw, case, head, keys):  # step 3: the next entry; `keys` are the case's, by their texts
    e = strict(raw)
    said = [e["v"], e["case"], e["seq"], e["prev"]["size"], e["prev"]["root"], e["type"] == "case.create", e["time"]]
    sure(text(said) == text([1, case, i, i, head.hex(), i == 0, str(e["time"])]), "not the next one after the entries before it")
    old, new = {"case.create": ("", "key"), "key.add": ("", "key"), "key.revoke": ("key", ""), "key.rotate": ("old", "new")}.get(e["type"], ("", ""))
    if e["type"] == "key.rotate":
        said = f"casebook key rotation\n{case}\n{i}\n{e['old']}\n{e['new']}\n".encode()
        both = [signed(read_key(k)[1], said, unbase64(s)) for k, s in zip((e["old"], e["new"]), e["signatures"])]
        sure(e["old"] in keys and len(both) == len(e["signatures"]) == 2, "not by a key of the case")
    keys.pop(old and e[old], None)
    keys.update({e[new]: read_key(e[new])} if new and e[new] else {})
    return e
def commitment(number, field):  # "Rows"
    if field.keys() == {"commitment"}:
        return digest(field["commitment"])
    tag, value = sure(field.keys() == {"salt", "tag", "value"}, "a field of another form", (u32(field["tag"]), unhex(field["value"])))
    sure(tag in (1, 2) or tag == 0 and not value or tag == 3 and len(value) == 8, "a field that is no value")
    return sha(b"\2", bytes([number]), digest(field["salt"], 16), bytes([tag]), value)
def read_row(r, entries):  # step 4: the row's leaf and the number of rows in its tree
    (schema, _), header, at = TABLES[r["table"]], unhex(r["header"]), SPANS_AT.get(r["table"], 0)
    outputs = [o for o in entries[big(r["entry"])]["outputs"] if [o["table"], o["schema"], o.get("import", 0)] == [r["table"], schema, r["import"]]]
    sure(len(r) == 8 and r["schema"] == schema and len(r["fields"]) == 4, "a row of another form")
    sealed = r["table"] == "statement" or entries[big(r["entry"])]["type"] == "import.seal"
    sure(sealed and len(outputs) == 1, "its entry does not seal its import, or names no single root for its table")
    sure(len(header) == FIXED.get(r["table"], at + 4 + 20 * int.from_bytes(header[at:at + 4], "little")), "a header not of its table")
    leaf = sha(b"\0", schema.encode(), struct.pack("<IQ", r["import"], big(r["row"])), header, *map(commitment, range(4), r["fields"]))
    index, size, path = big(r["row"]) - big(outputs[0].get("first", "0")), big(outputs[0]["rows"]), [digest(h) for h in r["path"]]
    sure(0 <= index < size and climb(leaf, index, size, path) == digest(outputs[0]["root"]), "not under the root in its entry")
    return leaf, size
def read_rows(raw, entries, at):  # step 4: what "disclosed" has to say of the rows, their headers, and the masked fields
    last, leaves, trees, shown, masked, headers = (), [], {}, collections.Counter(), collections.Counter(), {}
    for n, line in enumerate(lines(raw), 1):
        at.append(f"rows.jsonl line {n}")
        r = strict(line)
        key = u32(r["import"]), list(TABLES).index(r["table"]), big(r["row"])
        at.append(f"import {key[0]} {r['table']} row {key[2]}")
        sure(key > last, "not in rising order")
        leaf, size = read_row(r, entries)
        last, headers[key] = key, unhex(r["header"])
        leaves.append(sha(b"\0", leaf))
        trees.setdefault(key[:2], {})[r["entry"]] = size
        shown[key[:2]] += 1
        names = TABLES[r["table"]][1].split()
        masked.update(f"{r['table']}_{names[i]}" for i, f in enumerate(r["fields"]) if "commitment" in f)
    rows = [[i, list(TABLES)[t], str(n), str(sum(trees[i, t].values()))] for (i, t), n in sorted(shown.items())]
    return rows, tree(leaves)(0, len(leaves)).hex(), dict(masked), headers
def read_range(r, data, header):  # step 6
    first, size, path = big(r["first_block"]), int.from_bytes(header[5:13], "little"), [digest(h) for h in r["path"]]
    end, blocks = first * 4096 + len(data), [data[i:i + 4096] for i in range(0, len(data), 4096)]
    sure(len(r) == 6 and big(r["bytes"]) == size and len(data) == big(r["length"]) and header[46] == 1, "not of its source's length")
    sure(0 < len(blocks) <= 4096 and end <= size and (end % 4096 == 0 or end == size), "not whole blocks of its source")
    sure(range_root(0, -(-size // 4096), first, blocks, path) == header[47:] and not path, "not the bytes of its source")
def read_anchor(i, anchor, files, case, head, entries):  # step 7
    parts = [files.pop(f"anchors/{i}/{name}", None) for name in ("note", "token.tsr", "chain.pem")]
    sure([p and sha(p).hex() for p in parts] == [anchor.get(name) for name in ("note", "token", "chain")], "parts that are not its entry's")
    of, size, root = read_note(parts[0])[1:4]
    sure(of == case and size == big(anchor["size"]) <= entries and head(0, size) == root, "a checkpoint that is not of this case")
    imprint = b"\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x04\x20", b"\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"
    sure(anchor["kind"] in ("note", "rfc3161"), "of no kind that is known")
    sure(anchor["kind"] == "note" or parts[1] and any(i + sha(parts[0]) in parts[1] for i in imprint), "a token of something else")
def check(files, since, vkey, at, notes):  # steps 2 to 7; the last of `at` is the place that is looked at
    at.append("checkpoint")
    signed_text, case, size, root, signatures = read_note(files["checkpoint.note"])
    texts, entries, keys = lines(files["entries.jsonl"]), [], {}
    head = tree([sha(b"\0", t) for t in texts])
    for i, t in enumerate(texts):
        at.append(f"entry {i}")
        entries.append(read_entry(i, t, case, head(0, i), keys))
    at.append("checkpoint")
    sure((len(texts), head(0, len(texts))) == (size, root), "not of these entries: some are missing, or one was changed")
    sure(not since or since[2] <= size and head(0, since[2]) == since[3], "not grown from the one kept elsewhere")
    kept = [vkey] if vkey else []
    good = [k for k in kept + list(keys.values()) for name, s in signatures if (name, s[:4]) == k[0] and signed(k[1], signed_text, s[4:])]
    sure(not keys or any(k in good for k in keys.values()), "not signed by the case")
    sure(not vkey or kept[0] in good, "not signed with the given key")
    rows, rows_root, masked, headers = read_rows(files["rows.jsonl"], entries, at)
    notes += [f"{n} of {of} rows of import {i}, {t}, are shown" for i, t, n, of in rows] + [f"{n} fields {k} are masked" for k, n in masked.items()]
    last, leaves = (), []
    for n, line in enumerate(lines(files["blocks.jsonl"]), 1):
        at.append(f"blocks.jsonl line {n}")
        r = strict(line)
        key = u32(r["import"]), u32(r["source"]), big(r["first_block"])
        at.append("import {} source {} block {}".format(*key))
        data = files.pop("evidence/{}-{}/{}.bin".format(*key))
        sure(key > last, "not in rising order")
        read_range(r, data, headers[key[0], 0, key[1]])
        leaves.append(sha(b"\0BLK1", struct.pack("<IIQQ", *key, len(data)), sha(data)))
        last = key
    at.append("disclosure")
    said = sure(entries[-1]["type"] == "disclose", "the last entry is not `disclose`", entries[-1]["disclosed"])
    sure(text([[r["import"], r["table"], r["shown"], r["of"]] for r in said["rows"]]) == text(rows), "other counts of rows")
    sure(all(big(r["hidden"]) + big(r["shown"]) <= big(r["of"]) for r in said["rows"]), "more hidden rows than there are")
    sure((said["root"], text(said["masked"])) == (rows_root, text(masked)), "other rows, or other masked fields")
    sure((said["blocks"]["ranges"], said["blocks"]["root"]) == (str(len(leaves)), tree(leaves)(0, len(leaves)).hex()), "other ranges of evidence")
    sure(said["annex"] == (sha(files["annex.age"]).hex() if "annex.age" in files else None), "another annex")
    for i, e in enumerate(entries):
        if e["type"] == "anchor":
            at.append(f"anchor {i}")
            read_anchor(i, e["anchor"], files, case, head, len(entries))
    at.append("zip")
    sure(not [n for n in files if n.startswith(("evidence/", "anchors/"))], "evidence or parts of anchors that nothing here speaks of")
    return size, root, len(entries), sum(int(r[2]) for r in rows)
def main():
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("package")
    ask.add_argument("--since")
    ask.add_argument("--key")
    ask.add_argument("--json", action="store_true")
    given, at, notes, faults, seen = ask.parse_args(), ["zip"], [], [], (None, None, None, None)
    try:
        since = read_since(open(given.since, "rb").read(2**16)) if given.since else None
        key = read_key(given.key) if given.key else None
        z = zipfile.ZipFile(given.package)
        sure(len(z.infolist()) < 2**16 - 1 and sum(i.file_size for i in z.infolist()) <= 2**30, "more than a verifier unpacks")
    except (OSError, *WRONG) as e:
        print(f"not readable: {e}", file=sys.stderr)
        sys.exit(2)
    try:
        seen = check(read_zip(z), since, key, at, notes)
    except WRONG as e:
        faults = [{"place": at[-1], "says": ascii(str(e))}]
    verdict = "mismatch" if faults else "verified" if since or key else "consistent"
    report = {"verdict": verdict, "not_covered": notes, "faults": faults, "size": seen[0], "root": seen[1] and seen[1].hex(), "entries": seen[2], "rows": seen[3]}
    if given.json:
        print(json.dumps(report))
    else:
        print("Not covered:", *notes, sep="\n  ")
        print(*[f"{f['place']}: {f['says']}" for f in faults], sep="\n")
        print({"mismatch": "MISMATCH"}.get(verdict, verdict))
    sys.exit(bool(faults))
if __name__ == "__main__":
    main()
