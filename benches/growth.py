#!/usr/bin/env python3
"""benches/growth.py - draws docs/growth.svg from benches/growth.tsv: how an import of access logs grows.

Each panel has the lines on a logarithmic axis below and a measure on a linear one that begins at 0, so that a measure that
does not grow is a level line. Python's standard library only.

usage: benches/growth.py
"""
import csv
import math
import os

HERE = os.path.dirname(os.path.abspath(__file__))
PANELS = [("CPU microseconds a line", "cpu_us", "%.1f"), ("wall microseconds a line", "wall_us", "%.1f"),
          ("peak memory, MiB", "mib", "%.0f"), ("case bytes a line", "bytes", "%.0f")]
WIDTH, HEIGHT, LEFT, TOP, GAP = 300, 170, 55, 40, 40


def panel(x, y, title, name, form, rows):
    """One measure over all sizes."""
    most = max(float(r[name]) for r in rows) * 1.25
    low, high = (math.log10(float(rows[i]["lines"])) for i in (0, -1))
    place = [(x + (math.log10(float(r["lines"])) - low) / (high - low) * (WIDTH - 40) + 20,
              y + HEIGHT - float(r[name]) / most * HEIGHT, r) for r in rows]
    out = [f'<text x="{x}" y="{y - 10}" class="title">{title}</text>',
           f'<path d="M{x} {y}V{y + HEIGHT}H{x + WIDTH}" class="axis"/>',
           '<path d="M' + "L".join(f"{a:.1f} {b:.1f}" for a, b, _ in place) + '" class="line"/>',
           f'<text x="{x - 6}" y="{y + HEIGHT + 4}" class="end">0</text>']
    for a, b, r in place:
        out += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="4"/>',
                f'<text x="{a:.1f}" y="{b - 10:.1f}" class="middle">{form % float(r[name])}</text>',
                f'<text x="{a:.1f}" y="{y + HEIGHT + 18}" class="middle">{int(r["lines"]) // 1_000_000} M lines</text>']
    return out


def main():
    with open(os.path.join(HERE, "growth.tsv"), encoding="ascii") as f:
        rows = list(csv.DictReader(f, delimiter="\t"))
    wide, high = LEFT + WIDTH + GAP, TOP + HEIGHT + GAP
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * wide + 20} {2 * high + 10}" font-family="sans-serif" font-size="12">',
           "<style>svg{background:#fff;color:#1b2733}text{fill:#1b2733}.title{font-weight:bold}.axis{fill:none;stroke:#8896a4}"
           ".line{fill:none;stroke:#1769aa;stroke-width:2}circle{fill:#1769aa}.middle{text-anchor:middle}.end{text-anchor:end}</style>"]
    for n, (title, name, form) in enumerate(PANELS):
        out += panel(LEFT + n % 2 * wide, TOP + n // 2 * high, title, name, form, rows)
    with open(os.path.join(HERE, "../docs/growth.svg"), "w", encoding="ascii") as f:
        f.write("\n".join(out) + "\n</svg>\n")


if __name__ == "__main__":
    main()
