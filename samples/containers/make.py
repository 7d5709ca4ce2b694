#!/usr/bin/env python3
"""Makes the samples of this folder and their ground truth from The Sleuth Kit and libewf.

Needs: ewfacquire, ewfinfo, mmls, mkfs.fat, mkntfs, zstd. Usage: ./make.py
EWF files differ from run to run in their dates; the media inside does not.
"""
import hashlib, pathlib, random, struct, subprocess, sys, tempfile, uuid, zlib

HERE = pathlib.Path(__file__).resolve().parent
SECTOR = 512


def run(*args, ok=(0,)):
    done = subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode not in ok:
        sys.exit(f"{args}: {done.stderr}")
    return done.stdout


# --- partition tables -------------------------------------------------------------------------

def entry(kind, start, sectors, status=0):
    return struct.pack("<B3sB3sII", status, b"\xfe\xff\xff", kind, b"\xfe\xff\xff", start, sectors)


def boot_record(entries, disk_id=0, code=b""):
    return code.ljust(440, b"\0") + struct.pack("<IH", disk_id, 0) + b"".join(entries).ljust(64, b"\0") + b"\x55\xaa"


def put(image, sector, data, size=SECTOR):
    image[sector * size:sector * size + len(data)] = data


def mbr_extended():
    """Two primaries, an extended partition with three logical ones, gaps between them."""
    image = bytearray(4 << 20)
    # The boot code names file systems, as that of many boot loaders does.
    code = b"\xfa\x33\xc0\x8e\xd0 FAT32 NTFS MSDOS5.0 EXFAT"
    put(image, 0, boot_record([entry(7, 63, 945, 0x80), entry(0x83, 1024, 512), entry(5, 2048, 6000)], 0x12345678, code))
    for at, logical, link in [(2048, (0x0b, 63, 900), (5, 1000, 2000)), (3048, (0x83, 63, 900), (5, 3500, 2000)),
                              (5548, (0x82, 1, 1000), None)]:
        rows = [entry(*logical)] + ([entry(*link)] if link else [])
        put(image, at, boot_record(rows))
    return image


def mbr_past_end():
    image = bytearray(1 << 20)
    put(image, 0, boot_record([entry(7, 64, 1000), entry(0x83, 1500, 40000), entry(0x83, 90000, 1000)], 7))
    return image


def mbr_overlap():
    image = bytearray(1 << 20)
    put(image, 0, boot_record([entry(7, 64, 1000), entry(0x83, 500, 1000)], 7))
    return image


def mbr_loop():
    image = bytearray(1 << 20)
    put(image, 0, boot_record([entry(5, 100, 1900)], 9))
    put(image, 100, boot_record([entry(0x83, 1, 99), entry(5, 200, 300)]))
    put(image, 300, boot_record([entry(0x83, 1, 99), entry(5, 0, 300)]))
    return image


LINUX, BASIC, EFI = (uuid.UUID(u).bytes_le for u in (
    "0fc63daf-8483-4772-8e79-3d69d8477de4", "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7", "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"))
DISK = uuid.UUID("6d1b7a52-0c1e-4a6b-9f0e-0d3c5a7b9e11").bytes_le


def gpt_entries(parts, count=128):
    rows = bytearray(count * 128)
    for slot, kind, first, last, name in parts:
        ident = uuid.uuid5(uuid.NAMESPACE_URL, name).bytes_le
        row = struct.pack("<16s16sQQQ", kind, ident, first, last, 4 if name == "boot" else 0) + name.encode("utf-16-le")
        rows[(slot - 1) * 128:(slot - 1) * 128 + len(row)] = row
    return bytes(rows)


