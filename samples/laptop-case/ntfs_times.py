"""Gives a volume written today by ntfs-3g the times of the story.

ntfs-3g stamps what it writes with the clock. The script that wrote the files kept, for each step,
when it began; every time in the volume that falls into a step becomes the time of that step in the
story: in records, in index entries and in what is left of deleted ones, all alike. mkntfs -T
stamps with 1970; that becomes the time of formatting.
"""
import struct

EPOCH_1970 = 116_444_736_000_000_000


def _fixup(data, at, size, restore):
    """Takes out (or puts back) the update sequence of a record. Source: libyal, libfsntfs, "Fixup values"."""
    offset, count = struct.unpack_from("<HH", data, at + 4)
    if count < 2 or offset + 2 * count > size or (count - 1) * 512 > size:
        return False
    number = data[at + offset:at + offset + 2]
    for i in range(1, count):
        end, kept = at + i * 512 - 2, at + offset + 2 * i
        if restore:
            data[kept:kept + 2] = data[end:end + 2]
            data[end:end + 2] = number
        elif data[end:end + 2] != number:
            return False
        else:
            data[end:end + 2] = data[kept:kept + 2]
    return True


def retime(data, steps, formatted):
    """`steps`: [(wall-clock FILETIME at which it began, FILETIME in the story)], rising. Returns how many times changed."""
    protected = []
    for magic, size in ((b"FILE", 1024), (b"INDX", 4096)):
        at = data.find(magic)
        while at >= 0:
            if at % 512 == 0 and _fixup(data, at, size, restore=False):
                protected.append((at, size))
            at = data.find(magic, at + 1)
    first, last = steps[0][0], steps[-1][0] + 600 * 10_000_000
    changed = 0
    for at in range(0, len(data) - 7, 8):
        if data[at + 7] != 1:                               # every time from 1829 to 2057 has this byte
            continue
        value = struct.unpack_from("<Q", data, at)[0]
        if value == EPOCH_1970:
            new = formatted
        elif first <= value <= last:
            new = [story for began, story in steps if began <= value][-1]
        else:
            continue
        struct.pack_into("<Q", data, at, new)
        changed += 1
    for at, size in protected:
        _fixup(data, at, size, restore=True)
    return changed


def sequence_of(data, mft_at, record):
    """The sequence number of a record, where the table lies in one piece."""
    return struct.unpack_from("<H", data, mft_at + record * 1024 + 16)[0]
