#!/usr/bin/env python3
"""damage.py DIR - makes three images in DIR from the sound ones beside them.

fat12-reused.raw    sound, but clusters of deleted files are in use again (states.tsv says which)
fat16-damaged.raw   each damage is one that a reader has to report (notes.tsv lists them)
exfat-damaged.raw   the same"""
import struct, sys

folder = sys.argv[1]


def fat16():
    d = bytearray(open(folder + "/fat16.raw", "rb").read())
    u16 = lambda at: struct.unpack_from("<H", d, at)[0]
    reserved, tables, entries, per_table = u16(14), d[16], u16(17), u16(22)
    fat, size = reserved * 512, per_table * 512
    root = fat + tables * size
    heap = root + entries * 32
    cluster = d[13] * 512

    def slots(start, length):
        return {bytes(d[a:a + 11]): a for a in range(start, start + length, 32) if d[a] not in (0, 0xE5)}

    def link(c, value):                                   # in the first table only: the copies differ
        struct.pack_into("<H", d, fat + 2 * c, value)

    docs = u16(slots(root, entries * 32)[b"DOCS       "] + 26)
    inside = slots(heap + (docs - 2) * cluster, cluster)
    first, second = inside[b"KEPTFI~1BIN"], inside[b"KEPTSE~1BIN"]
    deep = inside[b"ALONGD~1   "]
    a, b = u16(first + 26), u16(second + 26)
    link(a, a)                                            # a chain that loops
    struct.pack_into("<H", d, inside[b"AFTER   TXT"] + 26, b)  # two files, one cluster
    struct.pack_into("<H", d, deep + 26, docs)            # a directory that is its own parent
    struct.pack_into("<H", d, inside[b"BETWEEN TXT"] + 26, 60000)  # a start past the end
    struct.pack_into("<H", d, second + 24, 0xFFFF)        # month 15, day 31
    d[first - 32 + 13] ^= 0xFF                            # a long name with another checksum
    partly = u16(inside[b"PARTLY  BIN"] + 26)
    link(partly, 0)                                       # a chain that ends too early
    open(folder + "/fat16-damaged.raw", "wb").write(d)


def exfat():
    d = bytearray(open(folder + "/exfat.raw", "rb").read())
    u32 = lambda at: struct.unpack_from("<I", d, at)[0]
    heap, root, per = u32(88) * 512, u32(96), 4096
    at = heap + (root - 2) * per
    while not (d[at] == 0x85 and d[at + 66:at + 74] == "Docs".encode("utf-16le")):
        at += 32
    docs = heap + (u32(at + 32 + 20) - 2) * per
    sets = [a for a in range(docs, docs + per, 32) if d[a] == 0x85]
    d[sets[0] + 8] ^= 1                                   # a set checksum that no longer holds
    struct.pack_into("<I", d, sets[1] + 32 + 20, 0x00FFFFFF)  # a start past the end
    struct.pack_into("<Q", d, sets[1] + 32 + 24, 5000)
    d[12 * 512 + 120] ^= 1                                # the backup boot region
    struct.pack_into("<H", d, 106, 2)                     # dirty
    open(folder + "/exfat-damaged.raw", "wb").write(d)


def fat12():
    d = bytearray(open(folder + "/fat12.raw", "rb").read())
    u16 = lambda at: struct.unpack_from("<H", d, at)[0]
    reserved, entries, per_table = u16(14), u16(17), u16(22)
    fat, size = reserved * 512, per_table * 512
    root = fat + 2 * size
    heap = root + entries * 32

    def entry(name, length=11):                           # a directory entry by the end of its short name
        return next(a for a in range(root, heap + 512 * 60, 32) if d[a + 1:a + length] == name[1:] and d[a + 11] & 0x3F != 0x0F)

    def link(c, value):
        for table in (fat, fat + size):
            at = table + c * 3 // 2
            old = u16(at)
            struct.pack_into("<H", d, at, (old & 0x000F | value << 4) if c & 1 else (old & 0xF000 | value))

    live = entry(b"README  TXT")
    partly, taken = entry(b"TOBEDE~1BIN"), entry(b"SHORT   DEL")
    r, p, t = u16(live + 26), u16(partly + 26), u16(taken + 26)
    link(r, p + 2); link(p + 2, t); link(t, 0xFFF)        # README.TXT goes on in what was theirs
    struct.pack_into("<I", d, live + 28, 1100)
    struct.pack_into("<H", d, entry(b"HOLEON~1TMP") + 26, u16(entry(b"ANOTHE~1DOC") + 26) + 1)
    open(folder + "/fat12-reused.raw", "wb").write(d)


fat12()
fat16()
exfat()
