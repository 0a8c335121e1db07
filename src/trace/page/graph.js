/*
 * Who sends to whom: components in columns, those that call left of those that are called. Replies
 * go back along the same edges and are not drawn.
 */

const NODE_WIDTH = 150, NODE_HEIGHT = 46, COLUMN = 300, LINE = 78, MARGIN = 26, MAX_NODES = 40;
const SVG = "http://www.w3.org/2000/svg";

function svg(tag, attributes, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes))
    made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/* Edges between components: threads, or the processes that stand for VSpaces. Replies are counted
 * where the messages went that they answer. */
function components(figures, byProcess) {
  const processes = new Map(figures.tracks.filter((t) => t.kind === KIND_PROCESS)
    .map((t) => [t.pid, t]));
  const component = (index) => {
    const track = figures.tracks[index];
    return byProcess && track.kind === KIND_THREAD ? processes.get(track.pid) || track : track;
  };
  const edges = new Map();
  for (const edge of figures.edges) {
    const from = component(edge.from), to = component(edge.to), key = `${from.index} ${to.index}`;
    const sum = edges.get(key) || { from, to, messages: 0, replies: 0, faults: 0, signals: 0,
      calls: 0, total: 0, longest: 0, shortest: Infinity, parts: [] };
    for (const field of ["messages", "replies", "faults", "signals", "calls", "total"])
      sum[field] += edge[field];
    sum.longest = Math.max(sum.longest, edge.longest);
    if (edge.calls) {
      sum.shortest = Math.min(sum.shortest, edge.shortest);
      sum.parts.push(edge);
    }
    edges.set(key, sum);
  }
  for (const edge of edges.values()) {
    edge.sent = edge.messages + edge.faults + edge.signals;
    edge.answers = edges.get(`${edge.to.index} ${edge.from.index}`)?.replies || 0;
    edge.median = weightedMedian(edge.parts, "median");
    edge.p95 = edge.parts.reduce((most, part) => Math.max(most, part.p95), 0);
  }
  return [...edges.values()].filter((edge) => edge.sent > 0);
}

function weightedMedian(parts, field) {
  const sorted = [...parts].sort((a, b) => a[field] - b[field]);
  const half = sorted.reduce((n, part) => n + part.calls, 0) / 2;
  let seen = 0;
  for (const part of sorted)
    if ((seen += part.calls) >= half)
      return part[field];
  return 0;
}

/* Columns: along edges that lead from who sends more to who receives more. */
function levels(nodes, edges) {
  const level = new Map(nodes.map((node) => [node, 0]));
  const lead = new Map(nodes.map((node) => [node, 0]));
  for (const edge of edges) {
    lead.set(edge.from, lead.get(edge.from) + edge.sent);
    lead.set(edge.to, lead.get(edge.to) - edge.sent);
  }
  const order = [...nodes].sort((a, b) => lead.get(b) - lead.get(a));
  const rank = new Map(order.map((node, i) => [node, i]));
  const forward = edges.filter((edge) => rank.get(edge.from) < rank.get(edge.to));
  for (const node of order)
    for (const edge of forward)
      if (edge.from === node)
        level.set(edge.to, Math.min(4, Math.max(level.get(edge.to), level.get(node) + 1)));
  return level;
}

/* Places in each column: beside the neighbours in the one before. */
function place(nodes, edges) {
  const level = levels(nodes, edges), columns = [];
  for (const node of nodes)
    (columns[level.get(node)] ||= []).push(node);
  const filled = columns.filter((column) => column), position = new Map();
  const tallest = Math.max(...filled.map((column) => column.length));
  filled.forEach((column, c) => {
    const pull = (node) => {
      const ys = edges.filter((e) => e.to === node && position.has(e.from))
        .map((e) => position.get(e.from).y);
      return ys.length ? ys.reduce((a, b) => a + b, 0) / ys.length : 0;
    };
    column.sort((a, b) => pull(a) - pull(b));
    column.forEach((node, i) => position.set(node, {
      x: MARGIN + c * COLUMN,
      y: MARGIN + (tallest - column.length) * LINE / 2 + i * LINE,
    }));
  });
  const beside = edges.some((e) => e.from !== e.to &&
    position.get(e.from).x === position.get(e.to).x);
  return { position, width: 2 * MARGIN + (filled.length - 1) * COLUMN + NODE_WIDTH +
    (beside ? NODE_WIDTH / 2 : 0),
    height: 2 * MARGIN + (tallest - 1) * LINE + NODE_HEIGHT };
}

