"""An invented case and its disclosure package, from the text of docs/format.md with Python's standard library alone."""
import base64, hashlib, hmac, struct

from ed25519 import Key
from make import block_leaves, path, pattern, range_path, root, sha, text

CASE = "0f8b5c1e-1d2a-4c3b-9e4f-5a6b7c8d9e0f"
SCHEMAS = {"source": "SRC1", "file": "FIL1", "event": "ROW1", "finding": "FND1", "statement": "STM1"}
NAMES = {"source": "locator codec detail", "file": "path detail", "event": "actor object subject detail",
         "finding": "code place says", "statement": "kind about value"}
OWNER = Key("examiner-a1", bytes(range(32)))
SECOND = Key("examiner-a1", bytes(range(1, 33)))
WITNESS = Key("witness.example", bytes(range(2, 34)))
STRANGER = Key("examiner-a1", bytes(range(3, 35)))


def spans(listed):
    return struct.pack("<I", len(listed)) + b"".join(struct.pack("<IQQ", *s) for s in listed)


def event(time, action, source, listed, *fields, state=0):
    header = struct.pack("<BqqBBhHBHI", 1 if time else 0, time or 0, 0, 4, 0, 0, action, state, 20, source) + spans(listed)
    return header, [f if isinstance(f, tuple) else (0, b"") if f is None else (1, f.encode()) for f in fields]


def source(parent, kind, data, *fields):
    digests = b"\0" + bytes(32) + b"\0" + bytes(32)
    if kind in (0, 3, 4):
        digests = b"\1" + sha(data) + b"\1" + root(block_leaves(data))
    header = struct.pack("<IBQ", 0xFFFFFFFF if parent is None else parent, kind, len(data)) + digests
    return header, [(1, f.encode()) if f is not None else (0, b"") for f in fields] + [(0, b"")] * (4 - len(fields))


def file(number, size, name, times):
    header = struct.pack("<IBBBBB", 0, 0, 0, 0, 0, 0) + struct.pack("<BQBQBQ", 1, number, 1, 1, 0, 0) + struct.pack("<QBh", size, 0, 0)
    header += b"".join(struct.pack("<Bq", 1, t) if t else bytes(9) for t in times)
    return header + spans([(0, 8192, 1024)]), [(1, name.encode()), (1, b'{"owner":"S-1-5-21"}'), (0, b""), (0, b"")]


def finding(code, says):
    return struct.pack("<BHIQ", 1, 20, 0, 1) + spans([(0, 4096, 16)]), [(1, code.encode()), (1, b"$MFT"), (1, says.encode()), (0, b"")]


def statement(entry, kind, about, value):
    return struct.pack("<Q", entry), [(1, kind.encode()), (1, about.encode()), (1, value.encode()), (0, b"")]


def second(n):
    return (1_780_000_000 + n) * 1_000_000


IMAGE, MEMBER = pattern(20_000), b"".join(b"192.0.2.7 - key-7 GET /v1/customers/%d\n" % n for n in range(128))


def imports():
    """Rows of two imports, by import and table."""
    one = {
        "source": [source(None, 0, IMAGE, "{}"), source(0, 5, IMAGE[4096:], '{"length":15904,"offset":4096,"volume":1}'),
                   source(1, 6, IMAGE[8192:9192], '{"flags":0,"initialized":1000,"path":"access.log","runs":[[4096,4096]]}')],
        "file": [file(i, 1000 * i, f"Users/a/파일 {i}.txt", [second(i), None, second(i + 5), second(1), None]) for i in range(5)],
        "event": [event(second(60 * i), [1, 2, 20, 30][i % 4], 2, [(2, 90 * i, 90)], "key-7", f"/v1/customers/{i}", str(70_000 + i),
                        '{"request":{"method":"GET","status":200}}') for i in range(6)]
        + [event(None, 9, 0, [(0, 4096, 32), (0, 12_288, 8)], "사용자 이름", "a\u202etxt.exe\nnext", None, None),
           event(second(30), 5, 1, [], (1, b"\xff\xfe not UTF-8"), (2, b"\0\1\2"), (3, struct.pack("<q", -5)), "", state=2)],
        "finding": [finding("gap", "eight bytes that nothing reads"), finding("clock", "rows out of order")],
    }
    two = {
        "source": [source(None, 2, b"", "{}"), source(0, 4, MEMBER, '{"member":0,"path":"gateway.log"}', None, "{}")],
        "file": [],
        "event": [event(second(600 + i), 20, 1, [(1, 41 * i, 41)], "key-7", f"/v1/customers/{i}", str(70_000 + i), "{}") for i in range(4)],
        "finding": [],
    }
    return {1: one, 2: two}


