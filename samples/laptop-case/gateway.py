"""The gateway's access logs: normal traffic of a shop, and one key that walks through customer ids.

What a count has to beware of, on purpose:
  * the key was also used rightfully, from inside, until its owner left (a filter by key counts too much);
  * the same outside addresses ask for a page without a key (a filter by address counts too much);
  * some ids are asked for twice, some do not exist (404), some requests are throttled (429);
  * one of two nodes writes local time, +0900; one file has CRLF line ends;
  * a few lines were cut short when a node stopped, and a health checker writes lines of its own.
"""
import hashlib
import random
import time
import zipfile

from invented import ALL_SAVED, FIRST_ID, KEYS, SAVED, SEED, STOLEN, seconds

DAY = 86_400
START, DAYS = seconds("2026-06-03 00:00:00"), 8
OWNER_LEFT = seconds("2026-06-04 09:00:00")
NORMAL_A_DAY = 3_600
# Sessions of the outsider: begin, end, address, requests, first id offset walked.
SESSIONS = [
    ("2026-06-05 12:04:11", "2026-06-05 15:31:40", "203.0.113.41", 560, 90),
    ("2026-06-06 13:20:05", "2026-06-06 18:02:59", "203.0.113.77", 820, 600),
    ("2026-06-08 11:45:30", "2026-06-08 17:10:02", "198.51.100.9", 1_050, 1_300),
]
OUTSIDER = "python-requests/2.32.3"
AGENTS = ["okhttp/4.12.0", "ShopApp/9.2.0 (Android 15)", "ShopApp/9.1.4 (iOS 18.5)", "Apache-HttpClient/5.3 (Java/21.0.2)",
          "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Safari/537.36"]
HOURS = [3, 2, 1, 1, 1, 2, 4, 7, 9, 10, 11, 12, 12, 11, 10, 10, 11, 12, 13, 14, 15, 13, 9, 5]   # by hour of Korea
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
KINDS = ["profile", "addresses", "orders?limit=5", "addresses/1/entrance"]


def outsider(rng):
    """Rows of the enumeration: (time, address, key, method, target, status, agent)."""
    rows, missing = [], {FIRST_ID + n for n in range(0, 3000, 23)} - set(ALL_SAVED)
    for begin, end, address, count, offset in SESSIONS:
        b, e = seconds(begin), seconds(end)
        times = sorted([b, e] + [rng.randrange(b, e) for _ in range(count - 2)])
        here = [n for numbers in SAVED.values() for n in numbers if 0 <= n - FIRST_ID - offset < count // 2]
        wanted = set(here)
        at = offset
        for t in times:
            number = FIRST_ID + at
            again = rng.random() < 0.18 and at > offset
            if again:
                number = FIRST_ID + rng.randrange(offset, at)
            else:
                at += 1
            kind = rng.choices(KINDS, (60, 25, 10, 5))[0]
            status = 404 if number in missing else rng.choices((200, 429, 403), (96, 3, 1))[0]
            if number in wanted and not again:
                kind, status = "profile", 200
            rows.append((t, address, STOLEN, "GET", "/v1/customers/%d/%s" % (number, kind), status, OUTSIDER))
        for _ in range(3):
            rows.append((rng.randrange(b, e), address, None, "GET", "/healthz", 200, OUTSIDER))
    return rows


def rightful(rng):
    """The key in the hands of its owner's team, until the owner left."""
    return [(rng.randrange(START, OWNER_LEFT), "10.20.7.%d" % rng.randrange(11, 14), STOLEN, "GET",
             "/v1/customers/%d/%s" % (FIRST_ID + rng.randrange(5_000), rng.choice(KINDS)), 200, AGENTS[3]) for _ in range(45)]


def normal(rng):
    rows = []
    people = ["192.0.2.%d" % n for n in range(1, 255)]
    for day in range(DAYS):
        for _ in range(NORMAL_A_DAY):
            hour = (rng.choices(range(24), HOURS)[0] - 9) % 24
            t = START + day * DAY + hour * 3600 + rng.randrange(3600)
            number = FIRST_ID + rng.randrange(60_000)
            r = rng.random()
            method = "GET"
            if r < 0.40:
                target = "/v1/products/%d" % rng.randrange(40_000)
            elif r < 0.58:
                target = "/v1/search?q=item%d" % rng.randrange(900)
            elif r < 0.80:
                target = "/v1/customers/%d/%s" % (number, rng.choices(KINDS, (50, 20, 28, 2))[0])
            elif r < 0.93:
                target, method = "/v1/cart/items", "POST"
            else:
                target, method = "/v1/login", "POST"
            inside = rng.random() < 0.2
            key = rng.choice([k for k in KEYS if k != STOLEN]) if inside else None
            address = "10.20.%d.%d" % (rng.randrange(8), rng.randrange(2, 250)) if inside else rng.choice(people)
            status = rng.choices((200, 304, 404, 401, 500), (920, 40, 25, 12, 3))[0]
            rows.append((t, address, key, method, target, status, rng.choice(AGENTS)))
    return rows


def line(row, east, rng):
    t, address, key, method, target, status, agent = row
    local = time.gmtime(t + (9 * 3600 if east else 0))
    stamp = "%02d/%s/%04d:%02d:%02d:%02d %s" % (local[2], MONTHS[local[1] - 1], local[0], *local[3:6], "+0900" if east else "+0000")
    return '%s - %s [%s] "%s %s HTTP/1.1" %d %d "-" "%s"' % (address, key or "-", stamp, method, target, status, 150 + rng.randrange(4_000), agent)


def files():
    """(name, bytes, time of the file) of every log, and what else was put between its lines."""
    rng = random.Random(SEED)
    rows = sorted(outsider(rng) + rightful(rng) + normal(rng))
    foreign = 0
    lines = {}
    for row in rows:
        day, node = (row[0] - START) // DAY, rng.randrange(2)
        here = lines.setdefault((day, node), [])
        text = line(row, node == 1, rng)
        here.append(text)
        r = rng.random()
        if r < 0.0002:
            here.append(text[:len(text) // 3])
            foreign += 1
        elif r < 0.0004:
            here.append("upstream pool ok (%d)" % rng.randrange(1000))
            foreign += 1
    out = []
    for (day, node), here in sorted(lines.items()):
        end = "\r\n" if (day, node) == (3, 0) else "\n"
        date = time.strftime("%Y-%m-%d", time.gmtime(START + day * DAY))
        out.append(("gw-%02d/access-%s.log" % (node + 1, date), (end.join(here) + end).encode(), START + (day + 1) * DAY))
    return out, len(rows), foreign


def write(path):
    members, rows, foreign = files()
    with zipfile.ZipFile(path, "w") as z:
        for name, data, t in members:
            info = zipfile.ZipInfo(name, time.gmtime(t)[:6])
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            z.writestr(info, data, compresslevel=9)
    return {"lines": rows, "foreign_lines": foreign, "members": [
        {"path": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data, _ in members]}


if __name__ == "__main__":
    import sys
    print(write(sys.argv[1])["lines"])