def gpt_header(at, other, entries_at, rows, last):
    head = struct.pack("<8sIIIIQQQQ16sQIII", b"EFI PART", 0x10000, 92, 0, 0, at, other, 34, last - 33, DISK, entries_at,
                       len(rows) // 128, 128, zlib.crc32(rows))
    return head[:16] + struct.pack("<I", zlib.crc32(head)) + head[20:]


def gpt(size=SECTOR, parts=None, backup_parts=None):
    last = (4 << 20) // size - 1
    image = bytearray(4 << 20)
    put(image, 0, boot_record([entry(0xee, 1, last)]))
    parts = parts or [(1, EFI, 64, 127, "boot"), (2, BASIC, 128, 255, "자료"), (5, LINUX, 300, 699, "home")]
    span = 128 * 128 // size
    for rows, at, other, entries_at in [(gpt_entries(parts), 1, last, 2),
                                        (gpt_entries(backup_parts or parts), last, 1, last - span)]:
        put(image, at, gpt_header(at, other, entries_at, rows, last), size)
        put(image, entries_at, rows, size)
    return image


def gpt_backup_only():
    image = gpt()
    image[SECTOR:SECTOR * 34] = bytes(SECTOR * 33)
    return image


def gpt_bad_crc():
    image = gpt()
    image[SECTOR * 2 + 32] ^= 0xff
    return image


def gpt_backup_differs():
    """The primary has lost a partition that the backup still has."""
    parts = [(1, EFI, 64, 127, "boot"), (2, BASIC, 128, 255, "data"), (3, LINUX, 300, 699, "hidden")]
    return gpt(parts=parts[:2], backup_parts=parts)


def gpt_hybrid():
    image = gpt()
    put(image, 0, boot_record([entry(0xee, 1, 63), entry(7, 128, 128)], 5))
    return image


def fat_whole(folder):
    path = folder / "fat.raw"
    path.write_bytes(bytes(1 << 20))
    run("mkfs.fat", "-i", "1a2b3c4d", "-n", "WHOLE", str(path))
    return bytearray(path.read_bytes())


def ntfs_boot(folder):
    path = folder / "ntfs.raw"
    path.write_bytes(bytes(2 << 20))
    run("mkntfs", "-F", "-q", "-T", "-s", "512", "-c", "512", "-L", "WHOLE", str(path))
    # mkntfs writes no boot code; this stands for it, with bytes where a partition table would be.
    image = bytearray(path.read_bytes())
    image[430:500] = bytes((7 * i) & 0xff for i in range(70))
    # The boot sector and the first records are enough here.
    return image[:16 << 10]


def mbr_in_front_of_fat(folder):
    image = bytearray(2 << 20)
    put(image, 0, boot_record([entry(1, 8, 2048, 0x80)], 0xdeadbeef))
    put(image, 8, bytes(fat_whole(folder)))
    return image


# --- EWF --------------------------------------------------------------------------------------

def media(length):
    """Three chunks of 32 KiB over and over: random, text and random, zeros; each with its number. They
    recur beyond deflate's window, so the sample is small when packed by zstd while deflate sees chunks
    of every kind."""
    noise = random.Random(20261122).randbytes(40 << 10)
    text = b"".join(b"%08d user of account A opened a record\n" % i for i in range(600))
    period = (noise + text[:20 << 10]).ljust(96 << 10, b"\0")
    out = bytearray()
    while len(out) < length:
        out += period
    for at in range(0, len(out), 32 << 10):
        out[at:at + 16] = b"chunk %09d\n" % (at >> 15)
    return bytes(out[:length])


EWF = [  # name, format, compression, length of the media, segment size, further options
    ("single-best", "encase6", "best", 300_032, "1.4GiB", ("-d", "sha1")),
    ("single-none", "encase6", "none", 163_840, "1.4GiB", ("-b", "16")),
    ("three", "encase6", "fast", 5_400_064, "1MiB", ("-d", "sha1")),
    ("ftk", "ftk", "fast", 200_192, "1.4GiB", ()),
    ("smart", "smart", "fast", 2_700_288, "1MiB", ()),
    ("encase5", "encase5", "none", 131_584, "1.4GiB", ()),
]


def ewf(folder, name, kind, compression, length, segment, more):
    raw = folder / f"{name}.raw"
    data = media(length)
    raw.write_bytes(data)
    run("ewfacquire", "-u", "-q", "-f", kind, "-c", compression, "-S", segment, "-t", str(folder / name), "-C", "2026-117",
        "-E", "E-7", "-e", "Kim 조사관", "-D", "laptop of account A", "-N", "note with 한글", *more, str(raw))
    files = sorted(p for p in folder.glob(f"{name}.*") if p.suffix.lower()[1:2] in "es" and p.suffix != ".raw")
    for file in files:
        pack(file)
    truth = [(name, "segments", len(files)), (name, "media bytes", length), (name, "md5", hashlib.md5(data).hexdigest())]
    wanted = {"MD5": "stored md5", "SHA1": "stored sha1", "Bytes per sector": "bytes per sector", "Number of sectors": "sectors",
              "Sectors per chunk": "sectors per chunk", "Case number": "case number", "Evidence number": "evidence number",
              "Examiner name": "examiner", "Description": "description", "Notes": "notes", "Software version used":
              "acquisition tool", "Operating system used": "operating system", "Set identifier": "set identifier"}
    for line in run("ewfinfo", str(files[0])).splitlines():
        key, _, value = line.strip().partition(":")
        if key in wanted and value.strip():
            truth.append((name, wanted[key], value.strip()))
    return truth


# --- output -----------------------------------------------------------------------------------

def pack(path):
    out = HERE / f"{path.name}.zst"
    run("zstd", "-q", "-f", "-19", str(path), "-o", str(out))


def mmls(path, size):
    """(scheme, slot, first sector, sectors) of each partition, as mmls tells them."""
    scheme, rows = "none", []
    for line in run("mmls", "-b", str(size), str(path), ok=(0, 1)).splitlines():
        if "GUID Partition Table" in line:
            scheme = "gpt"
        elif "DOS Partition Table" in line:
            scheme = "mbr"
        cells = line.split(None, 5)
        if len(cells) == 6 and cells[1] not in ("Meta", "-------") and cells[0][:-1].isdigit():
            rows.append((cells[1], int(cells[2]), int(cells[4])))
    return scheme, rows


def main():
    volumes, truth = [], []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        images = [("mbr-extended", mbr_extended()), ("mbr-past-end", mbr_past_end()), ("mbr-overlap", mbr_overlap()),
                  ("mbr-loop", mbr_loop()), ("gpt", gpt()), ("gpt-4096", gpt(4096)), ("gpt-backup-only", gpt_backup_only()),
                  ("gpt-bad-crc", gpt_bad_crc()), ("gpt-backup-differs", gpt_backup_differs()), ("gpt-hybrid", gpt_hybrid()),
                  ("fat-whole", fat_whole(folder)), ("ntfs-boot", ntfs_boot(folder)),
                  ("mbr-fat", mbr_in_front_of_fat(folder))]
        for name, image in images:
            path = folder / f"{name}.raw"
            path.write_bytes(image)
            pack(path)
            size = 4096 if name.endswith("4096") else 512
            scheme, rows = mmls(path, size)
            volumes += [(f"{name}.raw", size, scheme, *row) for row in rows] or [(f"{name}.raw", size, scheme, "-", 0, 0)]
        for sample in EWF:
            truth += ewf(folder, *sample)
    for file, head, rows in [("mmls.tsv", "image\tsector size\tscheme\tslot\tfirst sector\tsectors", volumes),
                             ("ewfinfo.tsv", "image\tkey\tvalue", truth)]:
        lines = [head] + ["\t".join(map(str, row)) for row in rows]
        (HERE / file).write_text("\n".join(lines) + "\n")
    sums = [f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.name}" for p in sorted(HERE.glob("*.zst"))]
    (HERE / "SHA256SUMS").write_text("\n".join(sums) + "\n")


if __name__ == "__main__":
    main()
