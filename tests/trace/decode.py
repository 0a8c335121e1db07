"""A trace as protoc understands it, and what must hold in every one.

Nothing here knows sel4ux's own reader: the bytes are decoded by protoc, with the published field
numbers in perfetto.proto.
"""

import collections
import pathlib
import re
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
CPU, INTERRUPTS, OUTPUT = "CPU", "Interrupts", "Serial output"
STATE_CLEARED, NEEDS_STATE = 1, 2
LINE = re.compile(r'\s*(?:(\w+) \{|(\})|(\w+): (?:"(.*)"|(\S+)))$')

Event = collections.namedtuple("Event", "index type ns track name category arguments flows ends "
                                        "counter")
Slice = collections.namedtuple("Slice", "begin end")  # Events; end None: it never ended


class Bad(Exception):
    """The trace is not what it must be; the text says where."""


def need(condition, *what):
    if not condition:
        raise Bad(" ".join(map(str, what)))


def parse(text):
    """protoc's text as dictionaries of lists."""
    top = collections.defaultdict(list)
    stack = [top]
    for line in text.splitlines():
        match = LINE.match(line)
        need(match, "protoc says", line)
        message, close, field, string, value = match.groups()
        if close:
            stack.pop()
            continue
        name = message or field
        need(not name.isdigit(), "unknown field", line)
        if message:
            inner = collections.defaultdict(list)
            stack[-1][name].append(inner)
            stack.append(inner)
        elif string is not None:
            stack[-1][name].append(string)
        else:
            stack[-1][name].append(int(value) if value.lstrip("-").isdigit() else value)
    return top


def protoc(data):
    done = subprocess.run(["protoc", f"--proto_path={HERE}", "--decode=sel4ux.Trace",
                           "perfetto.proto"], input=data, capture_output=True, check=False)
    need(done.returncode == 0, "protoc:", done.stderr.decode())
    return parse(done.stdout.decode())["packet"]


def only(message, field, default=None):
    values = message.get(field, [])
    need(len(values) <= 1, field, "is there", len(values), "times")
    return values[0] if values else default


