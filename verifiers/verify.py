#!/usr/bin/env python3
"""Checks a disclosure package by docs/format.md (SPEC.txt in the package): python3 -I verify.py PACKAGE.zip [--since NOTE_FILE]
[--key VKEY] [--json]. Exit 0: all holds; 1: something does not: its place is named, and the line here that says so; 2: not readable.
NOTE_FILE is a checkpoint kept elsewhere, or its size and root. Names in quotes are headings of that text, steps those of its list."""
import argparse, base64, collections, functools, hashlib, itertools, json, re, struct, sys, traceback, zipfile
TABLES = {"source": ("SRC1", "locator codec detail"), "file": ("FIL1", "path detail"), "event": ("ROW1", "actor object subject detail"),
          "finding": ("FND1", "code place says"), "statement": ("STM1", "kind about value")}  # "Rows", in order
FIXED, SPANS_AT, N = {"source": 79, "statement": 8}, {"file": 92, "event": 30, "finding": 15}, "(?:0|[1-9][0-9]{0,19})"  # "Headers"
NAMES = rf"checkpoint\.note|(?:entries|rows|blocks)\.jsonl|annex\.age|view\.sqlite|SPEC\.txt|verify\.(?:py|html)|" \
        rf"evidence/{N}-{N}/{N}\.bin|anchors/{N}/(?:note|token\.tsr|chain\.pem)"
NOTE = rf"(casebook/([0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}})\n({N})\n(\S{{43}}=)\n)\n" \
       r"((?:\u2014 [^\s+\0-\x1f\x7f-\x9f]+ \S{8,}\n){0,64})"  # "Checkpoints"
