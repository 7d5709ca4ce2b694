#!/usr/bin/env python3
"""Writes keys.json, the test vectors of keys and signatures, from the text of docs/format.md, with
Ed25519 by RFC 8032 section 5.1 in integers. Run in this folder. Slow, and no defence against
timing: for vectors only."""
import base64, hashlib, json

P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
CASE = "0f8b5c1e-1d2a-4c3b-9e4f-5a6b7c8d9e0f"


def recover(y, sign):
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    return P - x if x & 1 != sign else x


def add(p, q):
    (x1, y1), (x2, y2) = p, q
    both = D * x1 * x2 * y1 * y2 % P
    return ((x1 * y2 + x2 * y1) * pow(1 + both, -1, P) % P, (y1 * y2 + x1 * x2) * pow(1 - both, -1, P) % P)


def times(n, p):
    out = (0, 1)
    while n:
        out, p, n = add(out, p) if n & 1 else out, add(p, p), n >> 1
    return out


BASE = (recover(4 * pow(5, -1, P) % P, 0), 4 * pow(5, -1, P) % P)


def point(p):
    return (p[1] | (p[0] & 1) << 255).to_bytes(32, "little")


def number(*parts):
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little")


def secret(seed):
    h = hashlib.sha512(seed).digest()
    return int.from_bytes(h[:32], "little") & (1 << 254) - 8 | 1 << 254, h[32:]


def public(seed):
    return point(times(secret(seed)[0], BASE))


def sign(seed, text):
    s, prefix = secret(seed)
    r = number(prefix, text) % L
    nonce = point(times(r, BASE))
    return nonce + ((r + number(nonce, public(seed), text) * s) % L).to_bytes(32, "little")


def b64(data):
    return base64.b64encode(data).decode()


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


class Key:
    """A key of a name and a seed, or of public bytes alone."""

    def __init__(self, name, seed=None, raw=None):
        self.name, self.seed, self.raw = name, seed, raw or public(seed)
        self.id = sha(name.encode(), b"\n\x01", self.raw)[:4]
        self.text = f"{name}+{self.id.hex()}+{b64(bytes([1]) + self.raw)}"

    def sign(self, text):
        return sign(self.seed, text.encode())

    def line(self, signature):
        return f"\u2014 {self.name} {b64(self.id + signature)}\n"


def root(leaves):
    if len(leaves) < 2:
        return leaves[0] if leaves else sha()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha(b"\x01", root(leaves[:k]), root(leaves[k:]))


class Ledger:
    def __init__(self):
        self.texts, self.notes, self.faults = [], [], []

    def head(self, n):
        return root([sha(b"\x00", t.encode()) for t in self.texts[:n]])

    def entry(self, kind, fault=None, **members):
        seq = len(self.texts)
        if fault:
            self.faults.append({"entry": seq, "kind": fault})
        entry = {"v": 1, "case": CASE, "seq": seq, "type": kind, "prev": {"size": seq, "root": self.head(seq).hex()},
                 "time": "2026-11-22T04:28:13.123Z", **members}
        self.texts.append(json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False))

    def rotate(self, old, new, fault=None, signers=None, seq=None, case=CASE):
        text = f"casebook key rotation\n{case}\n{len(self.texts) if seq is None else seq}\n{old.text}\n{new.text}\n"
        self.entry("key.rotate", fault, old=old.text, new=new.text, signatures=[b64(k.sign(text)) for k in signers or (old, new)])

    def text(self, size):
        return f"casebook/{CASE}\n{size}\n{b64(self.head(size))}\n"

    def note(self, is_, says, *lines, size=None, by=(), line=None):
        """`lines`: keys that sign, or lines as they are."""
        text = self.text(size or len(self.texts))
        lines = [l if isinstance(l, str) else l.line(l.sign(text)) for l in lines]
        self.notes.append({"is": is_, "note": text + "\n" + "".join(lines), "says": says, "by": [k.text for k in by], "line": line})