def salts(number, table, row):
    key = hmac.digest(hmac.digest(bytes(32), b"case key of the vectors %d" % number, "sha256"), SCHEMAS[table].encode(), "sha256")
    return [hmac.digest(key, struct.pack("<QB", row, f), "sha256")[:16] for f in range(4)]


def commitments(number, table, row, fields):
    return [sha(b"\2", bytes([f]), salt, bytes([tag]), value)
            for f, (salt, (tag, value)) in enumerate(zip(salts(number, table, row), fields))]


def leaf(number, table, row, header, fields):
    return sha(b"\0", SCHEMAS[table].encode(), struct.pack("<IQ", number, row), header, *commitments(number, table, row, fields))


def line(tree, entry, number, table, index, header, fields, masked=(), first=0):
    """A row as the package shows it; `tree` holds the leaves of its table."""
    row = first + index
    hashes = commitments(number, table, row, fields)
    shown = [{"commitment": hashes[f].hex()} if f in masked else {"salt": salt.hex(), "tag": tag, "value": value.hex()}
             for f, (salt, (tag, value)) in enumerate(zip(salts(number, table, row), fields))]
    return {"entry": str(entry), "import": number, "table": table, "schema": SCHEMAS[table], "row": str(row), "header": header.hex(),
            "fields": shown, "path": [h.hex() for h in path(index, tree)]}


def shown_range(number, source_row, data, first, end):
    tree = block_leaves(data)
    shown = data[first * 4096:end * 4096]
    said = {"import": number, "source": source_row, "bytes": str(len(data)), "first_block": str(first), "length": str(len(shown)),
            "path": [h.hex() for h in range_path(0, len(tree), first, min(end, len(tree)), tree)]}
    return said, shown


def tlv(tag, *parts):
    body = b"".join(parts)
    size = bytes([len(body)]) if len(body) < 128 else b"\x82" + struct.pack(">H", len(body))
    return bytes([tag]) + size + body


def token(note, digest=None):
    """The shape of a time-stamp response (RFC 3161) without a signer: only its imprint is looked at here."""
    algorithm = tlv(0x30, bytes.fromhex("0609608648016503040201"), b"\5\0")
    imprint = tlv(0x30, algorithm, tlv(4, digest or sha(note)))
    info = tlv(0x30, b"\2\1\1", bytes.fromhex("06042a030401"), imprint, b"\2\1\7", tlv(0x18, b"20261122043000Z"))
    content = tlv(0x30, bytes.fromhex("060b2a864886f70d0109100104"), tlv(0xA0, tlv(4, info)))
    signed = tlv(0x30, b"\2\1\3", tlv(0x31, algorithm), content, tlv(0x31))
    return tlv(0x30, tlv(0x30, b"\2\1\0"), tlv(0x30, bytes.fromhex("06092a864886f70d010702"), tlv(0xA0, signed)))


