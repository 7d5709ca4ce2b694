"""The USB stick: an exFAT volume written with mkfs.exfat and exfat-fuse, then given the times of the story.

exFAT keeps local time with its distance from UTC (Microsoft, exFAT specification, 7.4); the stick
was written in Korea. A deleted entry keeps its times and loses one bit of its type.
"""
import os
import struct
import subprocess
import time

from invented import ALL_SAVED, CSV_NAME, as_csv, seconds

BYTES, SERIAL = 2 << 20, 0x2026_0608
KOREA = 9 * 3600
EAST_9 = 0x80 | 36                              # quarters of an hour


def files():
    """(name, bytes, times of creation, change and access, state)."""
    notes = "회의록\n\n- 점검 도구 넘기기\n- 다음 모임은 미정\n".encode() * 30
    return [
        ("여행 계획.txt", "1일차 바다\n2일차 산\n".encode() * 20, ("2026-04-11 03:00:10",) * 3, "live"),
        ("회의록 2026-05.txt", notes, ("2026-05-14 01:30:00", "2026-05-14 02:10:44", "2026-05-14 02:10:44"), "live"),
        (CSV_NAME, as_csv(ALL_SAVED), ("2026-06-08 17:55:30", "2026-06-08 17:40:58", "2026-06-08 17:55:30"), "deleted"),
    ]


def stamp(text):
    """Date and time of DOS, local, with hundredths of the second that it cannot hold."""
    t = time.gmtime(seconds(text) + KOREA)
    return (t[0] - 1980) << 25 | t[1] << 21 | t[2] << 16 | t[3] << 11 | t[4] << 5 | t[5] // 2, t[5] % 2 * 100


def checksum(entries):
    total = 0
    for i, b in enumerate(entries):
        if i not in (2, 3):
            total = ((total & 1) << 15 | total >> 1) + b & 0xFFFF
    return total


def retime(image):
    """Times of the story into every entry of the root folder, live or deleted."""
    sector = 1 << image[108]
    heap, root = struct.unpack_from("<I", image, 88)[0] * sector, struct.unpack_from("<I", image, 96)[0]
    cluster = sector << image[109]
    start = heap + (root - 2) * cluster
    wanted = {name: times for name, _, times, _ in files()}
    done = 0
    for at in range(start, start + cluster, 32):
        if image[at] & 0x7F != 0x05:
            continue
        count = image[at + 1]
        entries = bytearray(image[at:at + 32 * (count + 1)])
        text = b"".join(bytes(entries[32 * i + 2:32 * i + 32]) for i in range(2, count + 1))
        name = text.decode("utf-16-le").split("\0")[0]
        stamps = [stamp(t) for t in wanted[name]]
        for place, (value, _) in zip((8, 12, 16), stamps):
            struct.pack_into("<I", entries, place, value)
        entries[20], entries[21] = stamps[0][1], stamps[1][1]
        entries[22:25] = bytes([EAST_9] * 3)
        # The sum was made while the entries were in use, and stays when they are not.
        used = bytearray(entries)
        for i in range(0, len(used), 32):
            used[i] |= 0x80
        struct.pack_into("<H", entries, 2, checksum(used))
        image[at:at + len(entries)] = entries
        done += 1
    assert done == len(wanted), done


def make(work):
    path, mount = os.path.join(work, "usb.exfat"), os.path.join(work, "stick")
    os.makedirs(mount, exist_ok=True)
    with open(path, "wb") as f:
        f.truncate(BYTES)
    quiet = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(["mkfs.exfat", "-c", "4K", "-b", "64K", "-L", "GREY-STICK", path], **quiet)
    subprocess.run(["exfatlabel", "-i", path, "0x%08x" % SERIAL], **quiet)
    device = subprocess.run(["losetup", "--show", "-f", path], check=True, capture_output=True, text=True).stdout.strip()
    driver = subprocess.Popen(["mount.exfat-fuse", "-d", device, mount], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            if os.path.ismount(mount):
                break
            time.sleep(0.1)
        else:
            raise SystemExit("the stick does not mount")
        for name, data, _, _ in files():
            with open(os.path.join(mount, name), "wb") as f:
                f.write(data)
        for name, _, _, state in files():
            if state == "deleted":
                os.unlink(os.path.join(mount, name))
        subprocess.run(["umount", mount], check=True)
        driver.wait(60)
    finally:
        driver.kill()
        subprocess.run(["losetup", "-d", device], check=True)
    image = bytearray(open(path, "rb").read())
    retime(image)
    return bytes(image)
