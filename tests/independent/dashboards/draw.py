"""Draws Grafana's dashboards from a Prometheus' answers, in the panels' layout, as one SVG each. It is no Grafana: it shows that
each panel has data, and what an operator will see in it.

    python3 draw.py DASHBOARDS PROMETHEUS-URL MINUTES SCRAPE-SECONDS TARGET-FOLDER
"""

import json
import math
import pathlib
import re
import sys
import time
import urllib.parse
import urllib.request
from xml.sax.saxutils import escape

COLUMN, ROW, GAP, TOP = 50, 36, 8, 64
POINTS, SERIES_MAX, LEGEND_MAX = 90, 10, 6
COLOURS = ["#3d71d9", "#c9771d", "#2f8a4e", "#b0413e", "#7b5bb3", "#8a6d3b", "#c2549b", "#5b6770", "#7d8c1f", "#1f8a8c", "#444444",
           "#d48aa8"]
INK, FAINT, LINE = "#22252b", "#6a6f78", "#dfe2e7"


def number(value):
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{unit}"
    return f"{value:.3g}"


def seconds(value):
    if abs(value) >= 2 * 86400:
        return f"{value / 86400:.3g} d"
    if abs(value) >= 2 * 3600:
        return f"{value / 3600:.3g} h"
    if abs(value) >= 120:
        return f"{value / 60:.3g} min"
    return f"{value:.3g} s" if abs(value) >= 1 or value == 0 else f"{value * 1000:.3g} ms"


def size(value):
    for n, unit in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if abs(value) >= n:
            return f"{value / n:.3g} {unit}"
    return f"{value:.3g} B"


def shown(value, unit):
    if not math.isfinite(value):
        return "-"
    if unit == "percentunit":
        return f"{value * 100:.3g} %"
    ends = {"cps": "/s", "ops": "/s", "reqps": "/s"}
    return {"s": seconds, "bytes": size}.get(unit, lambda v: number(v) + ends.get(unit, ""))(value)


class Source:
    def __init__(self, url, minutes, scrape):
        self.url, self.end = url, time.time()
        self.start = self.end - minutes * 60
        self.step = max(minutes * 60 / POINTS, scrape)
        self.rate = f"{int(max(4 * scrape, self.step + scrape))}s"

    def ask(self, path, **query):
        with urllib.request.urlopen(f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(query)}", timeout=30) as answer:
            return json.loads(answer.read())["data"]["result"]

    def expression(self, text):
        text = text.replace("$__rate_interval", self.rate).replace("$__interval", f"{int(self.step)}s")
        return re.sub(r'=~"\$\{?\w+(:\w+)?\}?"', '=~".*"', text)

    def panel(self, panel, instant):
        """Pairs of a name and its points, of all targets."""
        found = []
        for target in panel["targets"]:
            query = self.expression(target["expr"])
            if instant:
                answers = [(one["metric"], [one["value"]]) for one in self.ask("query", query=query, time=self.end)]
            else:
                answers = self.ask("query_range", query=query, start=self.start, end=self.end, step=self.step)
                answers = [(one["metric"], one["values"]) for one in answers]
            for labels, points in answers:
                name = re.sub(r"\{\{(\w+)\}\}", lambda label: labels.get(label[1], ""), target.get("legendFormat") or "")
                points = [(float(t), float(v)) for t, v in points if math.isfinite(float(v))]
                if points:
                    found.append((name.strip() or "value", points))
        return found


class Svg:
    def __init__(self, width, height):
        self.parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
                      'font-family="Helvetica, Arial, sans-serif" font-size="11">',
                      f'<rect width="{width}" height="{height}" fill="#f4f5f7"/>']

    def box(self, x, y, w, h, fill, line=None):
        edge = f' stroke="{line}"' if line else ""
        self.parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(w, 0):.1f}" height="{max(h, 0):.1f}" fill="{fill}"{edge}/>')

    def text(self, x, y, text, size=11, fill=INK, anchor="start", bold=False):
        weight = ' font-weight="bold"' if bold else ""
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{fill}" text-anchor="{anchor}"{weight}>'
                          f"{escape(text)}</text>")

    def line(self, points, colour, width=1.4):
        points = [(round(x), round(y)) for x, y in points]
        kept = [now for at, now in enumerate(points) if at in (0, len(points) - 1) or not
                points[at - 1][1] == now[1] == points[at + 1][1]]
        path = " ".join(f"{x},{y}" for x, y in kept)
        self.parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width}"/>')


