"""The laptop: an NTFS volume written step by step with ntfs-3g, with a change journal of its own.

Root, /dev/fuse, mkntfs and ntfs-3g are needed. Each step has a time in the story; see ntfs_times.py.
"""
import os
import struct
import subprocess
import time

from invented import ALL_SAVED, CSV_NAME, SAVED, SID, STOLEN, USER, as_csv, as_json, filetime, seconds
from ntfs_times import retime, sequence_of
from usn import CLOSE, CREATE, DELETE, EXTEND, NEW_NAME, OLD_NAME, STREAM, STREAM_EXTEND, Journal

VOLUME_BYTES, PARTITION_AT = 8 << 20, 1 << 20
FORMATTED = "2026-02-02 01:10:00"
HOME = "Users/" + USER
BIN = "$Recycle.Bin/" + SID
# Before this the journal has wrapped.
JOURNAL_FROM, JOURNAL_HOLE = "2026-06-01 00:00:00", 32 * 1024


class Laptop:
    def __init__(self, image, mount):
        self.image, self.mount = image, mount
        self.steps, self.story, self.tick = [], None, 0
        self.journal = Journal(JOURNAL_HOLE)
        self.uses = {}                          # record -> how often it was freed
        self.written = []                       # ground truth of every file

    def mounted(self):
        options = "show_sys_files,streams_interface=xattr,big_writes,no_detach"
        self.driver = subprocess.Popen(["ntfs-3g", "-o", options, self.image, self.mount])
        for _ in range(100):
            if os.path.ismount(self.mount):
                return
            time.sleep(0.1)
        raise SystemExit("the volume does not mount")

    def unmounted(self):
        subprocess.run(["umount", self.mount], check=True)
        self.driver.wait(60)                    # what it still held is written then

    def step(self, when):
        """From now on it is `when` in the story."""
        time.sleep(0.06)
        self.story, self.tick = seconds(when), 0
        self.steps.append((time.time_ns() // 100 + 116_444_736_000_000_000, filetime(self.story, 1_234_567 + len(self.steps) * 10_007)))
        time.sleep(0.02)

    def path(self, name):
        return os.path.join(self.mount, name)

    def reference(self, name):
        record = os.stat(self.path(name)).st_ino
        return record, self.uses.get(record, 0) + 1

    def log(self, name, reasons, as_name=None, attributes=0x20):
        if self.story < seconds(JOURNAL_FROM):
            return
        self.tick += 1
        now = self.steps[-1][1] + self.tick * 5_003
        folder = os.path.dirname(name)
        parent = self.reference(folder) if folder else (5, 5)
        self.journal.add(self.reference(name), parent, now, reasons, as_name or os.path.basename(name), attributes)

    def folder(self, name):
        os.makedirs(self.path(name), exist_ok=True)

    def put(self, name, data, state="live", stream=None):
        with open(self.path(name), "wb", buffering=0) as f:
            f.write(data)
        for reasons in (CREATE, CREATE | EXTEND, CREATE | EXTEND | CLOSE):
            self.log(name, reasons)
        if stream:
            os.setxattr(self.path(name), "user." + stream[0], stream[1])
            self.log(name, STREAM_EXTEND | STREAM)
            self.log(name, STREAM_EXTEND | STREAM | CLOSE)
        record, sequence = self.reference(name)
        self.written.append({"path": name, "record": record, "sequence": sequence, "state": state, "data": data,
                             "streams": {stream[0]: stream[1]} if stream else {}, "created": self.steps[-1][1]})

    def delete(self, name):
        record, sequence = self.reference(name)
        self.log(name, DELETE | CLOSE)
        os.unlink(self.path(name))
        self.uses[record] = sequence
        entry = next(w for w in self.written if w["path"] == name and w["state"] != "deleted")
        entry["state"], entry["deleted"] = "deleted", self.steps[-1][1]

    def to_bin(self, name, random_part):
        """What Windows does: the file becomes $R..., and $I... tells where it was."""
        data = open(self.path(name), "rb").read()
        extension = os.path.splitext(name)[1]
        index, content = ("%s/$%s%s%s" % (BIN, letter, random_part, extension) for letter in "IR")
        text = ("C:\\" + name.replace("/", "\\") + "\0").encode("utf-16-le")
        when = self.steps[-1][1]
        self.put(index, struct.pack("<QQQI", 2, len(data), when, len(text) // 2) + text)
        self.log(name, OLD_NAME)
        os.rename(self.path(name), self.path(content))
        self.log(content, NEW_NAME)
        self.log(content, NEW_NAME | CLOSE)
        entry = next(w for w in self.written if w["path"] == name)
        entry.update(path=content, state="trashed", original="C:\\" + name.replace("/", "\\"), trashed=when, index=index)


def from_gateway(number):
    return ("Zone.Identifier", ("[ZoneTransfer]\r\nZoneId=3\r\nHostUrl=https://gateway.example.invalid/v1/customers/%d/profile\r\n" % number).encode())


def tell(l):
    """What happened on the laptop, in order."""
    l.step(FORMATTED)
    open(l.path("$UsnJrnl"), "wb").close()
    os.rename(l.path("$UsnJrnl"), l.path("$Extend/$UsnJrnl"))
    for name in (HOME + "/Desktop", HOME + "/Documents", HOME + "/Downloads", HOME + "/AppData/Local/Temp", HOME + "/Projects/gateway-tools", BIN):
        l.folder(name)
    l.put(BIN + "/desktop.ini", b"[.ShellClassInfo]\r\nCLSID={645FF040-5081-101B-9F08-00AA002F954E}\r\n")
    l.step("2026-03-10 02:05:11")
    l.put(HOME + "/Projects/gateway-tools/README.md", ("# gateway-tools\n\n내부 게이트웨이 점검 도구. 서명 키는 팀 금고에서만 꺼내 쓸 것.\n" + "점검 항목 %d\n" * 40 % tuple(range(1, 41))).encode())
    l.put(HOME + "/Projects/gateway-tools/signing-key.txt", ("key id %s\nThis file stands for a signing key; it holds none.\n" % STOLEN).encode())
    l.step("2026-05-29 08:41:30")
    l.put(HOME + "/Documents/인수인계.txt", ("인수인계 목록\n\n1. 점검 도구 저장소\n2. 서명 키는 반납함 (확인 필요)\n3. 당직표\n" * 12).encode())
    l.step("2026-06-02 12:12:09")
    l.put(HOME + "/Projects/gateway-tools/fetch.py", b"# Asks the gateway for customers one by one and saves what it answers.\n" + b"".join(b"# step %03d\n" % n for n in range(150)))
    l.put(HOME + "/Downloads/customers-0000.json", as_json(SAVED["customers-0000.json"]), stream=from_gateway(SAVED["customers-0000.json"][0]))
    l.step("2026-06-04 10:30:00")
    l.put(HOME + "/AppData/Local/Temp/build-cache.bin", b"")
    l.step("2026-06-05 15:33:02")
    l.put(HOME + "/Downloads/customers-0001.json", as_json(SAVED["customers-0001.json"]), stream=from_gateway(SAVED["customers-0001.json"][0]))
    l.step("2026-06-06 18:05:47")
    l.put(HOME + "/Downloads/customers-0002.json", as_json(SAVED["customers-0002.json"]), stream=from_gateway(SAVED["customers-0002.json"][0]))
    l.step("2026-06-08 17:12:20")
    l.put(HOME + "/Downloads/customers-0003.json", as_json(SAVED["customers-0003.json"]), stream=from_gateway(SAVED["customers-0003.json"][0]))
    l.step("2026-06-08 17:40:58")
    l.put(HOME + "/Downloads/" + CSV_NAME, as_csv(ALL_SAVED))
    l.put(HOME + "/Desktop/메모.txt", "usb에 옮기고 나머지는 지울 것\n".encode())
    l.unmounted()
    l.mounted()                                             # so that the allocator starts afresh
    l.step("2026-06-11 01:02:14")
    l.to_bin(HOME + "/Downloads/" + CSV_NAME, "Q7X2KD")
    # The disk is full, so that what is written next can only lie where something was deleted.
    with open(l.path(HOME + "/AppData/Local/Temp/swap.tmp"), "wb", buffering=0) as f:
        size = 0
        try:
            while True:
                size += f.write(bytes(4096))
        except OSError:
            pass
    l.written.append({"path": HOME + "/AppData/Local/Temp/swap.tmp", "record": l.reference(HOME + "/AppData/Local/Temp/swap.tmp")[0],
                      "sequence": 1, "state": "live", "data": bytes(size), "streams": {}, "created": l.steps[-1][1]})
    l.step("2026-06-11 01:04:40")
    l.delete(HOME + "/Downloads/customers-0002.json")
    l.step("2026-06-11 01:05:03")
    cache = next(w for w in l.written if w["path"].endswith("build-cache.bin"))
    cache["data"] = b"".join(b"object %06d of the build cache\n" % n for n in range(200))
    with open(l.path(cache["path"]), "wb", buffering=0) as f:
        f.write(cache["data"])
    l.log(cache["path"], EXTEND)
    l.log(cache["path"], EXTEND | CLOSE)
    l.delete(HOME + "/AppData/Local/Temp/swap.tmp")
    l.step("2026-06-11 01:06:30")
    for name in ("customers-0000.json", "customers-0001.json", "customers-0003.json"):
        l.delete(HOME + "/Downloads/" + name)
    l.step("2026-06-11 01:07:12")
    l.delete(HOME + "/Desktop/메모.txt")
    l.delete(HOME + "/Projects/gateway-tools/fetch.py")
    l.delete(HOME + "/Projects/gateway-tools/signing-key.txt")
    l.step("2026-06-12 23:50:41")
    l.put(HOME + "/Documents/이력서.txt", ("이력서 초안\n" * 60).encode())
    os.setxattr(l.path("$Extend/$UsnJrnl"), "user.$J", bytes(l.journal.bytes))
    os.setxattr(l.path("$Extend/$UsnJrnl"), "user.$Max", l.journal.max_stream(filetime(seconds(FORMATTED))))


def disk(volume):
    """A disk with one NTFS partition, the rest of its first mebibyte empty."""
    mbr = bytearray(PARTITION_AT)
    struct.pack_into("<I", mbr, 440, 0x0C5EB00C)
    struct.pack_into("<B3sB3sII", mbr, 446, 0, b"\x20\x21\x00", 7, b"\xfe\xff\xff", PARTITION_AT // 512, len(volume) // 512)
    mbr[510:512] = b"\x55\xaa"
    return bytes(mbr) + bytes(volume)


def make(work):
    """Returns the disk's bytes and the ground truth of what was done."""
    image, mount = os.path.join(work, "laptop.ntfs"), os.path.join(work, "mount")
    os.makedirs(mount, exist_ok=True)
    with open(image, "wb") as f:
        f.truncate(VOLUME_BYTES)
    subprocess.run(["mkntfs", "-q", "-F", "-f", "-T", "-c", "4096", "-p", str(PARTITION_AT // 512), "-H", "16", "-S", "63", "-L", "노트북", image],
                   check=True, stderr=subprocess.DEVNULL, env={**os.environ, "LC_ALL": "C.UTF-8"})
    laptop = Laptop(image, mount)
    laptop.mounted()
    try:
        tell(laptop)
    finally:
        laptop.unmounted()
    volume = bytearray(open(image, "rb").read())
    retime(volume, laptop.steps, filetime(seconds(FORMATTED)))
    mft = struct.unpack_from("<Q", volume, 48)[0] * 4096
    for w in laptop.written:
        expected = w["sequence"] + (1 if w["state"] == "deleted" else 0)
        found = sequence_of(volume, mft, w["record"])
        assert found == expected, (w["path"], w["record"], found, expected)
    return disk(volume), laptop
