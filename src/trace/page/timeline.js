/*
 * The timeline: a canvas that shows the part of it which is scrolled to. A row's slices are in the
 * order of time and do not overlap, so drawing looks at no more of them than there are pixels.
 */

const ROW = 24, GROUP = 26, RULER = 26, GUTTER = 210, SLICE_TOP = 4, SLICE_HEIGHT = 16;
const ZOOM_STEP = 1.6, NEAR = 4, MAX_ARROWS = 160;

class Timeline {
  constructor(figures, events, onSelect) {
    this.figures = figures;
    this.events = events;
    this.onSelect = onSelect;
    this.begin = figures.totals.begin;
    this.end = Math.max(figures.totals.end, this.begin + 1);
    this.from = this.begin;
    this.to = this.end;
    this.selected = NONE;
    this.box = document.getElementById("tracks");
    this.canvas = document.getElementById("canvas");
    this.tip = document.getElementById("tip");
    this.pen = this.canvas.getContext("2d");
    this.rows = this.layOut();
    this.listen();
    this.resize();
  }

  /* ---------------------------------------------------------------- rows */

  layOut() {
    const tracks = this.figures.tracks, rows = [];
    const indices = this.sortIntoTracks();
    let top = RULER;
    const add = (row, height) => {
      rows.push({ ...row, top, height });
      top += height;
    };
    const threads = tracks.filter((t) => t.kind === KIND_THREAD);
    const kernel = tracks.filter((t) => t.kind === 0 && indices[t.index].slices.length +
      indices[t.index].instants.length > 0);
    if (kernel.length > 0)
      add({ label: "Kernel" }, GROUP);
    for (const track of kernel)
      add({ track, ...indices[track.index] }, ROW);
    for (const process of tracks.filter((t) => t.kind === KIND_PROCESS)) {
      add({ label: process.name || "VSpace", note: `VSpace ${process.pid}` }, GROUP);
      for (const track of threads.filter((t) => t.pid === process.pid))
        add({ track, ...indices[track.index] }, ROW);
    }
    this.height = top + 4;
    this.rowOfTrack = new Map(rows.filter((r) => r.track).map((r) => [r.track.index, r]));
    return rows;
  }

  /* For each track the numbers of its slices and of its instants. */
  sortIntoTracks() {
    const { track, flags, count } = this.events;
    const lists = this.figures.tracks.map(() => ({ slices: [], instants: [] }));
    for (let i = 0; i < count; i++)
      (flags[i] & INSTANT ? lists[track[i]].instants : lists[track[i]].slices).push(i);
    return lists;
  }

  /* ---------------------------------------------------------------- places */

  x(ns) {
    return GUTTER + (ns - this.from) / (this.to - this.from) * (this.width - GUTTER);
  }

  time(x) {
    return this.from + (x - GUTTER) / (this.width - GUTTER) * (this.to - this.from);
  }

