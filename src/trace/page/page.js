/* Tiles, tables, and what connects them with the timeline. */

const LEGEND = [["syscall", "system call"], ["invocation", "invocation"], ["ipc", "message"],
  ["signal", "signal"], ["fault", "fault"], ["interrupt", "interrupt"], ["memory", "memory"]];

/* ---------------------------------------------------------------- tables */

/*
 * A table that sorts. columns: {title, value(row): what sorts, cell(row): what is shown, number}.
 * `go`: what a click on a row does.
 */
function fillTable(table, list, columns, options = {}) {
  const state = { by: options.sort ?? 0, down: true };
  const body = element("tbody"), head = element("tr");
  const fill = () => {
    const { value } = columns[state.by];
    const sorted = [...list].sort((a, b) => {
      const x = value(a), y = value(b);
      return (x < y ? -1 : x > y ? 1 : 0) * (state.down ? -1 : 1);
    });
    body.replaceChildren(...sorted.slice(0, 1000).map((row) => tableRow(row, columns, options.go)));
    [...head.children].forEach((th, i) => {
      if (i === state.by)
        th.setAttribute("aria-sort", state.down ? "descending" : "ascending");
      else
        th.removeAttribute("aria-sort");
    });
  };
  columns.forEach((column, i) => {
    const button = element("button", { type: "button" }, column.title);
    button.addEventListener("click", () => {
      state.down = state.by === i ? !state.down : Boolean(column.number);
      state.by = i;
      fill();
    });
    head.append(element("th", { class: column.number ? "n" : null }, button));
  });
  if (list.length === 0) {
    table.replaceChildren(element("caption", { class: "empty" }, options.empty || "None."));
    return;
  }
  table.replaceChildren(element("thead", {}, head), body);
  fill();
}

function tableRow(row, columns, go) {
  const made = element("tr", { "data-go": go ? "" : null });
  for (const column of columns)
    made.append(element("td", { class: column.number ? "n" : null }, column.cell(row)));
  if (go)
    made.addEventListener("click", () => go(row));
  return made;
}

function number(title, value, text = countText) {
  return { title, number: true, value, cell: (row) => text(value(row)) };
}

function who(title, track) {
  return {
    title, value: (row) => track(row).name,
    cell: (row) => {
      const t = track(row), made = element("span", { class: "who" }, t.name || "?");
      if (t.kind === KIND_THREAD)
        made.append(" ", element("small", {}, `#${t.tid}`));
      else if (t.kind === KIND_PROCESS)
        made.append(" ", element("small", {}, `VSpace ${t.pid}`));
      return made;
    },
  };
}

function meter(share, fill) {
  const bar = element("i");
  bar.style.width = `${(share * 100).toFixed(2)}%`;
  bar.style.background = fill;
  return element("span", { class: "meter" }, bar);
}

/* ---------------------------------------------------------------- parts of the page */

function tile(value, label, bad = false) {
  return element("div", { class: bad ? "tile bad" : "tile" }, element("b", {}, value),
    element("span", {}, label));
}

function showTiles(figures) {
  const t = figures.totals;
  const sum = (field) => figures.edges.reduce((n, edge) => n + edge[field], 0);
  const count = (text) => figures.names.find((name) => name.text === text)?.count || 0;
  const threads = figures.tracks.filter((track) => track.kind === KIND_THREAD).length;
  document.getElementById("tiles").replaceChildren(
    tile(timeText(t.end - t.begin), "of the machine's time"),
    tile(countText(t.entries), "kernel entries"),
    tile(countText(t.switches), "thread switches"),
    tile(countText(sum("messages") + sum("faults") + sum("replies")), "messages and replies"),
    tile(countText(count("signal") + count("signal kept")), "signals"),
    tile(countText(figures.irqs.reduce((n, irq) => n + irq.count, 0)), "interrupts and ticks"),
    tile(countText(t.faults), "faults", t.faults > 0),
    tile(countText(threads), "threads"));
}

function showNotice(figures) {
  const t = figures.totals, notes = [];
  if (t.kept < t.events && figures.timelineShort)
    notes.push(`The timeline holds the first ${countText(t.kept)} slices and instants; all ` +
      "figures count the whole trace. sel4ux report --events N takes more.");
  if (t.rest > 0)
    notes.push(`The trace is cut off: ${countText(t.rest)} bytes at its end are no whole packet.`);
  const box = document.getElementById("notice");
  box.textContent = notes.join(" ");
  box.hidden = notes.length === 0;
}