class Ledger:
    """Entries, one after another, and the note over them."""

    def __init__(self):
        self.texts = []

    def leaves(self):
        return [sha(b"\0", t.encode()) for t in self.texts]

    def add(self, kind, **members):
        prev = {"size": len(self.texts), "root": root(self.leaves()).hex()}
        time = f"2026-11-22T04:{20 + len(self.texts)}:13.123Z"
        clock = members.pop("clock", {"backwards": False, "mono_ms": 1000 * len(self.texts)})
        entry = {"v": 1, "case": CASE, "seq": len(self.texts), "type": kind, "prev": prev, "time": time, "clock": clock, **members}
        self.texts.append(text(entry))

    def note(self, *keys, size=None):
        size = len(self.texts) if size is None else size
        said = f"casebook/{CASE}\n{size}\n{base64.b64encode(root(self.leaves()[:size])).decode()}\n"
        return said + "\n" + "".join(k.line(said.encode()) for k in keys)


def rotation(seq, old, new):
    said = f"casebook key rotation\n{CASE}\n{seq}\n{old.text()}\n{new.text()}\n".encode()
    return {"old": old.text(), "new": new.text(), "signatures": [base64.b64encode(k.sign(said)).decode() for k in (old, new)]}


def seal(ledger, number, tables, inputs, kind="import.seal"):
    outputs = []
    for table in ("source", "file", "event", "finding"):
        leaves = [leaf(number, table, i, *row) for i, row in enumerate(tables[table])]
        outputs.append({"table": table, "import": number, "rows": str(len(leaves)), "root": root(leaves).hex(), "schema": SCHEMAS[table]})
    ledger.add(kind, inputs=inputs, params={"import": number}, outputs=outputs)


def statements(entry, first, listed):
    rows = [statement(entry, *s) for s in listed]
    leaves = [leaf(0, "statement", first + i, *row) for i, row in enumerate(rows)]
    return rows, {"table": "statement", "first": str(first), "rows": str(len(leaves)), "root": root(leaves).hex(), "schema": "STM1"}


def jsonl(values):
    return "".join(text(v) + "\n" for v in values)


def blocks_root(ranges):
    return root([sha(b"\0BLK1", struct.pack("<IIQQ", r["import"], r["source"], int(r["first_block"]), len(data)), sha(data))
                 for r, data in ranges])