class Trace:
    """Tracks, events and slices of a trace; reading it checks what every trace must be."""

    def __init__(self, data, is_whole=True):
        self.tables = {name: {} for name in ("event_categories", "event_names",
                       "debug_annotation_names", "debug_annotation_string_values")}
        self.tracks = {}     # uuid: descriptor
        self.events = []
        self.slices = []
        self.open = collections.defaultdict(list)  # by track uuid
        self.flows = {}      # id: [event it begins at, event it ends at]
        self.running = None  # tid on the CPU's track
        packets = protoc(data)
        need(packets, "no packets")
        for index, packet in enumerate(packets):
            self.take(index, packet)
        for flow, ends in self.flows.items():
            need(len(ends) == 2 or not is_whole, "flow", flow, "has no end")

    # -------------------------------------------------------------- packets

    def take(self, index, packet):
        need(only(packet, "trusted_packet_sequence_id") == 1, "packet", index, "of no sequence")
        flags = only(packet, "sequence_flags")
        need(flags == (NEEDS_STATE if index else STATE_CLEARED), "packet", index, "flags", flags)
        kinds = [k for k in ("interned_data", "track_descriptor", "track_event") if packet.get(k)]
        need(len(kinds) == 1, "packet", index, "holds", kinds)
        getattr(self, "take_" + kinds[0])(index, only(packet, kinds[0]), packet)

    def take_interned_data(self, index, data, _):
        for kind, entries in data.items():
            table = self.tables[kind]
            for entry in entries:
                iid = only(entry, "iid")
                need(iid and iid not in table, "packet", index, kind, iid, "is there twice")
                table[iid] = only(entry, "name", only(entry, "str"))

    def take_track_descriptor(self, index, track, _):
        uuid, old = only(track, "uuid"), self.tracks.get(only(track, "uuid"))
        parent = only(track, "parent_uuid")
        need(uuid, "packet", index, "track without uuid")
        need(parent is None or parent in self.tracks, "track", uuid, "before its parent", parent)
        thread, process = only(track, "thread"), only(track, "process")
        need(not (thread and process), "track", uuid)
        made = {"uuid": uuid, "parent": parent, "name": only(track, "name"), "pid": None,
                "tid": None}
        if thread:
            made.update(name=only(thread, "thread_name"), pid=only(thread, "pid"),
                        tid=only(thread, "tid"))
            need(self.tracks[parent]["pid"] == made["pid"], "thread", uuid, "in another process")
        if process:
            made.update(name=only(process, "process_name"), pid=only(process, "pid"))
        need(old is None or (old["pid"], old["tid"]) == (made["pid"], made["tid"]),
             "track", uuid, "was another")
        self.tracks[uuid] = made

    def look_up(self, kind, iid, index):
        need(iid in self.tables[kind], "packet", index, kind, iid, "is used before it is there")
        return self.tables[kind][iid]

    def arguments(self, event, index):
        found = {}
        for argument in event.get("debug_annotations", []):
            name = self.look_up("debug_annotation_names", only(argument, "name_iid"), index)
            text = only(argument, "string_value_iid")
            found[name] = only(argument, "uint_value") if text is None else \
                self.look_up("debug_annotation_string_values", text, index)
        return found

    def take_track_event(self, index, event, packet):
        kind = only(event, "type")
        uuid = only(event, "track_uuid")
        need(uuid in self.tracks, "packet", index, "is on the undescribed track", uuid)
        name = only(event, "name_iid")
        category = only(event, "category_iids")
        made = Event(index, kind, only(packet, "timestamp"), self.tracks[uuid],
                     name and self.look_up("event_names", name, index),
                     category and self.look_up("event_categories", category, index),
                     self.arguments(event, index), event.get("flow_ids", []),
                     event.get("terminating_flow_ids", []), only(event, "counter_value"))
        need(made.ns is not None, "packet", index, "has no time")
        need(not self.events or made.ns >= self.events[-1].ns, "packet", index, "goes back in time")
        need((name is None) == (kind in ("TYPE_SLICE_END", "TYPE_COUNTER")), "packet", index)
        self.events.append(made)
        self.follow(made)

    # -------------------------------------------------------------- what events mean

    def follow(self, event):
        uuid = event.track["uuid"]
        if event.type == "TYPE_SLICE_BEGIN":
            need(not self.open[uuid], event, "begins within another slice")
            self.open[uuid].append(len(self.slices))
            self.slices.append(Slice(event, None))
        elif event.type == "TYPE_SLICE_END":
            need(self.open[uuid], event, "ends nothing")
            number = self.open[uuid].pop()
            self.slices[number] = Slice(self.slices[number].begin, event)
        self.follow_flows(event)
        self.follow_cpu(event)

    def follow_flows(self, event):
        need(len(event.flows) + len(event.ends) <= 1, event, "has several flows")
        for flow in event.flows:
            need(flow not in self.flows, event, "begins a flow once more")
            self.flows[flow] = [event]
        for flow in event.ends:
            need(len(self.flows.get(flow, [])) == 1, event, "ends no flow")
            begin = self.flows[flow][0]
            need(begin.ns == event.ns and begin.track != event.track, event, "arrives from", begin)
            self.flows[flow].append(event)

    def follow_cpu(self, event):
        if event.track["name"] == CPU and event.track["tid"] is None:
            begins = event.type == "TYPE_SLICE_BEGIN"
            self.running = event.arguments["number"] if begins else None
        elif event.track["tid"] is not None and event.type == "TYPE_SLICE_BEGIN":
            need(event.track["tid"] == self.running, event, "is not of the running thread",
                 self.running)
        elif event.track["name"] == INTERRUPTS:
            need(event.type == "TYPE_INSTANT", event)

    # -------------------------------------------------------------- questions

    def threads(self):
        return [t for t in self.tracks.values() if t["tid"] is not None]

    def processes(self):
        return [t for t in self.tracks.values() if t["pid"] is not None and t["tid"] is None]

    def entries(self):
        """The slices of threads and the interrupts: one for each kernel entry, in their order."""
        return [e for e in self.events if e.track["name"] != CPU and
                (e.type == "TYPE_SLICE_BEGIN" or (e.category == "interrupt"))]

    def find(self, name, kind="TYPE_INSTANT", **arguments):
        return [e for e in self.events if e.name == name and e.type == kind and
                all(e.arguments.get(k) == v for k, v in arguments.items())]

    def slices_of(self, name, thread):
        return [s for s in self.slices if s.begin.name == name and
                s.begin.track["name"] == thread]