RFC = [("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", ""),
       ("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "72"),
       ("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "af82")]
A, B, C = (Key(name, bytes.fromhex(seed)) for name, (seed, _) in zip(["examiner-1", "새열쇠", "examiner/2"], RFC))
WITNESS = Key("witness.example", bytes(range(32)))
RENAMED = Key("examiner-2", A.seed)
WEAK = Key("weak", raw=(1).to_bytes(32, "little"))


def small_order():
    """What a lax check takes as this key's signature over any text: R the neutral point, S 0."""
    return WEAK.line((1).to_bytes(32, "little") + bytes(32))


def ledgers():
    one = Ledger()
    one.entry("case.create", key=A.text)
    one.entry("annotate")
    good = A.sign(one.text(2))
    one.note("signed", "by case", A, size=1, by=[A])
    one.note("signed later", "by case", A, by=[A])
    one.note("signed, and by a witness", "by case", WITNESS, A, by=[A])
    one.note("signed twice", "by case", A, A, by=[A])
    one.note("stripped", "not by case")
    one.note("by a witness alone", "not by case", WITNESS)
    one.note("the same bytes under another name", "not by case", RENAMED)
    one.note("signature of another head", "forged", A.line(A.sign(one.text(1))), line=1)
    one.note("one bit of the signature", "forged", WITNESS, A.line(good[:40] + bytes([good[40] ^ 1]) + good[41:]), line=2)
    one.note("signed, and a forged line", "forged", A, A.line(bytes(64)), line=2)
    one.note("cut short", "forged", A.line(good[:63]), line=1)
    one.note("S raised by the order of the group", "forged",
             A.line(good[:32] + (int.from_bytes(good[32:], "little") + L).to_bytes(32, "little")), line=1)

    none = Ledger()
    none.entry("case.create", key=None)
    none.note("no key", "no key")
    none.note("no key, a witness", "no key", WITNESS)
    none.entry("key.add", key=A.text)
    none.entry("key.add", key=B.text)
    none.note("signed before the key was added", "no key", A, size=1)
    none.note("signed over the entry that adds it", "by case", A, size=2, by=[A])
    none.note("by both", "by case", A, B, by=[A, B])
    none.entry("key.revoke", key=A.text)
    none.note("by the revoked key", "not by case", A)
    none.note("by the other", "by case", B, by=[B])
    none.note("by the revoked key, before", "by case", A, size=3, by=[A])
    none.entry("key.revoke", key=B.text)
    none.note("all revoked", "no key", B)

    turned = Ledger()
    turned.entry("case.create", key=A.text)
    turned.rotate(A, B)
    turned.note("before, by the old", "by case", A, size=1, by=[A])
    turned.note("before, by the new", "not by case", B, size=1)
    turned.note("after, by the new", "by case", B, by=[B])
    turned.note("after, by the old", "not by case", A)
    turned.rotate(B, C)
    turned.note("after two, by the third", "by case", C, by=[C])

    wrong = Ledger()
    wrong.entry("case.create", key=A.text)
    wrong.rotate(B, C, "not the case's")
    wrong.rotate(A, B, "rotation signature", signers=(A, A))
    wrong.rotate(A, B, "rotation signature", signers=(B, B))
    wrong.rotate(A, B, "rotation signature", signers=(B, A))
    wrong.rotate(A, B, "rotation signature", seq=4)
    wrong.rotate(A, B, "rotation signature", case=CASE.replace("0", "1"))
    wrong.rotate(A, A, "known")
    wrong.entry("key.rotate", "member", old=A.text, new=B.text, signatures=[b64(bytes(64))])
    wrong.entry("key.add", "known", key=A.text)
    wrong.entry("key.add", "member", key=A.text.upper())
    wrong.entry("key.add", "member")
    wrong.entry("key.revoke", "not the case's", key=B.text)
    wrong.entry("key.revoke", key=A.text)
    wrong.entry("key.revoke", "revoked again", key=A.text)
    wrong.entry("key.add", "known", key=A.text)
    wrong.note("nothing of this gave it a key", "no key", B)
    wrong.note("until it was revoked the first key stood", "by case", A, size=13, by=[A])

    weak = Ledger()
    weak.entry("case.create", key=WEAK.text)
    weak.note("a key of small order signs nothing", "forged", small_order(), line=1)
    named = [("one key", one), ("no key at first", none), ("rotated", turned), ("faults", wrong), ("weak", weak)]
    return [{"is": name, "entries": l.texts, "faults": l.faults, "notes": l.notes} for name, l in named]


def vectors():
    rfc = [{"seed": seed, "public": public(bytes.fromhex(seed)).hex(), "message": message,
            "signature": sign(bytes.fromhex(seed), bytes.fromhex(message)).hex()} for seed, message in RFC]
    keys = [{"name": k.name, "seed": k.seed.hex(), "public": k.raw.hex(), "text": k.text} for k in (A, B, C, WITNESS, RENAMED)]
    name, id_, data = A.text.split("+", 2)
    bad = {"another id": f"{name}+00000000+{data}", "upper case": f"{name}+{id_.upper()}+{data}", "no name": f"+{id_}+{data}",
           "a space": Key("a b", A.seed).text, "a plus": Key("a+b", A.seed).text, "two parts": f"{name}+{id_}",
           "no padding": A.text.rstrip("=") if A.text.endswith("=") else A.text[:-1], "a line end": A.text + "\n",
           "another algorithm": f"{name}+{sha(name.encode(), bytes([10, 2]), A.raw)[:4].hex()}+{b64(bytes([2]) + A.raw)}",
           "a short key": f"{name}+{sha(name.encode(), bytes([10, 1]), A.raw[:31])[:4].hex()}+{b64(bytes([1]) + A.raw[:31])}"}
    return {"case": CASE, "rfc8032": rfc, "keys": keys, "not_keys": [{"is": k, "text": t} for k, t in bad.items()],
            "ledgers": ledgers()}


with open("keys.json", "w", encoding="utf-8") as f:
    json.dump(vectors(), f, indent=1, ensure_ascii=False)
    f.write("\n")