P, Q = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493  # Ed25519: RFC 8032 section 5.1
def sure(holds, value=None): return value if holds else {}["does not hold"]
def sha(*parts): return hashlib.sha256(b"".join(parts)).digest()
def half(n): return 1 << (n - 1 | 1).bit_length() - 1  # the largest power of two below n
def text(value): return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
def u32(n): return sure(type(n) is int and n in range(2**32), n)
def u64(t): return sure(re.fullmatch(N, t) and int(t) < 2**64, int(t[:20]))  # as text
def unhex(t, *size): return sure(bytes.fromhex(t).hex() == t and len(t) // 2 in (size or [len(t) // 2]), bytes.fromhex(t))
def unbase64(t): return sure(base64.b64encode(base64.b64decode(t)).decode() == t, base64.b64decode(t))
def lines(raw): return re.sub(rb"\n\Z", b"", raw).split(b"\n") if raw else []
def strict(raw):  # "JSON profile": what it does not allow is left out here, and then the text differs
    keep = lambda pairs: {k: v for k, v in pairs if re.fullmatch("[a-z0-9_]+", k)}
    small, none = lambda t: int(t) if len(t) < 18 and abs(int(t)) < 2**53 else None, lambda t: None
    value = json.loads(raw.decode(), object_pairs_hook=keep, parse_int=small, parse_float=none, parse_constant=none)
    levels = itertools.accumulate((c in b"[{") - (c in b"]}") for c in re.sub(rb'"(?:\\.|[^"\\])*"', b"", raw))
    return sure(type(value) is dict and text(value).encode() == raw and max(levels) <= 33, value)
def tree(leaves):  # "Trees": a function that gives the root over the leaves from lo to hi
    return (root := functools.lru_cache(2**16)(lambda lo, hi: sha() if hi == lo else leaves[lo] if hi - lo == 1 else
                                               sha(b"\1", root(lo, lo + half(hi - lo)), root(lo + half(hi - lo), hi))))
def climb(leaf, i, n, path):  # "Trees", RFC 9162 2.1.3: the root from a path, whose last hash is the highest
    if n < 2: return sure(i < n and not path, leaf)
    k, below, top = half(n), path[:-1], path[-1]
    return sha(b"\1", climb(leaf, i, k, below), top) if i < k else sha(b"\1", top, climb(leaf, i - k, n - k, below))
def range_root(lo, hi, first, blocks, path):  # "Evidence blocks": from the root down, left before right
    k = lo + half(hi - lo)
    return (path.pop(0) if hi <= first or first + len(blocks) <= lo else sha(b"\0", blocks[lo - first]) if hi - lo < 2 else
            sha(b"\1", range_root(lo, k, first, blocks, path), range_root(k, hi, first, blocks, path)))
def plus(p, q):  # Ed25519, RFC 8032 5.1.4, in plain coordinates
    t = -121665 * pow(121666, -1, P) * p[0] * q[0] * p[1] * q[1]
    return (p[0] * q[1] + p[1] * q[0]) * pow(1 + t, -1, P) % P, (p[1] * q[1] + p[0] * q[0]) * pow(1 - t, -1, P) % P
def times(n, p): return plus(times(n >> 1, plus(p, p)), p if n & 1 else (0, 1)) if n else (0, 1)
def point(raw):  # RFC 8032 5.1.3
    y, odd = int.from_bytes(raw, "little") % 2**255, raw[31] >> 7
    xx = (y * y - 1) * pow(1 - 121665 * pow(121666, -1, P) * y * y, -1, P) % P
    roots = [x for x in (pow(xx, (P + 3) // 8, P) * r % P for r in (1, pow(2, (P - 1) // 4, P))) if x * x % P == xx]
    return sure(roots and y < P and (xx or not odd), (roots[0] if roots[0] & 1 == odd else P - roots[0], y))
def signed(key, message, signature):  # RFC 8032 5.1.7, without the cofactor; no point of small order
    s, k = (int.from_bytes(b, "little") for b in (signature[32:], hashlib.sha512(signature[:32] + key + message).digest()))
    r, a, base = map(point, (signature[:32], key, b"\x58" + 31 * b"\x66"))
    return sure(s < Q and (0, 1) not in (times(8, r), times(8, a)) and plus(r, times(k, a)) == times(s, base), True)
def read_key(vkey):  # "Checkpoints": name and key id as in a signature line, public key
    name, key_id, raw = re.fullmatch(r"([^\s+\0-\x1f\x7f-\x9f]+)\+([0-9a-f]{8})\+(\S{44})", vkey).groups()
    sure(sha(name.encode(), b"\n", raw := unbase64(raw))[:4].hex() == key_id and len(raw) == 33 and raw[0] == 1)
    return (name, unhex(key_id)), raw[1:]
def read_note(raw):  # "Checkpoints": the signed text, case, size, root, signature lines
    said, case, size, root, below = re.fullmatch(NOTE, raw.decode()).groups()
    return said.encode(), case, u64(size), unbase64(root), [(n, unbase64(s)) for _, n, s in map(str.split, below.splitlines())]
def read_entry(i, raw, case, head, keys):  # step 3; `keys` are all the case ever had, None for one that it has no longer
    e = strict(raw)
    a, b = {"case.create": (0, "key"), "key.add": (0, "key"), "key.revoke": ("key", 0), "key.rotate": ("old", "new")}.get(e["type"], (0, 0))
    said = f"casebook key rotation\n{case}\n{i}\n{e.get('old')}\n{e.get('new')}\n".encode()
    sure(not (a and b) or [signed(read_key(k)[1], said, unbase64(s)) for k, s in zip((e[a], e[b]), sure(len(e["signatures"]) == 2, e["signatures"]))])
    if a: keys[e[a]] = sure(keys.get(e[a]), None)
    if b and (e.get(b) is not None or i): keys[e[b]] = sure(e[b] not in keys, read_key(e[b]))
    same = [e["v"], e["case"], e["seq"], e["prev"]["size"], e["prev"]["root"], e["type"] == "case.create", e["time"]]
    return sure(text(same) == text([1, case, i, i, head.hex(), i == 0, str(e["time"])]), e)
def commitment(number, field, names):  # "Rows"; a field without a name is not masked
    if field.keys() == {"commitment"}: return unhex(sure(number < names, field["commitment"]), 32)
    tag, value = u32(field["tag"]), unhex(field["value"])
    sure(len(field) == 3 and (tag in (1, 2) or tag == 0 and not value or tag == 3 and len(value) == 8))
    return sha(b"\2", bytes([number]), unhex(field["salt"], 16), bytes([tag]), value)
def read_row(r, entries):  # step 5: the leaf of a row, the size of its tree, its header
    (tag, names), header, at, entry = TABLES[r["table"]], unhex(r["header"]), SPANS_AT.get(r["table"], 0), entries[u64(r["entry"])]
    sure(len(header) == FIXED.get(r["table"], at + 4 + 20 * int.from_bytes(header[at:at + 4], "little")) and (tag != "SRC1" or header[13] < 2 > header[46]))
    output, = [o for o in entry["outputs"] if [o["table"], o["schema"], o.get("import", 0)] == [r["table"], tag, r["import"]]]
    sure(len(r) == 8 and r["schema"] == tag and len(r["fields"]) == 4 and (entry["type"] == "import.seal" or r["table"] == "statement"))
    leaf = sha(b"\0", tag.encode(), struct.pack("<IQ", r["import"], u64(r["row"])), header,
               *(commitment(i, field, len(names.split())) for i, field in enumerate(r["fields"])))
    index, size, path = u64(r["row"]) - u64(output.get("first", "0")), u64(output["rows"]), [unhex(h, 32) for h in r["path"]]
    return sure(0 <= index < size and climb(leaf, index, size, path) == unhex(output["root"], 32), (leaf, size, header))
def read_range(r, data, header):  # step 6: the leaf of a range
    first, size, path = u64(r["first_block"]), int.from_bytes(header[5:13], "little"), [unhex(h, 32) for h in r["path"]]
    end, blocks = first * 4096 + len(data), [data[i:i + 4096] for i in range(0, len(data), 4096)]
    sure(len(r) == 6 and u64(r["bytes"]) == size >= end and u64(r["length"]) == len(data) and header[46] == 1 and 0 < len(blocks) <= 4096)
    sure((end % 4096 == 0 or end == size) and range_root(0, -(-size // 4096), first, blocks, path) == header[47:] and not path)
    return sha(b"\0BLK1", struct.pack("<IIQQ", r["import"], r["source"], first, len(data)), sha(data))
def read_anchor(parts, anchor, case, head, entries):  # step 8; a token holds its imprint as RFC 3161 2.4.1 writes it
    (of, size, root), oid = read_note(parts[0])[1:4], bytes.fromhex("0609608648016503040201")
    sure([p and sha(p).hex() for p in parts] == [anchor.get(name) for name in ("note", "token", "chain")])
    sure(of == case and size == u64(anchor["size"]) <= entries and head(0, size) == root and anchor["kind"] in ("note", "rfc3161"))
    imprints = [start + b"\4\x20" + sha(parts[0]) for start in (b"\x30\x0b" + oid, b"\x30\x0d" + oid + b"\5\0")]
    sure(anchor["kind"] == "note" or any(i in parts[1] for i in imprints))
def listed(files, name, members, place, at):  # the lines of a file, each at its place, in rising order
    last = ()
    for n, raw in enumerate(lines(files[name]), 1):
        r = strict(raw) if at.append(f"{name} line {n}") is None else 0
        key = u32(r["import"]), u32(r["source"]) if "source" in members else [*TABLES].index(r["table"]), u64(r[members[-1]])
        at.append(place.format(*key, **r))
        yield r, key
        last = sure(key > last, key)
def check(z, since, vkey, at, notes):  # the last of `at` is the place that is looked at
    names, files = [i.orig_filename for i in z.infolist()], {}  # step 1
    sure(len(set(names)) == len(names) and all(re.fullmatch(NAMES, n) for n in names))
    sure(all(i.compress_type in (0, 8) and not i.flag_bits & 1 for i in z.infolist()))
    files.update((n, z.read(n)) for n in names)
    sure({"checkpoint.note", "entries.jsonl", "rows.jsonl", "blocks.jsonl"} <= set(names))
    at.append("checkpoint")
    said, case, size, root, signatures = read_note(files["checkpoint.note"])  # step 2
    texts, entries, keys, headers, trees, masked, leaves = lines(files["entries.jsonl"]), [], {}, {}, {}, collections.Counter(), []
    head = tree([sha(b"\0", t) for t in texts])
    for i, t in enumerate(texts):
        at.append(f"entry {i}")
        entries.append(read_entry(i, t, case, head(0, i), keys))
    at.append("checkpoint")  # step 4
    sure((len(texts), head(0, len(texts))) == (size, root) and (not since or since[0] <= size and head(0, since[0]) == since[1]))
    own = [k for k in keys.values() if k]
    good = [k for k in own + [vkey] for n, s in signatures if k and (n, s[:4]) == k[0] and signed(k[1], said, s[4:])]
    sure((not own or any(k in good for k in own)) and (not vkey or vkey in good))
    for r, key in listed(files, "rows.jsonl", ("import", "row"), "import {0} {table} row {2}", at):
        leaf, of, headers[key] = read_row(r, entries)
        leaves.append(sha(b"\0", leaf))
        trees.setdefault((r["import"], r["table"]), []).append((r["entry"], of))
        masked.update(f'{r["table"]}_{TABLES[r["table"]][1].split()[i]}' for i, f in enumerate(r["fields"]) if "commitment" in f)
    ranges = [read_range(r, files.pop("evidence/{}-{}/{}.bin".format(*key)), headers[key[0], 0, key[1]]) for r, key in
              listed(files, "blocks.jsonl", ("source", "first_block"), "import {0} source {1} block {2}", at)]
    at.append("disclosure")  # step 7
    told = sure(entries[-1]["type"] == "disclose", entries[-1])["disclosed"]
    rows = [{"import": i, "table": t, "shown": str(len(seen)), "of": str(sum(dict(seen).values()))} for (i, t), seen in trees.items()]
    sure(text([{**r, "hidden": 0} for r in told["rows"]]) == text([{**r, "hidden": 0} for r in rows]))
    sure(all(u64(r["hidden"]) + u64(r["shown"]) <= u64(r["of"]) for r in told["rows"]))
    blocks, annex = {"ranges": str(len(ranges)), "root": tree(ranges)(0, len(ranges)).hex()}, files.get("annex.age")
    found = {"rows": told["rows"], "root": tree(leaves)(0, len(leaves)).hex(), "masked": masked, "blocks": blocks, "annex": annex and sha(annex).hex()}
    sure(text({k: told[k] for k in found}) == text(found))
    notes += [f"{r['shown']} of {r['of']} rows of import {r['import']}, {r['table']}, are shown; {r['hidden']} more were asked for" for r in told["rows"]]
    unseen = {o["import"] for e in entries for o in e.get("outputs", []) if "import" in o} - {i for i, _ in trees}
    notes += [f"{n} fields {k} are masked" for k, n in masked.items()] + [f"no row of import {n} is shown" for n in unseen]
    for i, anchor in ((i, e["anchor"]) for i, e in enumerate(entries) if e["type"] == "anchor"):
        at.append(f"anchor {i}")
        read_anchor([files.pop(f"anchors/{i}/{name}", None) for name in ("note", "token.tsr", "chain.pem")], anchor, case, head, size)
        notes += [f"anchor {i}: whether an authority signed its token"] * (anchor["kind"] != "note")
    at.append("zip")  # step 9
    return sure(not [n for n in files if n.startswith(("evidence/", "anchors/"))], (sum(map(len, trees.values())), len(entries), size, root.hex()))
def main():
    ask, at, faults, seen = argparse.ArgumentParser(description=__doc__), ["zip"], [], (0, 0, 0, None)
    for name, how in (("package", {}), ("--since", {}), ("--key", {}), ("--json", {"action": "store_true"})): ask.add_argument(name, **how)
    given = ask.parse_args()
    notes = [] if given.since or given.key else ["nothing from outside the package was given: consistent is not unchanged"]
    try:
        kept = open(given.since, encoding="utf-8", newline="").read(2**16) if given.since else ""
        bare = re.fullmatch(rf"\s*({N})\s+([0-9a-f]{{64}})\s*", kept)
        since = kept and ((u64(bare[1]), unhex(bare[2])) if bare else read_note(kept.encode())[2:4])
        vkey, z = given.key and read_key(given.key), zipfile.ZipFile(given.package)
        sure(len(z.infolist()) < 2**16 - 1 and sum(i.file_size for i in z.infolist()) <= 2**30)
    except Exception as e:
        sys.exit([print(f"not readable: {e!a}", file=sys.stderr), 2][1])
    try:
        seen = check(z, since, vkey, at, notes)
    except Exception as e:
        line = [t.lineno for t in traceback.extract_tb(e.__traceback__) if t.filename == __file__ and t.name != "sure"][-1]
        faults = [{"place": at[-1], "says": f"line {line} of verify.py: {e!a}"}]
    verdict = "mismatch" if faults else "verified" if since or vkey else "consistent"
    report = {"verdict": verdict, "not_covered": notes, "faults": faults, **dict(zip(("rows", "entries", "size", "root"), seen))}
    said = ["not covered:", *notes, "", *(f"{f['place']}: {f['says']}" for f in faults), f"{seen[0]} rows, {seen[1]} entries, root {seen[3]}", verdict]
    print(json.dumps(report) if given.json else "\n".join(said))
    sys.exit(len(faults))
if __name__ == "__main__":
    main()