function showEdges(figures, byProcess) {
  const edges = components(figures, byProcess);
  drawGraph(document.getElementById("graph"), edges);
  const time = (value) => value === 0 || !Number.isFinite(value) ? "" : timeText(value);
  fillTable(document.getElementById("edges"), edges, [
    who("From", (e) => e.from), who("To", (e) => e.to),
    number("Messages", (e) => e.messages), number("Replies", (e) => e.answers),
    number("Signals", (e) => e.signals), number("Faults", (e) => e.faults),
    number("Calls", (e) => e.calls), number("Median", (e) => e.median, time),
    number("95 %", (e) => e.p95, time), number("Longest", (e) => e.longest, time),
  ], { sort: 2, empty: "No thread sent anything to another." });
}

function showThreads(figures) {
  const threads = figures.tracks.filter((t) => t.kind === KIND_THREAD);
  const all = Math.max(1, figures.totals.end - figures.totals.begin);
  fillTable(document.querySelector("#threads table"), threads, [
    who("Thread", (t) => t),
    { title: "On the CPU", number: true, value: (t) => t.run, cell: (t) => timeText(t.run) },
    { title: "Share", value: (t) => t.run, cell: (t) => meter(t.run / all, threadColour(t.tid)) },
    number("Entries", (t) => t.entries), number("Sent", (t) => t.sent),
    number("Received", (t) => t.received),
  ], { sort: 1 });
}

function showLists(figures, timeline) {
  const track = (index) => figures.tracks[index];
  const go = (index) => (row) => {
    const event = timeline.find(row[index], row.start);
    if (event !== NONE)
      timeline.go(event);
    document.getElementById("timeline").scrollIntoView({ behavior: "smooth" });
  };
  fillTable(document.querySelector("#calls table"), figures.calls, [
    who("Caller", (c) => track(c.from)), who("Called", (c) => track(c.to)),
    number("Label", (c) => c.label), number("At", (c) => c.start, (ns) => timeText(ns, 6)),
    number("Took", (c) => c.duration, (ns) => timeText(ns)),
  ], { sort: 4, go: go("from"), empty: "No call was answered." });
  fillTable(document.querySelector("#faults table"), figures.faults, [
    who("Thread", (f) => track(f.track)),
    { title: "Fault", value: (f) => figures.names[f.name].text,
      cell: (f) => figures.names[f.name].text },
    number("Address", (f) => f.address, (v) => v === 0 ? "" : hexText(v)),
    number("Number", (f) => f.number, (v) => v === 0 ? "" : hexText(v)),
    number("Code", (f) => f.code, (v) => v === 0 ? "" : hexText(v)),
    number("At", (f) => f.start, (ns) => timeText(ns, 6)),
  ], { sort: 5, go: go("track") });
  fillTable(document.querySelector("#irqs table"), figures.irqs, [
    { title: "Interrupt", value: (i) => figures.names[i.name].text,
      cell: (i) => figures.names[i.name].text },
    number("Count", (i) => i.count),
    number("Mean interval", (i) => i.count > 1 ? (i.last - i.first) / (i.count - 1) : 0,
      (ns) => ns ? timeText(ns) : ""),
    number("Shortest", (i) => i.shortest, (ns) => ns ? timeText(ns) : ""),
  ], { sort: 1 });
  showKinds(figures);
}

function showKinds(figures) {
  const kinds = figures.names.filter((n) => n.count > 0 && n.category && n.category !== "cpu");
  const all = kinds.reduce((most, n) => Math.max(most, n.count), 1);
  fillTable(document.querySelector("#kinds table"), kinds, [
    { title: "Event", value: (n) => n.text, cell: (n) => {
      const dot = element("i", { class: "dot" });
      dot.style.background = `var(--${n.category})`;
      return element("span", {}, dot, n.text, " ", element("small", {}, n.category));
    } },
    { title: "Share", value: (n) => n.count,
      cell: (n) => meter(n.count / all, `var(--${n.category})`) },
    number("Count", (n) => n.count),
    number("Mean time", (n) => n.total / n.count, (ns) => ns ? timeText(ns) : ""),
    number("Longest", (n) => n.longest, (ns) => ns ? timeText(ns) : ""),
  ], { sort: 2 });
}

/* ---------------------------------------------------------------- what is selected */