class Maker:
    """A package, with places at which what it is made of can be changed before it is signed."""

    def __init__(self, keyed=True, rows=True, lie=lambda disclosed: None, backwards=False, imprint=None, anchored=None,
                 rotated=lambda rotation: None, key=None, sealed_as="import.seal"):
        self.data, ledger = imports(), Ledger()
        owner = self.first = OWNER if keyed else None
        ledger.add("case.create", nonce="00" * 32, suite="sha256", key=key or owner and owner.text())
        labels, output = statements(1, 0, [("label", "import 1", "노트북"), ("examiner", "A1", "an invented name")])
        ledger.add("import.begin", inputs=[{"name": "disk.raw", "role": "evidence"}], tool={"name": "casebook"},
                   params={"import": 1}, outputs=[output])
        seal(ledger, 1, self.data[1], [{"media": {"bytes": str(len(IMAGE)), "sha256": sha(IMAGE).hex()}, "role": "evidence"}])
        kept = anchored or ledger.note(*[k for k in (owner, WITNESS) if k])
        self.kept = kept
        ledger.add("anchor", anchor={"kind": "note", "note": sha(kept.encode()).hex(), "size": "3"})
        if keyed:
            turned = rotation(len(ledger.texts), OWNER, SECOND)
            rotated(turned)
            ledger.add("key.rotate", **turned)
            owner = SECOND
        note = ledger.note(*[owner] if owner else [])
        tsr = token(note.encode(), imprint)
        stamped, chain = len(ledger.texts), b"-----BEGIN CERTIFICATE-----\n"
        ledger.add("anchor", anchor={"kind": "rfc3161", "note": sha(note.encode()).hex(), "size": str(stamped), "token": sha(tsr).hex(),
                                     "chain": sha(chain).hex(), "time": "2026-11-22T04:30:00Z"})
        clock = {"backwards": True, "mono_ms": 9} if backwards else {"backwards": False, "mono_ms": 9}
        ledger.add("import.begin", inputs=[{"name": "logs", "role": "evidence"}], tool={"name": "casebook"}, params={"import": 2}, clock=clock)
        sealed = len(ledger.texts)
        seal(ledger, 2, self.data[2], [{"members": {"count": "1", "root": "00" * 32}, "role": "evidence"}], sealed_as)
        chosen = [(2, 1, "source", [0, 1, 2], {}), (2, 1, "file", [3], {0: 1}), (2, 1, "event", [0, 2, 3, 6, 7], {0: 3, 3: 1}),
                  (2, 1, "finding", [0], {}), (sealed, 2, "source", [1], {2: 1}), (sealed, 2, "event", [1, 2], {0: 2, 2: 2})] if rows else []
        self.rows = [line(self.leaves(n, t), entry, n, t, i, *self.data[n][t][i], masked=[f for f in masked if j < masked[f]])
                     for entry, n, t, listed, masked in chosen for j, i in enumerate(listed)]
        tree = [leaf(0, "statement", i, *row) for i, row in enumerate(labels)]
        if rows:
            self.rows.insert(0, line(tree, 1, 0, "statement", 0, *labels[0], masked=[2]))
        self.ranges = [shown_range(1, 0, IMAGE, 1, 4), shown_range(2, 1, MEMBER, 0, 2)] if rows else []
        self.annex = b"age-encryption.org/v1\n"
        disclosed = self.disclosed([(0, "statement", "2", "0")] + [(n, t, str(len(self.data[n][t])), "1" if t == "event" else "0")
                                                                   for _, n, t, _, _ in chosen] if rows else [])
        lie(disclosed)
        ledger.add("disclose", params={"format": "package"}, disclosed=disclosed)
        self.ledger, self.anchors, self.tsr, self.chain, self.stamp = ledger, {3: kept, stamped: note}, tsr, chain, stamped
        self.note = ledger.note(*[owner, WITNESS] if owner else [])

    @staticmethod
    def resigned(said):
        return said + "\n" + SECOND.line(said.encode())

    def leaves(self, number, table):
        return [leaf(number, table, i, *row) for i, row in enumerate(self.data[number][table])]

    def disclosed(self, tables):
        """What the entry says of the rows and ranges."""
        masked, leaves = {}, []
        for r in self.rows:
            for f, field in enumerate(r["fields"]):
                if "commitment" in field:
                    name = f'{r["table"]}_{NAMES[r["table"]].split()[f]}'
                    masked[name] = masked.get(name, 0) + 1
            number, table, row = r["import"], r["table"], int(r["row"])
            header, fields = statement(1, "label", "import 1", "노트북") if table == "statement" else self.data[number][table][row]
            leaves.append(sha(b"\0", leaf(number, table, row, header, fields)))
        rows = [{"import": n, "table": t, "of": of, "hidden": hidden,
                 "shown": str(sum((r["import"], r["table"]) == (n, t) for r in self.rows))} for n, t, of, hidden in tables]
        return {"rows": rows, "root": root(leaves).hex(), "masked": masked, "annex": sha(self.annex).hex(),
                "blocks": {"ranges": str(len(self.ranges)), "root": blocks_root(self.ranges).hex()}}

    def files(self):
        out = {"checkpoint.note": self.note, "entries.jsonl": "".join(t + "\n" for t in self.ledger.texts),
               "rows.jsonl": jsonl(self.rows), "blocks.jsonl": jsonl(r for r, _ in self.ranges), "annex.age": self.annex,
               "SPEC.txt": "the text of docs/format.md\n", f"anchors/{self.stamp}/token.tsr": self.tsr,
               f"anchors/{self.stamp}/chain.pem": self.chain, **{f"anchors/{n}/note": t for n, t in self.anchors.items()}}
        for r, data in self.ranges:
            out[f'evidence/{r["import"]}-{r["source"]}/{r["first_block"]}.bin'] = data
        return {name: value.encode() if isinstance(value, str) else value for name, value in out.items()}
