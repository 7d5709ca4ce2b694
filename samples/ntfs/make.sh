#!/bin/bash
# Builds small.ntfs.zst, a 10 MiB NTFS volume with known live and deleted files, and its ground
# truth. Needs root, /dev/fuse, ntfs-3g, sleuthkit, zstd, python3.
# Times and serial number are those of the moment: the image is kept, not rebuilt.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d); image=$work/small.ntfs; m=$work/mnt; mkdir "$m"
: > written.tsv
export LC_ALL=C.UTF-8 TZ=UTC

body() { # name size: repeatable text, which packs well
  python3 - "$1" "$2" <<'P'
import sys
name, size = sys.argv[1], int(sys.argv[2])
line = "".join("%s line %05d\n" % (name, i) for i in range(size // 12 + 1))
sys.stdout.buffer.write(line.encode()[:size])
P
}
note() { # state path stream file
  printf '%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$(stat -c %s "$4")" "$(sha256sum < "$4" | cut -d' ' -f1)" >> written.tsv
}
attribute() { # file name hexadecimal value
  python3 -c 'import os, sys; os.setxattr(sys.argv[1], sys.argv[2], bytes.fromhex(sys.argv[3]))' "$@"
}
put() { # state path size
  mkdir -p "$m/$(dirname "$2")"
  body "$2" "$3" > "$m/$2"
  note "$1" "$2" "" "$m/$2"
}
mounted() { ntfs-3g -o "compression,streams_interface=xattr,$1" "$image" "$m"; }
unmounted() {
  umount "$m"
  for _ in $(seq 50); do grep -q "$m" /proc/mounts || break; sleep 0.1; done; sleep 0.5
}

truncate -s 10M "$image"
mkntfs -q -F -f -c 4096 -L "작은 볼륨" "$image" 2> "$work/mkntfs"
mounted big_writes

# Live: resident, plain, empty, long and foreign names.
put live "docs/resident.txt" 60
put live "docs/plain.txt" 30000
put live "docs/empty.txt" 0
put live "docs/계약서 최종본 (확인 필요) – naïve résumé 文件 😀.txt" 5000
put live "docs/$(printf 'n%.0s' $(seq 240)).txt" 100
ln "$m/docs/plain.txt" "$m/docs/second name.txt"
note live "docs/second name.txt" "" "$m/docs/plain.txt"
ln -s plain.txt "$m/docs/link"

# Alternate data streams, resident and not.
body small-stream 90 > "$work/s"; attribute "$m/docs/resident.txt" user.hidden "$(xxd -p "$work/s" | tr -d "\n")"
note live "docs/resident.txt" hidden "$work/s"
body big-stream 9000 > "$work/s"; attribute "$m/docs/plain.txt" user.big "$(xxd -p "$work/s" | tr -d "\n")"
note live "docs/plain.txt" big "$work/s"

# A short name beside the long one.
put live "docs/a long name with a short one.txt" 200
attribute "$m/docs/a long name with a short one.txt" system.ntfs_dos_name "$(printf ALONGN~1.TXT | xxd -p)"

# A junction: reparse tag, length, then offsets and names as [MS-FSCC] 2.1.2.5 has them.
mkdir "$m/junction"
attribute "$m/junction" system.ntfs_reparse_data "$(python3 -c '
import struct
s, p = "\\??\\C:\\docs".encode("utf-16le"), "C:\\docs".encode("utf-16le")
d = struct.pack("<HHHH", 0, len(s), len(s) + 2, len(p)) + s + b"\0\0" + p + b"\0\0"
print((struct.pack("<IHH", 0xA0000003, len(d), 0) + d).hex())')"

# Compressed folder (attribute 0x800): units that pack, one that does not, holes.
mkdir "$m/packed"
attribute "$m/packed" system.ntfs_attrib_be 00000810
put live "packed/text.txt" 150000
python3 - > "$work/mix" <<'P'
import hashlib, sys
noise = b"".join(hashlib.sha256(b"noise %d" % i).digest() for i in range(2048))
sys.stdout.buffer.write(b"packs well " * 6000 + noise[:20000] + b"again " * 9000)
P
cat "$work/mix" > "$m/packed/mixed.bin"; note live "packed/mixed.bin" "" "$work/mix"

# Sparse: data, a hole of 3 MiB, data.
body sparse 5000 > "$m/sparse.bin"; truncate -s 3M "$m/sparse.bin"; body tail 700 >> "$m/sparse.bin"
note live "sparse.bin" "" "$m/sparse.bin"

# Twenty hard links with long names: they do not fit into one record.
put live "links/first.txt" 400
for i in $(seq 20); do ln "$m/links/first.txt" "$m/links/$(printf 'link %02d of twenty that are long enough to need an attribute list' "$i")"; done

# A folder of sixty names, so that its index leaves the record; some go, some move.
for i in $(seq 60); do put live "many/entry number $(printf %02d "$i").txt" 20; done
mkdir -p "$m/other"
for i in 58 59 60; do mv "$m/many/entry number $i.txt" "$m/other/moved $i.txt"; done
sed -i -E 's#many/entry number (58|59|60).txt#other/moved \1.txt#' written.tsv

# The recycle bin.
put live '$Recycle.Bin/S-1-5-21-1-2-3-1001/$RABCDEF.txt' 300
put live '$Recycle.Bin/S-1-5-21-1-2-3-1001/$IABCDEF.txt' 60

# To be deleted.
put deleted "docs/gone-resident.txt" 300
put deleted "docs/gone-plain.txt" 50000
put deleted "gone folder/inner/a.txt" 12000
put deleted "gone folder/inner/b.txt" 100
put deleted "docs/overwritten.bin" 120000
put deleted "docs/first owner.bin" 40000
body gone-stream 5000 > "$work/s"; attribute "$m/docs/gone-plain.txt" user.secret "$(xxd -p "$work/s" | tr -d "\n")"
note deleted "docs/gone-plain.txt" secret "$work/s"
for i in $(seq 24); do put deleted "spare/stone $(printf %02d "$i").bin" 4096; done
sed -i -E '/stone .[02468]/s/^deleted/live/' written.tsv
# Their clusters go to these three, whose records are taken before anything is deleted.
: > "$m/spare/second owner.bin"; : > "$m/spare/intruder.bin"; : > "$m/spare/in pieces.bin"
unmounted

# Remounted, so that the allocator starts afresh. The disk is filled, so that what is written
# next can only take clusters that a deletion set free.
mounted big_writes
dd if=/dev/zero of="$m/filler" bs=4096 status=none 2>/dev/null || true
rm "$m/docs/first owner.bin"
put deleted "spare/second owner.bin" 40000
rm "$m/docs/overwritten.bin"
body intruder 60000 > "$m/spare/intruder.bin"
note live "spare/intruder.bin" "" "$m/spare/intruder.bin"
for i in $(seq 1 2 24); do rm "$m/spare/stone $(printf %02d "$i").bin"; done
body pieces 100000 > "$m/spare/in pieces.bin"
note live "spare/in pieces.bin" "" "$m/spare/in pieces.bin"
rm "$m/filler" "$m/spare/second owner.bin"
rm "$m/docs/gone-resident.txt" "$m/docs/gone-plain.txt"
rm -r "$m/gone folder"
for i in 55 56 57; do rm "$m/many/entry number $i.txt"; sed -i "s|^live\tmany/entry number $i.txt|deleted\tmany/entry number $i.txt|" written.tsv; done
unmounted

zstd -q -19 -f "$image" -o small.ntfs.zst
python3 truth.py "$image"
rm -r "$work"
