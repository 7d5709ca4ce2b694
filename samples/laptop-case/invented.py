"""Everything the case names: people, numbers, keys, addresses, and when things happened.

All of it is invented. Telephone numbers are of the form 010-0000-NNNN, mail addresses end in
example.invalid, network addresses are of the ranges reserved for documentation (RFC 5737) or for
private use (RFC 1918). Whoever bears one of these names is not meant.
"""
import calendar
import json
import random

SEED = 20260622
USER = "daon"                                   # account on the laptop
SID = "S-1-5-21-1004336348-1177238915-682003330-1001"
FIRST_ID = 70_000_000                           # customer ids count up from here

FAMILY = ["가", "남", "라", "마", "보", "사", "아", "자", "차", "카", "타", "파", "하"]
GIVEN = ["가람", "나래", "다솜", "라온", "마루", "바름", "새롬", "아라", "여울", "우람", "이든", "자람", "초롱", "토리", "푸름", "하람"]
STREETS = ["무지개길", "은하수로", "바람개비길", "별빛로", "솔방울길", "물레방아로"]
ITEMS = ["연필 한 다스", "초록 우산", "쌀 5kg", "고양이 모래", "면 양말", "보리차", "건전지 AA", "세탁 세제", "노란 머그컵", "공책 세 권"]


def seconds(text):
    """Seconds since 1970 of `YYYY-MM-DD HH:MM:SS`, UTC."""
    date, clock = text.split()
    return calendar.timegm(tuple(map(int, date.split("-") + clock.split(":"))))


def filetime(unix_seconds, hundred_ns=0):
    """Units of 100 ns since 1601."""
    return (unix_seconds + 11_644_473_600) * 10_000_000 + hundred_ns


def key_id(rng):
    return "SK" + "".join(rng.choice("ABCDEFGHJKLMNPQRSTUVWXYZ23456789") for _ in range(18))


_rng = random.Random(SEED)
KEYS = [key_id(_rng) for _ in range(40)]
STOLEN = KEYS[7]


def customer(number):
    """The record that the gateway would serve for one customer id."""
    rng = random.Random(SEED * 1000 + number)
    name = rng.choice(FAMILY) + rng.choice(GIVEN)
    phone = "010-0000-%04d" % rng.randrange(10_000)
    book = [{"to": rng.choice(FAMILY) + rng.choice(GIVEN), "phone": "010-0000-%04d" % rng.randrange(10_000),
             "address": "보기시 %s %d" % (rng.choice(STREETS), rng.randrange(1, 300))} for _ in range(rng.randrange(1, 5))]
    orders = [{"no": "%d-%03d" % (number, i), "items": rng.sample(ITEMS, rng.randrange(1, 4)), "won": rng.randrange(3, 90) * 1000}
              for i in range(rng.randrange(2, 6))]
    return {"id": number, "name": name, "email": "c%d@example.invalid" % number, "phone": phone,
            "address_book": book, "orders": orders}


def as_json(numbers):
    """One export as the script on the laptop saves it."""
    return json.dumps({"fetched": len(numbers), "customers": [customer(n) for n in numbers]}, ensure_ascii=False, indent=1).encode()


def as_csv(numbers):
    lines = ["customer_id,name,email,phone,first_address"]
    for n in numbers:
        c = customer(n)
        lines.append("%d,%s,%s,%s,%s" % (n, c["name"], c["email"], c["phone"], c["address_book"][0]["address"]))
    return ("\ufeff" + "\r\n".join(lines) + "\r\n").encode()


# Which ids were saved, in which file. The first three were fetched on 2 June; the gateway keeps its
# logs for seven days and the oldest that was secured is of 3 June, so no log shows them.
SAVED = {
    "customers-0000.json": [FIRST_ID + n for n in (3, 4, 5)],
    "customers-0001.json": [FIRST_ID + n for n in (101, 102, 103, 107, 110, 111, 112, 118, 120, 121)],
    "customers-0002.json": [FIRST_ID + n for n in (640, 641, 642, 645, 646, 649, 650, 651, 655, 660)],
    "customers-0003.json": [FIRST_ID + n for n in (1400, 1402, 1403, 1404, 1409, 1411, 1415)],
}
ALL_SAVED = sorted(n for numbers in SAVED.values() for n in numbers)
CSV_NAME = "customers-all.csv"