  /* The first in `list`, from `low` on, that starts at or after `ns`. */
  firstFrom(list, ns, low = 0) {
    let high = list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.events.start[list[middle]] < ns)
        low = middle + 1;
      else
        high = middle;
    }
    return low;
  }

  /* The first slice in `list`, from `low` on, that ends after `ns`. */
  firstEnding(list, ns, low) {
    const { start, duration } = this.events;
    let high = list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (start[list[middle]] + duration[list[middle]] <= ns)
        low = middle + 1;
      else
        high = middle;
    }
    return low;
  }

  show(from, to) {
    const span = Math.min(Math.max(to - from, 20), this.end - this.begin);
    from = Math.min(Math.max(from, this.begin), this.end - span);
    this.from = from;
    this.to = from + span;
    this.draw();
  }

  zoom(factor, x = (this.width + GUTTER) / 2) {
    const at = this.time(x);
    this.show(at - (at - this.from) / factor, at + (this.to - at) / factor);
  }

  move(share) {
    const by = (this.to - this.from) * share;
    this.show(this.from + by, this.to + by);
  }

  /* Brings an event into view and selects it. */
  go(event) {
    const { start, duration, track } = this.events;
    const span = Math.max(duration[event] * 3, (this.end - this.begin) / 2000, 200);
    const middle = start[event] + duration[event] / 2;
    const row = this.rowOfTrack.get(track[event]);
    if (row)
      this.box.scrollTop = row.top - this.box.clientHeight / 2;
    this.selected = event;
    this.show(middle - span / 2, middle + span / 2);
    this.onSelect(event);
  }

  /* The slice or instant of a track that starts at `ns`. */
  find(track, ns) {
    const row = this.rowOfTrack.get(track);
    for (const list of row ? [row.slices, row.instants] : []) {
      const at = this.firstFrom(list, ns);
      if (at < list.length && this.events.start[list[at]] === ns)
        return list[at];
    }
    return NONE;
  }

  /* ---------------------------------------------------------------- drawing */

  resize() {
    const scale = window.devicePixelRatio || 1;
    this.width = this.box.clientWidth;
    this.shown = Math.min(this.height, Math.max(160, window.innerHeight * 0.62));
    document.getElementById("spacer").style.height = `${this.height}px`;
    this.canvas.style.width = `${this.width}px`;
    this.canvas.style.height = `${this.shown}px`;
    this.canvas.width = Math.round(this.width * scale);
    this.canvas.height = Math.round(this.shown * scale);
    this.scale = scale;
    this.draw();
  }

  draw() {
    if (!this.waiting)
      this.waiting = requestAnimationFrame(() => this.drawNow());
  }

  drawNow() {
    const pen = this.pen, scroll = this.box.scrollTop;
    this.waiting = 0;
    this.colours = Object.fromEntries(["page", "card", "line", "soft", "text", "dim", "faint",
      "accent", "syscall", "invocation", "ipc", "signal", "fault", "interrupt", "memory", "cpu"]
      .map((name) => [name, colour(name)]));
    pen.setTransform(this.scale, 0, 0, this.scale, 0, 0);
    pen.fillStyle = this.colours.card;
    pen.fillRect(0, 0, this.width, this.shown);
    pen.textBaseline = "middle";
    this.drawGrid();
    pen.translate(0, -scroll);
    for (const row of this.rows)
      if (row.top + row.height > scroll && row.top < scroll + this.shown)
        this.drawRow(row);
    this.drawArrows(scroll);
    pen.translate(0, scroll);
    this.drawRuler();
    if (this.range)
      this.drawRange();
  }

  ticks() {
    const rough = (this.to - this.from) / Math.max(2, (this.width - GUTTER) / 110);
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = power * [1, 2, 5, 10].find((n) => n * power >= rough);
    const list = [];
    for (let ns = Math.ceil(this.from / step) * step; ns <= this.to; ns += step)
      list.push(ns);
    return { list, digits: Math.max(3, 1 + Math.ceil(Math.log10(this.to / step))) };
  }

  drawGrid() {
    this.pen.fillStyle = this.colours.soft;
    for (const ns of this.ticks().list)
      this.pen.fillRect(Math.round(this.x(ns)), 0, 1, this.shown);
  }

  drawRuler() {
    const pen = this.pen, { list, digits } = this.ticks();
    pen.fillStyle = this.colours.card;
    pen.fillRect(0, 0, this.width, RULER - 1);
    pen.fillStyle = this.colours.line;
    pen.fillRect(0, RULER - 1, this.width, 1);
    pen.fillRect(GUTTER - 1, 0, 1, this.shown);
    pen.font = "11px system-ui, 'Liberation Sans', sans-serif";
    pen.fillStyle = this.colours.dim;
    for (const ns of list)
      if (this.x(ns) < this.width - 30)
        pen.fillText(timeText(ns, digits), this.x(ns) + 4, RULER / 2);
    pen.fillText(`${timeText(this.to - this.from)} shown`, 12, RULER / 2);
  }

  drawRow(row) {
    const pen = this.pen;
    if (!row.track) {
      pen.fillStyle = this.colours.soft;
      pen.fillRect(0, row.top, this.width, row.height - 1);
      pen.font = "600 12px system-ui, 'Liberation Sans', sans-serif";
      this.drawText(row.label, 12, row.top + row.height / 2, GUTTER - 90, this.colours.text);
      pen.font = "11px system-ui, 'Liberation Sans', sans-serif";
      if (row.note)
        this.drawText(row.note, GUTTER - 72, row.top + row.height / 2, 66, this.colours.dim);
      return;
    }
    pen.save();
    pen.beginPath();
    pen.rect(GUTTER, row.top, this.width - GUTTER, row.height);
    pen.clip();
    this.drawSlices(row);
    this.drawInstants(row);
    pen.restore();
    pen.font = "12px system-ui, 'Liberation Sans', sans-serif";
    this.drawText(row.track.name, 22, row.top + row.height / 2, GUTTER - 70, this.colours.text);
    if (row.track.kind === KIND_THREAD) {
      pen.fillStyle = threadColour(row.track.tid);
      pen.fillRect(12, row.top + row.height / 2 - 4, 4, 8);
      this.drawText(`#${row.track.tid}`, GUTTER - 42, row.top + row.height / 2, 38,
        this.colours.faint);
    }
  }

  drawText(text, x, y, room, style) {
    const pen = this.pen;
    pen.fillStyle = style;
    if (pen.measureText(text).width > room) {
      let n = text.length;
      while (n > 1 && pen.measureText(text.slice(0, n) + "…").width > room)
        n--;
      text = n > 1 ? text.slice(0, n) + "…" : "";
    }
    pen.fillText(text, x, y);
  }

  fill(row, event) {
    if (row.track.name === "CPU" && row.track.kind === 0) {
      const thread = argumentsOf(this.events, this.figures, event).find(([n]) => n === "number");
      return threadColour(thread ? Number(thread[1]) : 0);
    }
    return this.colours[this.figures.names[this.events.name[event]].category] || this.colours.cpu;
  }

  /* Slices that share a pixel are drawn as one. */
  drawSlices(row) {
    const pen = this.pen, { start, duration, name } = this.events, list = row.slices;
    let at = this.firstEnding(list, this.from, 0);
    pen.font = "11px system-ui, 'Liberation Sans', sans-serif";
    while (at < list.length && start[list[at]] <= this.to) {
      const event = list[at];
      const left = Math.max(this.x(start[event]), GUTTER - 10);
      const right = Math.min(this.x(start[event] + duration[event]), this.width + 10);
      const width = Math.max(1, right - left - (right - left > 3 ? 1 : 0));
      pen.globalAlpha = this.events.flags[event] & OPEN ? 0.45 : 1;
      pen.fillStyle = this.fill(row, event);
      pen.fillRect(left, row.top + SLICE_TOP, width, SLICE_HEIGHT);
      pen.globalAlpha = 1;
      if (event === this.selected)
        this.drawFrame(left, row.top + SLICE_TOP, width, SLICE_HEIGHT);
      if (width > 26)
        this.drawText(this.figures.names[name[event]].text, Math.max(left, GUTTER) + 5,
          row.top + SLICE_TOP + SLICE_HEIGHT / 2 + 0.5, right - Math.max(left, GUTTER) - 9, "#fff");
      at = width > 1 ? at + 1 : this.firstEnding(list, this.time(left + 1), at + 1);
    }
  }

  drawInstants(row) {
    const pen = this.pen, { start } = this.events, list = row.instants;
    const middle = row.top + SLICE_TOP + SLICE_HEIGHT / 2;
    let at = this.firstFrom(list, this.from);
    while (at < list.length && start[list[at]] <= this.to) {
      const x = this.x(start[list[at]]);
      pen.fillStyle = this.fill(row, list[at]);
      pen.strokeStyle = this.colours.card;
      pen.beginPath();
      pen.moveTo(x, middle - 6);
      pen.lineTo(x + 4.5, middle);
      pen.lineTo(x, middle + 6);
      pen.lineTo(x - 4.5, middle);
      pen.closePath();
      pen.fill();
      pen.stroke();
      if (list[at] === this.selected)
        this.drawFrame(x - 6, middle - 8, 12, 16);
      at = this.firstFrom(list, this.time(x + 1.5), at + 1);
    }
  }

  drawFrame(x, y, width, height) {
    this.pen.strokeStyle = this.colours.text;
    this.pen.lineWidth = 2;
    this.pen.strokeRect(x - 1, y - 1, width + 2, height + 2);
    this.pen.lineWidth = 1;
  }

  /* Messages and signals that arrive in view: from the sender's row to the receiver's. */
  drawArrows(scroll) {
    const arrows = [];
    for (const row of this.rows) {
      if (!row.track || arrows.length > MAX_ARROWS)
        continue;
      for (let at = this.firstFrom(row.instants, this.from); at < row.instants.length &&
        this.events.start[row.instants[at]] <= this.to && arrows.length <= MAX_ARROWS; at++)
        this.addArrow(arrows, row, row.instants[at]);
    }
    if (arrows.length > MAX_ARROWS)
      return;
    this.pen.save();
    this.pen.beginPath();
    this.pen.rect(GUTTER, scroll + RULER, this.width - GUTTER, this.shown);
    this.pen.clip();
    for (const { event, source, row } of arrows)
      this.drawArrow(this.x(this.events.start[event]), source, row, event);
    this.pen.restore();
  }

  addArrow(arrows, row, event) {
    const source = this.events.peer[event] === NONE ? null
      : this.rowOfTrack.get(this.events.peer[event]);
    const name = this.figures.names[this.events.name[event]].text;
    if (source && name !== "sent" && source !== row && row.track.name !== "Interrupts")
      arrows.push({ event, source, row });
  }

  drawArrow(x, source, row, event) {
    const pen = this.pen, from = source.top + source.height / 2, to = row.top + row.height / 2;
    const bend = Math.min(26, 8 + Math.abs(to - from) / 8);
    pen.strokeStyle = pen.fillStyle = this.fill(row, event);
    pen.globalAlpha = event === this.selected ? 1 : 0.6;
    pen.lineWidth = event === this.selected ? 2 : 1;
    pen.beginPath();
    pen.moveTo(x, from);
    pen.bezierCurveTo(x + bend, from + (to - from) / 3, x + bend, to - (to - from) / 3, x, to);
    pen.stroke();
    pen.globalAlpha = pen.lineWidth = 1;
  }

  drawRange() {
    const [a, b] = this.range, left = Math.min(a, b);
    this.pen.globalAlpha = 0.18;
    this.pen.fillStyle = this.colours.accent;
    this.pen.fillRect(left, RULER, Math.abs(b - a), this.shown);
    this.pen.globalAlpha = 1;
  }

  /* ---------------------------------------------------------------- what people do */

  eventAt(x, y) {
    const row = this.rows.find((r) => r.track && y >= r.top && y < r.top + r.height);
    if (!row || x < GUTTER || y - this.box.scrollTop < RULER)
      return NONE;
    const { start, duration } = this.events, { instants, slices } = row;
    const near = this.firstFrom(instants, this.time(x - NEAR));
    if (near < instants.length && this.x(start[instants[near]]) <= x + NEAR)
      return instants[near];
    const at = this.firstFrom(slices, this.time(x + 1)) - 1;
    for (const i of [at, at + 1])
      if (i >= 0 && i < slices.length && this.x(start[slices[i]]) <= x + 2 &&
        this.x(start[slices[i]] + duration[slices[i]]) >= x - 2)
        return slices[i];
    return NONE;
  }

  listen() {
    const place = (e) => {
      const box = this.canvas.getBoundingClientRect();
      return [e.clientX - box.left, e.clientY - box.top];
    };
    this.box.addEventListener("scroll", () => this.draw());
    window.addEventListener("resize", () => this.resize());
    this.box.addEventListener("wheel", (e) => {
      if (e.ctrlKey || e.metaKey) {
        e.preventDefault();
        this.zoom(Math.exp(-e.deltaY / 250), place(e)[0]);
      } else if (e.shiftKey || Math.abs(e.deltaX) > Math.abs(e.deltaY)) {
        e.preventDefault();
        this.move((e.deltaX || e.deltaY) / this.width);
      }
    }, { passive: false });
    this.box.addEventListener("keydown", (e) => this.key(e));
    this.canvas.addEventListener("pointerdown", (e) => this.press(e, place));
    this.canvas.addEventListener("pointermove", (e) => this.hover(e, place(e)));
    this.canvas.addEventListener("pointerleave", () => { this.tip.hidden = true; });
  }

  key(e) {
    const actions = {
      w: () => this.zoom(ZOOM_STEP), s: () => this.zoom(1 / ZOOM_STEP),
      "+": () => this.zoom(ZOOM_STEP), "-": () => this.zoom(1 / ZOOM_STEP),
      a: () => this.move(-0.2), d: () => this.move(0.2),
      ArrowLeft: () => this.move(-0.2), ArrowRight: () => this.move(0.2),
      f: () => this.show(this.begin, this.end),
    };
    if (actions[e.key] && !e.ctrlKey && !e.metaKey) {
      e.preventDefault();
      actions[e.key]();
    }
  }

  press(e, place) {
    const [x0, y0] = place(e), from = this.from, to = this.to, top = this.box.scrollTop;
    let moved = false;
    const drag = (event) => {
      const [x, y] = place(event);
      moved = moved || Math.hypot(x - x0, y - y0) > 3;
      if (e.shiftKey) {
        this.range = [x0, x];
        this.draw();
      } else if (moved) {
        const by = (x0 - x) / (this.width - GUTTER) * (to - from);
        this.box.scrollTop = top + y0 - y;
        this.show(from + by, to + by);
      }
    };
    const drop = () => {
      this.canvas.removeEventListener("pointermove", drag);
      if (this.range && moved)
        this.show(this.time(Math.min(...this.range)), this.time(Math.max(...this.range)));
      else if (!moved)
        this.pick(this.eventAt(x0, y0 + this.box.scrollTop));
      this.range = null;
      this.draw();
    };
    this.canvas.setPointerCapture(e.pointerId);
    this.canvas.addEventListener("pointermove", drag);
    this.canvas.addEventListener("pointerup", drop, { once: true });
    this.box.focus({ preventScroll: true });
  }

  pick(event) {
    this.selected = event;
    this.onSelect(event);
  }

  hover(e, [x, y]) {
    const event = e.buttons ? NONE : this.eventAt(x, y + this.box.scrollTop);
    this.canvas.style.cursor = event === NONE ? "default" : "pointer";
    this.tip.hidden = event === NONE;
    if (event === NONE)
      return;
    const { name, duration, start } = this.events;
    const head = element("b", {}, this.figures.names[name[event]].text);
    const time = ` at ${timeText(start[event], 6)}` +
      (duration[event] ? ` for ${timeText(duration[event])}` : "");
    const list = element("dl");
    for (const [n, v] of argumentsOf(this.events, this.figures, event))
      list.append(element("dt", {}, n), element("dd", {}, v));
    this.tip.replaceChildren(head, time, list);
    const box = this.tip.getBoundingClientRect();
    this.tip.style.left = `${Math.min(e.clientX + 14, window.innerWidth - box.width - 8)}px`;
    this.tip.style.top = `${Math.min(e.clientY + 14, window.innerHeight - box.height - 8)}px`;
  }
}