def cut(text, room, size=11):
    most = max(int(room / (size * 0.54)), 3)
    return text if len(text) <= most else text[: most - 1] + "…"


def nice(most, unit=None):
    """The end of an axis: not far above the largest value, and round in the unit that it is shown in."""
    if most <= 0:
        return 1.0
    steps = {"s": (86400 * 2, 3600 * 2, 120), "bytes": (1 << 30, 1 << 20, 1 << 10)}.get(unit, ())
    whole = {86400 * 2: 86400, 3600 * 2: 3600, 120: 60}
    for step in steps:
        if most >= step:
            size = whole.get(step, step)
            return nice(most / size) * size
    power = 10 ** math.floor(math.log10(most))
    return next(n * power for n in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if n * power >= most * 0.999)


def stat(svg, source, panel, unit, x, y, w, h):
    found = source.panel(panel, True)
    value = shown(found[0][1][-1][1], unit) if found else panel["fieldConfig"]["defaults"].get("noValue", "no data")
    svg.text(x + w / 2, y + h / 2 + 16, value, 26 if found else 14, INK if found else FAINT, "middle", bool(found))
    svg.text(x + w / 2, y + h - 10, found[0][0] if found else "", 11, FAINT, "middle")


def bars(svg, source, panel, unit, x, y, w, h):
    found = sorted(source.panel(panel, True))[:SERIES_MAX]
    if not found:
        return svg.text(x + w / 2, y + h / 2, "no data", 14, FAINT, "middle")
    most = 1.0 if unit == "percentunit" else nice(max(points[-1][1] for _, points in found))
    tall = min((h - 44) / len(found), 34)
    for i, (name, points) in enumerate(found):
        top, value = y + 34 + i * tall, points[-1][1]
        svg.text(x + 10, top + tall / 2 + 4, cut(name, w * 0.28))
        svg.box(x + w * 0.32, top + 4, w * 0.5, tall - 8, LINE)
        svg.box(x + w * 0.32, top + 4, w * 0.5 * min(max(value / most, 0), 1), tall - 8, COLOURS[0])
        svg.text(x + w - 8, top + tall / 2 + 4, shown(value, unit), anchor="end", bold=True)


def clock(at, start):
    return f"{(at - start) / 60:.3g} min"


def axes(svg, source, x, y, w, h, marks):
    for share, label in marks:
        svg.line([(x, y + h * (1 - share)), (x + w, y + h * (1 - share))], LINE, 1)
        svg.text(x - 5, y + h * (1 - share) + 4, label, 10, FAINT, "end")
    for i in range(5):
        at = source.start + (source.end - source.start) * i / 4
        anchor = "start" if i == 0 else "end" if i == 4 else "middle"
        svg.text(x + w * i / 4, y + h + 13, clock(at, source.start), 10, FAINT, anchor)


