/* The embedded data: figures as JSON, events as deflated varints. See page.c, which writes them. */

const NONE = -1;
const INSTANT = 2, OPEN = 1;
const KIND_PROCESS = 1, KIND_THREAD = 2;

/* Array rows of the JSON by name. */
function rows(list, fields) {
  return list.map((row, index) =>
    Object.fromEntries([["index", index], ...fields.map((field, i) => [field, row[i]])]));
}

function readFigures(text) {
  const raw = JSON.parse(text);
  const totals = ["begin", "end", "events", "kept", "entries", "switches", "faults", "output",
    "rest"];
  return {
    title: raw.title,
    totals: Object.fromEntries(totals.map((name, i) => [name, raw.totals[i]])),
    names: rows(raw.names, ["text", "category", "count", "total", "longest"]),
    tracks: rows(raw.tracks, ["kind", "name", "pid", "tid", "run", "entries", "sent", "received",
      "faults", "uuid"]),
    edges: rows(raw.edges, ["from", "to", "messages", "replies", "faults", "signals", "calls",
      "total", "shortest", "longest", "median", "p95"]),
    calls: rows(raw.calls, ["start", "duration", "label", "from", "to"]),
    faults: rows(raw.faults, ["start", "track", "name", "address", "number", "code"]),
    irqs: rows(raw.irqs, ["name", "count", "first", "last", "shortest"]),
  };
}

async function inflate(base64) {
  const packed = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/* Reads varints from bytes; numbers beyond 2^53 lose digits, which only arguments may have. */
class Varints {
  constructor(bytes, at) {
    this.bytes = bytes;
    this.at = at;
  }
  next() {
    let value = 0, scale = 1, byte;
    do {
      byte = this.bytes[this.at++];
      value += (byte & 0x7f) * scale;
      scale *= 128;
    } while (byte & 0x80);
    return value;
  }
  nextBig() {
    let value = 0n, shift = 0n, byte;
    do {
      byte = this.bytes[this.at++];
      value |= BigInt(byte & 0x7f) << shift;
      shift += 7n;
    } while (byte & 0x80);
    return value;
  }
  skip(count) {
    for (; count > 0; count--)
      while (this.bytes[this.at++] & 0x80);
  }
}

/* Events in the order of their start, as columns. */
function readEvents(bytes, count, begin) {
  const events = {
    count, bytes,
    start: new Float64Array(count), duration: new Float64Array(count),
    track: new Uint32Array(count), name: new Uint32Array(count), peer: new Int32Array(count),
    flags: new Uint8Array(count), details: new Uint32Array(count),
  };
  const input = new Varints(bytes, 0);
  let now = begin;
  for (let i = 0; i < count; i++) {
    now += input.next();
    const duration = input.next();
    events.start[i] = now;
    events.duration[i] = Math.floor(duration / 4);
    events.flags[i] = duration % 4;
    events.track[i] = input.next();
    events.name[i] = input.next();
    events.peer[i] = input.next() - 1;
    events.details[i] = input.at;
    input.skip(2 * bytes[input.at++]);
  }
  return events;
}

/* The arguments of an event: [name, text]. */
function argumentsOf(events, figures, event) {
  const input = new Varints(events.bytes, events.details[event]);
  const list = [];
  for (let left = events.bytes[input.at++]; left > 0; left--) {
    const head = input.next(), name = figures.names[Math.floor(head / 2)].text;
    const value = input.nextBig();
    list.push([name, head % 2 ? figures.names[Number(value)].text : argumentText(name, value)]);
  }
  return list;
}

function argumentText(name, value) {
  if (name === "size")
    return bytesText(Number(value));
  const decimal = ["label", "length", "caps", "count", "code"].includes(name) || value < 10n;
  return decimal ? value.toString() : "0x" + value.toString(16);
}

/* ---------------------------------------------------------------- texts */

function countText(n) {
  return Number(n).toLocaleString("en-US");
}

function bytesText(n) {
  const units = ["B", "KiB", "MiB", "GiB"];
  let unit = 0;
  for (; n >= 1024 && unit < units.length - 1; unit++)
    n /= 1024;
  return `${Number.isInteger(n) ? n : n.toFixed(1)} ${units[unit]}`;
}

/* ns as people read them, in three digits or so. */
function timeText(ns, digits = 3) {
  if (ns === 0)
    return "0";
  for (const [unit, size] of [["s", 1e9], ["ms", 1e6], ["µs", 1e3]])
    if (Math.abs(ns) >= size)
      return `${trim(ns / size, digits)} ${unit}`;
  return `${trim(ns, digits)} ns`;
}

function trim(value, digits) {
  const before = Math.max(1, Math.floor(Math.log10(Math.abs(value))) + 1);
  return value.toFixed(Math.max(0, digits - before));
}

function hexText(value) {
  return "0x" + BigInt(value).toString(16);
}

/* ---------------------------------------------------------------- elements */

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (value !== undefined && value !== null)
      made.setAttribute(name, value);
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

function definitions(pairs) {
  const list = element("dl");
  for (const [name, value] of pairs)
    list.append(element("div", {}, element("dt", {}, name), element("dd", {}, value)));
  return list;
}

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/* A thread's own colour, the same everywhere on the page. */
function threadColour(tid) {
  const hue = (tid * 137.508 + 200) % 360;
  const dark = document.documentElement.dataset.theme === "dark";
  return `hsl(${hue.toFixed(0)} ${dark ? 38 : 42}% ${dark ? 58 : 52}%)`;
}
