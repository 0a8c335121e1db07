"""What bench/run.py makes of its runs: rows for programs, tables and a chart for people.

A benchmark's figure is the median over the runs of each run's median; its p95 likewise. Noise is the
distance between the slowest and the fastest run's median, in percent of the figure: where it exceeds
the difference between two engines, the difference means nothing.
"""
import datetime
import math
import os
import platform
from html import escape
from statistics import median

# What the chart shows, from top to bottom.
CHART = {"null_syscall": "a system call that does nothing",
         "call_reply_same_vspace": "call and reply in one VSpace",
         "call_reply_cross_vspace": "call and reply across VSpaces",
         "signal_low_prio": "signal to a waiting thread below",
         "yield_same_vspace": "yield to a thread of the VSpace",
         "fault_reply": "fault and the handler's reply",
         "page_map": "map a page and touch it",
         "irq_to_handler_cross_vspace": "interrupt to its handler",
         "vspace_create": "make a VSpace and run in it",
         "macro_heavy": "a request of the heavy workload",
         "macro_light": "a job of the light workload"}
COLOURS = ["#2f6fb0", "#e08a2c", "#4c9a52", "#b5473c", "#7d5ba6", "#8a8a8a", "#3aa6a6", "#c77fb0"]


def by_bench(runs):
    """{bench: {engine: {repeat: figures}}}, benchmarks in the order of their appearance."""
    table = {}
    for run in runs:
        for bench, figures in run.get("benches", {}).items():
            table.setdefault(bench, {}).setdefault(run["engine"], {})[run["repeat"]] = figures
    return table


def results(runs, engines):
    rows = []
    for bench, measured in by_bench(runs).items():
        for engine in engines:
            figures = list(measured.get(engine, {}).values())
            if figures:
                rows.append({"bench": bench, "engine": engine, "unit": figures[0]["unit"],
                             "median": round(median(f["median"] for f in figures)),
                             "p95": round(median(f["p95"] for f in figures)),
                             "runs": len(figures)})
    return rows


def noise(figures):
    medians = [f["median"] for f in figures]
    middle = median(medians)
    return round(100 * (max(medians) - min(medians)) / middle) if middle else 0


def ratio(slow, fast):
    """How many times faster, the median over repeats in which both were measured."""
    ratios = [slow[repeat]["median"] / fast[repeat]["median"]
              for repeat in slow if repeat in fast and fast[repeat]["median"]]
    return median(ratios) if ratios else None


def number(value):
    return f"{round(value):,}"


def factor(value):
    if value is None:
        return ""
    return f"{value:.2f}" if value < 10 else f"{value:.0f}"


def native(published):
    text = {}
    for figure in published["figures"]:
        text[figure["bench"]] = number(figure["cycles"]) if "cycles" in figure else \
            f"{number(figure['from'])} to {number(figure['to'])}"
    return text


def line(cells):
    return "| " + " | ".join(cells) + " |"


def figures_table(table, engines, published):
    text = native(published)
    yield line(["benchmark", *engines, "native, published"])
    yield line(["---"] + ["---:"] * (len(engines) + 1))
    for bench, measured in table.items():
        cells = [bench]
        for engine in engines:
            figures = list(measured.get(engine, {}).values())
            cells.append("" if not figures else
                         f"{number(median(f['median'] for f in figures))} "
                         f"({number(median(f['p95'] for f in figures))}) ±{noise(figures)} %")
        yield line(cells + [text.get(bench, "")])


def ratio_table(table, engines, emulators):
    own = [engine for engine in engines if engine not in emulators]
    columns = [(slow, fast) for slow in emulators for fast in own]
    yield line(["benchmark"] + [f"{slow} ÷ {fast}" for slow, fast in columns])
    yield line(["---"] + ["---:"] * len(columns))
    for bench, measured in table.items():
        yield line([bench] + [factor(ratio(measured.get(slow, {}), measured.get(fast, {})))
                              for slow, fast in columns])


def sample_table(table, engines):
    yield line(["benchmark", *engines])
    yield line(["---"] + ["---:"] * len(engines))
    for bench, measured in table.items():
        yield line([bench] + [number(sum(f["samples"] for f in measured[engine].values()))
                              if engine in measured else "" for engine in engines])


def processor():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            for row in file:
                if row.startswith("model name"):
                    return row.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or "unknown"


def facts(runs, engines, config):
    loads = [run["load"] for run in runs]
    repeats = {engine: 1 + max((run["repeat"] for run in runs if run["engine"] == engine),
                               default=-1) for engine in engines}
    yield f"- {datetime.datetime.now().astimezone().isoformat(timespec='minutes')}, " \
          f"{processor()}, {len(os.sched_getaffinity(0))} CPUs, Linux {platform.release()}"
    yield f"- guests built for a {config} kernel; repeats: " + \
          ", ".join(f"{engine} {count}" for engine, count in repeats.items())
    yield f"- load of the machine (1 minute): {min(loads):.1f} to {max(loads):.1f}. " \
          "Its own runs make 1 to 2; more is somebody else's work."
    said = sorted({text for run in runs for text in run.get("info", [])
                   if text.startswith("null_syscall")})
    for text in said:
        yield f"- null_syscall is {text.split()[1]}"