def lines(svg, source, panel, unit, x, y, w, h):
    found = source.panel(panel, False)
    if not found:
        return svg.text(x + w / 2, y + h / 2, "no data in this run", 14, FAINT, "middle")
    # Those that move most come first, so that what is left out says least.
    found.sort(key=lambda one: (-max(abs(v) for _, v in one[1]), one[0]))
    beyond, found = len(found) - SERIES_MAX, found[:SERIES_MAX]
    columns = 3 if w > 450 else 2
    legend = found[: LEGEND_MAX * columns // 2]
    rows = math.ceil(len(legend) / columns)
    left, top, wide, high = x + 58, y + 34, w - 70, h - 60 - 15 * rows
    values = [v for _, points in found for _, v in points]
    low, most = min(min(values), 0.0), nice(max(values), unit)
    low = -nice(-low) if low < 0 else 0.0
    axes(svg, source, left, top, wide, high, [(n / 2, shown(low + (most - low) * n / 2, unit)) for n in range(3)])
    place = lambda t, v: (left + wide * (t - source.start) / (source.end - source.start),
                          top + high * (1 - (v - low) / (most - low)))
    for i, (_, points) in reversed(list(enumerate(found))):
        run = []
        for at, (t, v) in enumerate(points):
            if run and t - points[at - 1][0] > 2.5 * source.step:
                svg.line(run if len(run) > 1 else run * 2, COLOURS[i])
                run = []
            run.append(place(t, v))
        if len(run) == 1:
            run.append((run[0][0] + 3, run[0][1]))
        svg.line(run, COLOURS[i])
    for i, (name, points) in enumerate(legend):
        at_x, at_y = x + 10 + (i % columns) * (w - 12) / columns, top + high + 30 + 15 * (i // columns)
        svg.box(at_x, at_y - 7, 9, 4, COLOURS[i])
        more = beyond + len(found) - len(legend) if beyond > 0 else len(found) - len(legend)
        last = f", and {more} more" if more > 0 and i == len(legend) - 1 else ""
        text = f"{name}: {shown(points[-1][1], unit)}{last}"
        svg.text(at_x + 13, at_y, cut(text, (w - 12) / columns - 16, 10), 10)


def heat(svg, source, panel, unit, x, y, w, h):
    found = [(float(name.replace("+Inf", "inf")), dict(points)) for name, points in source.panel(panel, False)]
    found.sort(key=lambda one: one[0])
    if not found:
        return svg.text(x + w / 2, y + h / 2, "no data in this run", 14, FAINT, "middle")
    # Buckets are cumulative; those in which nothing ever was are left out at both ends.
    cells, below = [], {}
    for le, counts in found:
        cells.append((le, {t: max(v - below.get(t, 0.0), 0.0) for t, v in counts.items()}))
        below = counts
    filled = [i for i, (_, counts) in enumerate(cells) if max(counts.values()) > 0]
    cells = cells[min(filled, default=0): max(filled, default=len(cells) - 1) + 1]
    left, top, wide, high = x + 58, y + 34, w - 70, h - 62
    labels = [((i + 1) / len(cells), "more" if le == math.inf else f"≤ {seconds(le)}") for i, (le, _) in enumerate(cells)]
    axes(svg, source, left, top, wide, high, labels)
    most = max((v for _, counts in cells for v in counts.values()), default=0) or 1
    tall, span = high / len(cells), wide * source.step / (source.end - source.start)
    for i, (_, counts) in enumerate(cells):
        for t, v in counts.items():
            if v > 0:
                shade = 0.15 + 0.85 * math.sqrt(v / most)
                at = left + wide * (t - source.start) / (source.end - source.start)
                svg.parts.append(f'<rect x="{max(at - span, left):.0f}" y="{top + high - (i + 1) * tall:.1f}" width="{span:.1f}" '
                                 f'height="{tall - 1:.1f}" fill="{COLOURS[0]}" opacity="{shade:.2f}"/>')
    svg.text(left + wide, y + 19, f"darkest: {number(most)} in {source.rate}", 10, FAINT, "end")


KINDS = {"stat": stat, "bargauge": bars, "timeseries": lines, "heatmap": heat}


def draw(file, source, minutes):
    dashboard = json.loads(file.read_text())
    panels = dashboard["panels"]
    height = TOP + max(p["gridPos"]["y"] + p["gridPos"]["h"] for p in panels) * ROW + GAP
    svg = Svg(24 * COLUMN + 2 * GAP, height)
    svg.text(GAP + 4, 26, dashboard["title"], 20, bold=True)
    svg.text(GAP + 4, 46, f"Drawn by a program from Prometheus' answers over {minutes} minutes of made-up data, in the layout of "
             "the panels; this is not a picture of Grafana.", 12, FAINT)
    for panel in panels:
        at = panel["gridPos"]
        x, y = GAP + at["x"] * COLUMN, TOP + at["y"] * ROW
        w, h = at["w"] * COLUMN - GAP, at["h"] * ROW - GAP
        svg.box(x, y, w, h, "#ffffff", LINE)
        svg.text(x + 10, y + 19, cut(panel["title"], w - 16, 12), 12, bold=True)
        KINDS[panel["type"]](svg, source, panel, panel["fieldConfig"]["defaults"].get("unit"), x, y, w, h)
    return "\n".join(svg.parts) + "\n</svg>\n"


def main(folder, url, minutes, scrape, target):
    source = Source(url, float(minutes), float(scrape))
    pathlib.Path(target).mkdir(parents=True, exist_ok=True)
    for file in sorted(pathlib.Path(folder).glob("*.json")):
        text = draw(file, source, minutes)
        assert len(text) < 150_000, (file.stem, len(text))
        (pathlib.Path(target) / f"dashboard-{file.stem}.svg").write_text(text)
        print(f"{file.stem}: {len(text)} bytes, {text.count('no data')} panels without data")


if __name__ == "__main__":
    main(*sys.argv[1:6])
