"""Records of a change journal. Source: [MS-FSCC] 2.5.1, USN_RECORD_V2."""
import struct

CREATE, EXTEND, OVERWRITE, STREAM_EXTEND, STREAM = 0x100, 0x2, 0x1, 0x20, 0x200000
OLD_NAME, NEW_NAME, DELETE, CLOSE = 0x1000, 0x2000, 0x200, 0x80000000
PAGE = 4096


class Journal:
    """A journal whose oldest pages are gone: zeros up to `start`, then records."""

    def __init__(self, start):
        self.bytes = bytearray(start)
        self.rows = []                          # what was written, for the ground truth

    def add(self, file, parent, filetime, reasons, name, attributes=0x20):
        """`file` and `parent` are (record number, sequence)."""
        text = name.encode("utf-16-le")
        length = (60 + len(text) + 7) // 8 * 8
        if PAGE - len(self.bytes) % PAGE < length:          # a record lies within one page
            self.bytes += bytes(-len(self.bytes) % PAGE)
        usn = len(self.bytes)
        reference = lambda f: f[1] << 48 | f[0]
        record = struct.pack("<IHHQQQQIIIIHH", length, 2, 0, reference(file), reference(parent), usn, filetime,
                             reasons, 0, 0, attributes, len(text), 60) + text
        self.bytes += record + bytes(length - len(record))
        self.rows.append({"usn": usn, "record": file[0], "sequence": file[1], "parent": parent[0],
                          "filetime": str(filetime), "reasons": reasons, "name": name})

    def max_stream(self, filetime):
        """`$Max`: maximum size, allocation delta, journal id, lowest valid USN."""
        lowest = next((r["usn"] for r in self.rows), 0)
        return struct.pack("<QQQQ", 32 << 20, 8 << 20, filetime, lowest)
