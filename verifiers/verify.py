"""Checks a disclosure package by docs/format.md (SPEC.txt in it): names in quotes are its headings. --since: a checkpoint kept elsewhere, or
its size and root. Exit 0: all holds; 1: something does not: its place is named, and the line here that says so; 2: not readable."""
import argparse, base64, collections, functools, hashlib, itertools, json, re, struct, sys, traceback, zipfile
TABLES = {"source": ("SRC1", 79, "locator codec detail"), "file": ("FIL1", 92, "path detail"), "event": ("ROW1", 30, "actor object subject detail"),
          "finding": ("FND1", 15, "code place says"), "statement": ("STM1", 8, "kind about value")}  # "Rows": tag, header before spans, fields
N, NAME, PLACES = "(?:0|[1-9][0-9]{0,19})", r"[^\s+\0-\x1f\x7f-\x9f]+", []  # a number, the name of a key; the last place is looked at
FILES = (r"checkpoint\.note|(?:entries|rows|blocks)\.jsonl|annex\.age|view\.sqlite|SPEC\.txt|verify\.(?:py|html)|"
         rf"evidence/{N}-{N}/{N}\.bin|anchors/{N}/(?:note|token\.tsr|chain\.pem)")
NOTE = rf"(casebook/([0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}})\n({N})\n(\S{{43}}=)\n)\n((?:\u2014 {NAME} \S{{8,}}\n){{0,64}})"
IMPRINTS = [bytes.fromhex(start) for start in ("300b06096086480165030402010420", "300d060960864801650304020105000420")]  # RFC 3161 2.4.1
P, Q, D = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493, -121665 * pow(121666, -1, 2**255 - 19)  # Ed25519: RFC 8032 5.1
def at(place, value): return PLACES.append(place) or value
def sure(holds, value=None): return value if holds else {}["does not hold"]
def sha(*parts): return hashlib.sha256(b"".join(parts)).digest()
def text(value): return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
def u32(n): return sure(type(n) is int and 0 <= n < 2**32, n)
def u64(t): return sure(re.fullmatch(N, t) and int(t) < 2**64, int(t))  # as text
def unhex(t, size=None): return sure(bytes.fromhex(t).hex() == t and size in (None, len(t) // 2), bytes.fromhex(t))
def unbase64(t): return sure(base64.b64encode(base64.b64decode(t)).decode() == t, base64.b64decode(t))
def strict(raw):  # "JSON profile": `bare` is the text without its keys and texts; a colon is left where a key is not of the profile
    value, bare = json.loads(raw.decode()), re.sub(rb'"[a-z0-9_]+":|"(?:\\.|[^"\\])*"', b"", raw)
    sure(re.fullmatch(rb"(?:[][{},]|-?\d+|true|false|null)+", bare) and max(itertools.accumulate((c in b"[{") - (c in b"]}") for c in bare)) <= 33)
    return sure(type(value) is dict and text(value).encode() == raw and all(int(n) < 2**53 for n in re.findall(rb"\d+", bare)), value)
def tree(known, first=0, path=()):  # "Trees", "Evidence blocks": gives the root over lo to hi; `path` is over leaves not `known` from `first` on
    return (root := functools.lru_cache(2**16)(lambda lo, hi: sha() if lo == hi else unhex(path.pop(0), 32) if hi <= first or lo >= first + len(known)
            else known[lo - first] if hi - lo == 1 else sha(b"\1", root(lo, k := lo + (1 << (hi - lo - 1).bit_length() - 1)), root(k, hi))))
def climb(leaf, i, n, path):  # "Trees", RFC 9162 2.1.3: the root over n leaves by the path of leaf i, whose last hash is the highest
    if n < 2: return sure(0 <= i < n and path == [], leaf)
    k, below, top = 1 << (n - 1).bit_length() - 1, path[:-1], unhex(path[-1], 32)  # k: the largest power of two below n
    return sha(b"\1", climb(leaf, i, k, below), top) if i < k else sha(b"\1", top, climb(leaf, i - k, n - k, below))
def plus(x, y, u, v):  # RFC 8032 5.1.4, in plain coordinates: the sum of the points (x, y) and (u, v)
    return (x * v + y * u) * pow(1 + D * x * y * u * v, -1, P) % P, (y * v + x * u) * pow(1 - D * x * y * u * v, -1, P) % P
def times(n, p): return plus(*times(n >> 1, plus(*p, *p)), *(p if n & 1 else (0, 1))) if n else (0, 1)
def point(raw):  # RFC 8032 5.1.3: of the square roots of xx, the one that is odd or even as the highest bit says; i: a root of -1
    (odd, y), i = divmod(int.from_bytes(raw, "little"), 2**255), pow(2, (P - 1) // 4, P)
    xx = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    return [(x, y) for f in (1, -1, i, -i) if (x := pow(xx, (P + 3) // 8, P) * f % P) * x % P == xx and x % 2 == odd and y < P][0]
def signed(key, message, signature):  # RFC 8032 5.1.7, without the cofactor; no point of small order
    s, k = (int.from_bytes(b, "little") for b in (signature[32:], hashlib.sha512(signature[:32] + key + message).digest()))
    r, a, base = map(point, (signature[:32], key, b"\x58" + 31 * b"\x66"))
    return sure(len(signature) == 64 and s < Q and (0, 1) not in (times(8, r), times(8, a)) and times(s, base) == plus(*r, *times(k % Q, a)), True)
def read_key(vkey):  # "Checkpoints": name and key id as in a signature line, public key
    name, key_id, raw = re.fullmatch(rf"({NAME})\+([0-9a-f]{{8}})\+(\S{{43}}[^\s=])", vkey).groups()
    return sure(unbase64(raw)[0] == 1 and sha(name.encode(), b"\n", unbase64(raw))[:4].hex() == key_id, (name, unhex(key_id), unbase64(raw)[1:]))
def read_note(raw):  # "Checkpoints": the signed text, case, size, root, signature lines
    said, case, size, root, below = re.fullmatch(NOTE, raw.decode()).groups()
    return said.encode(), case, u64(size), unbase64(root), [(n, unbase64(s)) for n, s in re.findall(r"\u2014 (\S+) (\S+)\n", below)]
def commitment(number, field):  # "Rows"
    if field.keys() == {"commitment"}: return unhex(field["commitment"], 32)
    sure(len(field) == 3 and re.fullmatch("0:|[12]:.*|3:.{16}", f'{u32(field["tag"])}:{field["value"]}'))
    return sha(b"\2", bytes([number]), unhex(field["salt"], 16), bytes([field["tag"]]), unhex(field["value"]))
def check(z, since, vkey, notes):  # the steps of "Disclosure packages"
    sure(len(z.infolist()) < 2**16 - 1 and sum(i.file_size for i in z.infolist()) <= 2**30)
    files = {i.orig_filename: z.read(i) for i in at("zip", z.infolist())}  # step 1; what is encrypted can not be read
    sure(len(files) == len(z.infolist()) and all(i.compress_type in (0, 8) for i in z.infolist()) and all(re.fullmatch(FILES, n) for n in files))
    texts, shown, ranged = [re.sub(rb"\n\Z", b"", files[n]).split(b"\n") if files[n] else [] for n in ("entries.jsonl", "rows.jsonl", "blocks.jsonl")]
    said, case, size, root, signatures = read_note(at("checkpoint", files["checkpoint.note"]))  # step 2
    head, entries, keys, rows, trees, ranges, masked = tree([sha(b"\0", e) for e in texts]), [], {}, {}, {}, {}, collections.Counter()
    for i, e in enumerate(strict(at(f"entry {i}", raw)) for i, raw in enumerate(texts)):  # step 3; `keys`: all it had, None where ended
        sure(text({**e, "v": 1, "case": case, "seq": i, "prev": {**e["prev"], "root": head(0, i).hex(), "size": i}}) == text(e))
        ended, begun = {"key.add": ("", "key"), "key.rotate": ("old", "new"), "key.revoke": ("key", "")}.get(e["type"], ("", "key" * (i == 0)))
        for k, s in itertools.zip_longest(("old", "new"), e["signatures"]) if ended and begun else ():
            signed(read_key(e[k])[2], "casebook key rotation\n{case}\n{seq}\n{old}\n{new}\n".format(**e).encode(), unbase64(s))
        if ended: keys[e[ended]] = sure(keys.get(e[ended]), None)
        if begun and (i > 0 or e.get("key") is not None): keys[e[begun]] = sure(e[begun] not in keys, read_key(e[begun]))
        entries.append(sure((e["type"] == "case.create") == (i == 0) and type(e["type"]) is type(e["time"]) is str, e))
    sure(at("checkpoint", size) == len(entries) and head(0, size) == root and (not since or head(0, since[0]) == since[1]))  # step 4
    good = [k for k in [*keys.values(), vkey] for name, s in signatures if k and (name, s[:4]) == k[:2] and signed(k[2], said, s[4:])]
    sure((not any(keys.values()) or any(k in good for k in keys.values())) and (not vkey or vkey in good))
    for r in (strict(at(f"rows.jsonl line {n}", raw)) for n, raw in enumerate(shown, 1)):  # step 5
        key = number, _, row = u32(r["import"]), [*TABLES].index(r["table"]), u64(r["row"])
        sure(at(f"import {number} {r['table']} row {row}", key) > next(reversed(rows), ()) and len(r) == 8 and len(r["fields"]) == 4)
        (tag, start, names), header, entry = TABLES[r["table"]], unhex(r["header"]), entries[u64(r["entry"])]
        spans = 0 if tag in ("SRC1", "STM1") else 4 + 20 * struct.unpack_from("<I", header, start)[0]
        sure(len(header) == start + spans and (tag != "SRC1" or header[13] < 2 > header[46]) and (tag == "STM1" or entry["type"] == "import.seal"))
        output, = [o for o in entry["outputs"] if [o["table"], o["schema"], o.get("import", 0)] == [r["table"], tag, number]]
        of, leaf = u64(output["rows"]), sha(b"\0", tag.encode(), struct.pack("<IQ", number, row), header, *map(commitment, range(4), r["fields"]))
        sure(r["schema"] == tag and climb(leaf, row - u64(output.get("first", "0")), of, r["path"]) == unhex(output["root"], 32))
        masked.update(f"{r['table']}_{names.split()[i]}" for i, field in enumerate(r["fields"]) if "commitment" in field)
        trees.setdefault((number, r["table"]), []).append((r["entry"], of))
        rows[key] = header, sha(b"\0", leaf)
    for r in (strict(at(f"blocks.jsonl line {n}", raw)) for n, raw in enumerate(ranged, 1)):  # step 6
        key = number, source, first = u32(r["import"]), u32(r["source"]), u64(r["first_block"])
        sure(at(f"import {number} source {source} block {first}", key) > next(reversed(ranges), ()))
        data, (header, _) = files.pop(f"evidence/{number}-{source}/{first}.bin"), rows[number, 0, source]
        blocks, stream = [sha(b"\0", data[i:i + 4096]) for i in range(0, len(data), 4096)], struct.unpack_from("<Q", header, 5)[0]
        sure([len(r), r["bytes"], r["length"], len(data)] == [6, str(stream), str(len(data)), min(4096 * len(blocks), stream - 4096 * first)])
        sure(header[46] == 1 and 0 < len(blocks) <= 4096 and tree(blocks, first, r["path"])(0, -(-stream // 4096)) == header[47:])
        ranges[key] = sure(r["path"] == [], sha(b"\0BLK1", struct.pack("<IIQQ", *key, len(data)), sha(data)))
    told, annex = sure(at("disclosure", entries)[-1]["type"] == "disclose", entries[-1])["disclosed"], files.get("annex.age")  # step 7
    counts = [{"import": i, "table": t, "shown": str(len(of)), "of": str(sum(dict(of).values())), "hidden": line["hidden"]}
              for ((i, t), of), line in itertools.zip_longest(trees.items(), told["rows"])]
    found = {"rows": counts, "root": tree([leaf for _, leaf in rows.values()])(0, len(rows)).hex(), "masked": masked,
             "annex": annex and sha(annex).hex(), "blocks": {"ranges": str(len(ranges)), "root": tree([*ranges.values()])(0, len(ranges)).hex()}}
    sure(text({**told, **found}) == text(told) and all(u64(c["hidden"]) + u64(c["shown"]) <= u64(c["of"]) for c in counts))
    unseen = {o["import"] for e in entries for o in e.get("outputs", []) if "import" in o} - {i for i, _ in trees}
    notes += ["{shown} of {of} rows of import {import}, {table}, are shown; {hidden} more were asked for".format(**c) for c in counts]
    notes += [f"{n} fields {k} are masked" for k, n in masked.items()] + [f"no row of import {n} is shown" for n in unseen]
    for i, e in [(i, e) for i, e in enumerate(entries) if e["type"] == "anchor"]:  # step 8
        parts = [files.pop(f"anchors/{i}/{name}", None) for name in at(f"anchor {i}", ("note", "token.tsr", "chain.pem"))]
        (_, of, count, was, _), anchor = read_note(parts[0]), e["anchor"]
        sure([anchor.get(k) for k in ("note", "token", "chain", "size")] == [*(p and sha(p).hex() for p in parts), str(count)])
        sure(of == case and head(0, count) == was and (anchor["kind"] == "note" or any(start + sha(parts[0]) in parts[1] for start in IMPRINTS)))
        notes += [f"anchor {i}: whether an authority signed its token"] * sure(anchor["kind"] in ("note", "rfc3161"), anchor["kind"] == "rfc3161")
    return sure(not re.search("evidence|anchors", "".join(at("zip", files))), dict(rows=len(rows), entries=len(entries), size=size, root=root.hex()))
if __name__ == "__main__":
    ask = argparse.ArgumentParser(description=__doc__)
    for name, how in {"package": {}, "--since": {}, "--key": {}, "--json": {"action": "store_true"}}.items(): ask.add_argument(name, **how)
    notes = [] if (given := ask.parse_args()).since or given.key else ["nothing from outside the package was given: consistent is not unchanged"]
    report = {"not_covered": notes, "faults": [], "rows": 0, "entries": 0, "size": 0, "root": None, "verdict": "consistent" if notes else "verified"}
    try:
        kept = open(given.since, "rb").read(2**16).decode() if given.since else ""
        since = given.since and ((u64(kept.split()[0]), unhex(kept.split()[1], 32)) if len(kept.split()) == 2 else read_note(kept.encode())[2:4])
        report.update(check(zipfile.ZipFile(given.package), since, given.key and read_key(given.key), notes))
    except Exception as e:
        if not PLACES: ask.exit(2, f"not readable: {e!a}\n")
        line = [t.lineno for t in traceback.extract_tb(e.__traceback__) if t.filename == __file__ and t.name != "sure"][-1]
        report.update(verdict="mismatch", faults=[{"place": PLACES[-1], "says": f"line {line} of verify.py: {e!a}"}])
    print(json.dumps(report, indent=None if given.json else 1))
    sys.exit(len(report["faults"]))