def markdown(runs, engines, emulators, published, config):
    table = by_bench(runs)
    failures = [run for run in runs if "failure" in run]
    text = ["# Benchmarks", "", *facts(runs, engines, config), "",
            "![chart](chart.svg)", "", "## Cycles", "",
            "Median (95th percentile) ±noise, by the time stamp counter; see docs/performance.md.", "",
            *figures_table(table, engines, published), ""]
    if emulators and len(emulators) < len(engines):
        text += ["## Times faster than real seL4 in QEMU", "",
                 "Medians of the ratios within each repeat.", "",
                 *ratio_table(table, engines, emulators), ""]
    text += ["## Samples", "", "Over all repeats.", "", *sample_table(table, engines), ""]
    text += ["## Published figures", "", published["about"], "", f"Machine: {published['machine']}.",
             ""]
    text += [f"- {figure['bench']}: {figure['note']} ({figure['source']})"
             for figure in published["figures"]]
    text += [f"- {name}: {source}" for name, source in published["sources"].items()]
    if failures:
        text += ["", "## Failed runs", ""]
        text += [f"- {run['guest']} on {run['engine']}, repeat {run['repeat'] + 1}: "
                 f"{run['failure']}" for run in failures]
    return "\n".join(text) + "\n"


# ------------------------------------------------------------------ chart

LEFT, RIGHT, WIDTH, BAR, GAP, TOP = 230, 70, 900, 14, 18, 84


def scale(value, low, high):
    span = math.log10(high) - math.log10(low)
    return LEFT + (WIDTH - LEFT - RIGHT) * (math.log10(max(value, low)) - math.log10(low)) / span


def text_at(x, y, content, anchor="start", size=12, colour="#222"):
    """Text with a white rim, so that lines which it crosses don't strike it out."""
    return f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" text-anchor="{anchor}" ' \
           f'fill="{colour}" stroke="white" stroke-width="3" paint-order="stroke">' \
           f'{escape(content)}</text>'


def rectangle(x, y, width, height, colour, title=""):
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" ' \
           f'fill="{colour}"><title>{escape(title)}</title></rect>'


def vertical(x, top, bottom, style):
    return f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top:.1f}" y2="{bottom:.1f}" {style}/>'


def native_mark(figure, y, height, low, high):
    """A line where seL4's published figure is; a band where that is a range."""
    if "cycles" in figure:
        yield vertical(scale(figure["cycles"], low, high), y - 4, y + height + 2,
                       'stroke="black" stroke-width="2" stroke-dasharray="3 2"')
        return
    start, end = scale(figure["from"], low, high), scale(figure["to"], low, high)
    for x in (start, end):
        yield vertical(x, y - 4, y + height + 2,
                       'stroke="black" stroke-width="1.5" stroke-dasharray="3 2"')
    yield f'<rect x="{start:.1f}" y="{y - 4}" width="{end - start:.1f}" height="{height + 6}" ' \
          'fill="black" fill-opacity="0.12"/>'


def groups(rows, engines):
    """What is drawn, from top to bottom: (benchmark, its y, [(engine, median)])."""
    figures = {(row["bench"], row["engine"]): row["median"] for row in rows}
    y = TOP
    for bench in CHART:
        present = [(engine, figures[bench, engine]) for engine in engines
                   if (bench, engine) in figures]
        if present:
            yield bench, y, present
            y += BAR * len(present) + GAP


def bars(drawn, engines, published, low, high):
    """Bars first, then marks, then text: figures stay readable where things cross."""
    marks = {figure["bench"]: figure for figure in published["figures"]}
    shapes, text = [], []
    for bench, y, present in drawn:
        height = BAR * len(present)
        text.append(text_at(LEFT - 10, y + height / 2 + 4, CHART[bench], "end"))
        for i, (engine, value) in enumerate(present):
            end = max(scale(value, low, high), LEFT + 1)
            colour = COLOURS[engines.index(engine) % len(COLOURS)]
            shapes.append(rectangle(LEFT, y + i * BAR, end - LEFT, BAR - 2, colour,
                                    f"{bench}, {engine}: {number(value)} cycles"))
            text.append(text_at(end + 5, y + i * BAR + BAR - 4, number(value), size=10))
        if bench in marks:
            shapes += native_mark(marks[bench], y, height, low, high)
    return shapes + text


def legend(engines):
    yield text_at(LEFT, 20, "Cycles, median; shorter is faster. The scale is logarithmic: "
                            "from line to line ten times more.", size=13)
    yield text_at(LEFT, 38, "Dashed: seL4's published figures on bare metal, "
                            "another machine and program.", size=11, colour="#555")
    x = LEFT
    for i, engine in enumerate(engines):
        yield rectangle(x, 48, 12, 12, COLOURS[i % len(COLOURS)], engine)
        yield text_at(x + 17, 59, engine)
        x += 40 + 8 * len(engine)


def grid(low, high, bottom):
    for power in range(round(math.log10(low)), round(math.log10(high)) + 1):
        x = scale(10 ** power, low, high)
        yield vertical(x, TOP - 8, bottom, 'stroke="#ddd"')
        for y in (TOP - 11, bottom + 14):
            yield text_at(x, y, number(10 ** power), "middle", 10, "#555")


def chart(rows, engines, published):
    values = [row["median"] for row in rows if row["bench"] in CHART and row["median"] > 0]
    low = 10 ** math.floor(math.log10(min(values, default=100)))
    high = 10 ** math.ceil(math.log10(max(values, default=1000) + 1))
    drawn = list(groups(rows, engines))
    bottom = max((y + BAR * len(present) for _, y, present in drawn), default=TOP) + 8
    parts = [*legend(engines), *grid(low, high, bottom),
             *bars(drawn, engines, published, low, high)]
    height = bottom + 26
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
            f'viewBox="0 0 {WIDTH} {height}" font-family="sans-serif">'
            f'<rect width="{WIDTH}" height="{height}" fill="white"/>'
            + "\n".join(parts) + "</svg>\n")