/* The curve of an edge, and where its label is. */
function curve(from, to) {
  const y1 = from.y + NODE_HEIGHT / 2, y2 = to.y + NODE_HEIGHT / 2;
  if (from === to) {
    const x = from.x + NODE_WIDTH - 30;
    return { path: `M${x} ${from.y} c-8 -30 38 -30 26 -1`, x: x + 10, y: from.y - 12 };
  }
  if (from.x < to.x) {
    const x1 = from.x + NODE_WIDTH, x2 = to.x - 7, middle = (x1 + x2) / 2;
    return { path: `M${x1} ${y1} C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`,
      x: middle, y: (y1 + y2) / 2 - 4 };
  }
  if (from.x === to.x) {
    const x = from.x + NODE_WIDTH, bend = 40 + Math.abs(y2 - y1) / 6;
    return { path: `M${x} ${y1 + 8} C${x + bend} ${y1 + 8} ${x + bend} ${y2 - 8} ${x + 7} ${y2 - 8}`,
      x: x + bend * 0.78, y: (y1 + y2) / 2 };
  }
  const x1 = from.x, x2 = to.x + NODE_WIDTH + 7, middle = (x1 + x2) / 2;
  return { path: `M${x1} ${y1 + 10} C${middle} ${y1 + 34} ${middle} ${y2 + 34} ${x2} ${y2 + 10}`,
    x: middle, y: (y1 + y2) / 2 + 32 };
}

function edgeElement(edge, position, most) {
  const { path, x, y } = curve(position.get(edge.from), position.get(edge.to));
  const kind = edge.faults > edge.messages + edge.signals ? "fault"
    : edge.signals > edge.messages ? "signal" : "ipc";
  const width = 1.2 + 4.5 * Math.log1p(edge.sent) / Math.log1p(most);
  const label = countText(edge.sent) + (edge.calls ? `, ${timeText(edge.median)}` : "");
  const group = svg("g", { class: "edge", "data-from": edge.from.index, "data-to": edge.to.index },
    svg("path", { d: path, stroke: `var(--${kind})`, "stroke-width": width.toFixed(1),
      "marker-end": `url(#arrow-${kind})` }),
    svg("text", { x, y, "text-anchor": "middle" }, label));
  group.append(svg("title", {}, `${edge.from.name} to ${edge.to.name}: ` +
    `${countText(edge.messages)} messages, ${countText(edge.signals)} signals, ` +
    `${countText(edge.faults)} faults` + (edge.calls ? `; calls take ${timeText(edge.median)} in ` +
    `the median, ${timeText(edge.longest)} at most` : "")));
  return group;
}

function nodeElement(node, { x, y }) {
  const name = node.name.length > 20 ? node.name.slice(0, 19) + "…" : node.name;
  const sub = node.kind === KIND_PROCESS ? `VSpace ${node.pid}`
    : node.kind === KIND_THREAD ? `thread ${node.tid}` : "kernel";
  return svg("g", { class: "node", "data-node": node.index, transform: `translate(${x} ${y})` },
    svg("rect", { width: NODE_WIDTH, height: NODE_HEIGHT, rx: 8 }),
    svg("text", { x: 12, y: 20 }, name),
    svg("text", { x: 12, y: 36, class: "sub" }, sub), svg("title", {}, node.name));
}

function markers() {
  const made = svg("defs", {});
  for (const kind of ["ipc", "signal", "fault"])
    made.append(svg("marker", { id: `arrow-${kind}`, viewBox: "0 0 8 8", refX: 2, refY: 4,
      markerWidth: 9, markerHeight: 9, markerUnits: "userSpaceOnUse", orient: "auto" },
      svg("path", { d: "M0 0 L8 4 L0 8 z", fill: `var(--${kind})` })));
  return made;
}

/* Over a node only what it has to do with is bright. */
function follow(root) {
  const mark = (node) => {
    for (const edge of root.querySelectorAll(".edge"))
      edge.classList.toggle("faded", node !== null && edge.dataset.from !== node &&
        edge.dataset.to !== node);
  };
  for (const node of root.querySelectorAll(".node")) {
    node.addEventListener("pointerenter", () => mark(node.dataset.node));
    node.addEventListener("pointerleave", () => mark(null));
  }
}

function drawGraph(box, all) {
  const weight = new Map();
  for (const edge of all)
    for (const node of [edge.from, edge.to])
      weight.set(node, (weight.get(node) || 0) + edge.sent);
  const nodes = [...weight.keys()].sort((a, b) => weight.get(b) - weight.get(a)).slice(0, MAX_NODES);
  const edges = all.filter((e) => nodes.includes(e.from) && nodes.includes(e.to));
  if (nodes.length === 0) {
    box.replaceChildren(element("p", { class: "empty" }, "No thread sent anything to another."));
    return;
  }
  const { position, width, height } = place(nodes, edges);
  const most = Math.max(...edges.map((edge) => edge.sent));
  const root = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img",
    "aria-label": "Who sends to whom" }, markers(),
    ...edges.map((edge) => edgeElement(edge, position, most)),
    ...nodes.map((node) => nodeElement(node, position.get(node))));
  follow(root);
  box.replaceChildren(root);
  if (weight.size > nodes.length)
    box.append(element("p", { class: "empty" },
      `The ${MAX_NODES} busiest of ${weight.size} components.`));
}