function showDetails(figures, events, timeline, event) {
  const box = document.getElementById("details");
  box.hidden = event === NONE;
  if (event === NONE)
    return;
  const track = figures.tracks[events.track[event]], pairs = [
    ["track", track.name], ["time", timeText(events.start[event], 9)]];
  if (!(events.flags[event] & INSTANT))
    pairs.push(["duration", events.flags[event] & OPEN ? "until the trace ends"
      : timeText(events.duration[event], 6)]);
  if (events.peer[event] !== NONE)
    pairs.push([events.flags[event] & INSTANT ? "with" : "to",
      figures.tracks[events.peer[event]].name]);
  pairs.push(...argumentsOf(events, figures, event));
  box.replaceChildren(element("h3", {}, figures.names[events.name[event]].text),
    definitions(pairs));
}

/* The next event after the selected one whose name or thread contains the text. */
function findNext(figures, events, timeline, text) {
  const wanted = text.toLowerCase();
  const names = new Set(figures.names.filter((n) => n.text.toLowerCase().includes(wanted))
    .map((n) => n.index));
  const tracks = new Set(figures.tracks.filter((t) => t.name.toLowerCase().includes(wanted))
    .map((t) => t.index));
  for (let i = 1; i <= events.count; i++) {
    const event = (timeline.selected + i) % events.count;
    if (names.has(events.name[event]) || tracks.has(events.track[event]))
      return event;
  }
  return NONE;
}

function connectTools(figures, events, timeline) {
  const zooms = { in: () => timeline.zoom(2), out: () => timeline.zoom(0.5),
    fit: () => timeline.show(timeline.begin, timeline.end) };
  for (const button of document.querySelectorAll("[data-zoom]"))
    button.addEventListener("click", zooms[button.dataset.zoom]);
  const groups = [...document.querySelectorAll("[data-group]")];
  for (const button of groups)
    button.addEventListener("click", () => {
      groups.forEach((b) => b.setAttribute("aria-pressed", String(b === button)));
      showEdges(figures, button.dataset.group === "process");
    });
  const find = document.getElementById("find");
  find.addEventListener("keydown", (e) => {
    const event = e.key === "Enter" && find.value && events.count
      ? findNext(figures, events, timeline, find.value) : NONE;
    if (event !== NONE)
      timeline.go(event);
    find.setCustomValidity(e.key === "Enter" && find.value && event === NONE ? "Not found" : "");
    find.reportValidity();
  });
}

function connectTheme(redraw) {
  const root = document.documentElement, dark = matchMedia("(prefers-color-scheme: dark)");
  const set = (theme) => {
    root.dataset.theme = theme;
    redraw();
  };
  document.getElementById("theme").addEventListener("click", () =>
    set(root.dataset.theme === "dark" ? "light" : "dark"));
  dark.addEventListener("change", () => set(dark.matches ? "dark" : "light"));
}

function showLegend(figures) {
  const used = new Set(figures.names.filter((n) => n.count > 0).map((n) => n.category));
  for (const [category, text] of LEGEND.filter(([name]) => used.has(name))) {
    const dot = element("i");
    dot.style.background = `var(--${category})`;
    document.getElementById("legend").append(element("span", {}, dot, text));
  }
}

async function main() {
  const root = document.documentElement;
  root.dataset.theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  const figures = readFigures(document.getElementById("figures").textContent);
  const bytes = await inflate(document.getElementById("events").textContent.trim());
  const events = readEvents(bytes, figures.totals.kept, figures.totals.begin);
  figures.timelineShort = figures.names.reduce((n, name) => n + name.count, 0) > events.count;
  document.getElementById("title").textContent = figures.title;
  document.title = `${figures.title}: sel4ux trace`;
  showTiles(figures);
  showNotice(figures);
  showLegend(figures);
  const timeline = new Timeline(figures, events, (event) =>
    showDetails(figures, events, timeline, event));
  showEdges(figures, true);
  showThreads(figures);
  showLists(figures, timeline);
  connectTools(figures, events, timeline);
  connectTheme(() => {
    timeline.draw();
    showThreads(figures);
  });
  document.body.dataset.state = "ready";
}

main().catch((error) => {
  const box = document.getElementById("notice");
  box.textContent = `This page needs a browser of 2023 or later: ${error.message}`;
  box.hidden = false;
  document.body.dataset.state = "failed";
});
