"""Random operations on files, done by the file server and by Linux, with the same results.

Linux does them in a folder of its own; what the server answers is compared with what Linux did, and
at the end the folders are.
"""

import errno
import os
import random
import zlib

WRITE, CREATE, EXCLUSIVE, TRUNCATE = 1, 2, 4, 8
FLAGS = [0, 0, WRITE, WRITE | CREATE, WRITE | CREATE, WRITE | CREATE | TRUNCATE,
         WRITE | CREATE | EXCLUSIVE]
NAMES = ["a", "b", "long-name.with.dots", "d", "d/a", "d/b", "d/e", "d/e/c", "f", "f/a"]
ERRORS = {
    errno.ENOENT: "not found", errno.EEXIST: "exists", errno.ENOTDIR: "not a directory",
    errno.EISDIR: "is a directory", errno.ENOTEMPTY: "not empty", errno.EINVAL: "bad argument",
}
OPEN_AT_ONCE = 20


def pattern(seed, count):
    return bytes((seed + i * 7 + (i >> 8)) & 255 for i in range(count))


class Linux:
    """The reference: each method does what the command of that name does, and says what it says."""

    def __init__(self, folder):
        self.folder = folder
        self.files = {}  # the server's number: descriptor

    def path(self, name):
        return os.path.join(self.folder, name)

    def open(self, name, flags):
        mode = os.O_RDWR if flags & WRITE else os.O_RDONLY
        for flag, bit in ((CREATE, os.O_CREAT), (EXCLUSIVE, os.O_EXCL), (TRUNCATE, os.O_TRUNC)):
            mode |= bit if flags & flag else 0
        if os.path.isdir(self.path(name)):
            raise IsADirectoryError(errno.EISDIR, name)
        return os.open(self.path(name), mode, 0o644)

    def close(self, number):
        os.close(self.files.pop(number))
        return "0"

    def read(self, number, count, position=None):
        data = (os.read(self.files[number], count) if position is None else
                os.pread(self.files[number], count, position))
        return f"{len(data)} {zlib.crc32(data):x}"

    def write(self, number, count, seed, position=None):
        data = pattern(seed, count)
        return str(os.write(self.files[number], data) if position is None else
                   os.pwrite(self.files[number], data, position))

    def seek(self, number, distance, whence):
        return str(os.lseek(self.files[number], distance, whence))

    def fstat(self, number):
        return f"file {os.fstat(self.files[number]).st_size}"

    def stat(self, name):
        if os.path.isdir(self.path(name)):
            return "directory"
        return f"file {os.stat(self.path(name)).st_size}"

    def truncate(self, number, size):
        os.ftruncate(self.files[number], size)
        return "0"

    def mkdir(self, name):
        os.mkdir(self.path(name))
        return "0"

    def remove(self, name):
        path = self.path(name)
        (os.rmdir if os.path.isdir(path) else os.unlink)(path)
        return "0"

    def rename(self, old, new):
        os.rename(self.path(old), self.path(new))
        return "0"

    def list(self, name=None):
        path = self.path(name) if name else self.folder
        lines = [f"{entry.name}/" if entry.is_dir() else f"{entry.name} {entry.stat().st_size}"
                 for entry in os.scandir(path)]
        return "\n".join(sorted(lines))


def tree(folder):
    """All that is in a folder: {path: content, or None for a folder}."""
    found = {}
    for path, folders, files in os.walk(folder):
        for name in folders:
            found[os.path.relpath(os.path.join(path, name), folder)] = None
        for name in files:
            with open(os.path.join(path, name), "rb") as file:
                found[os.path.relpath(os.path.join(path, name), folder)] = file.read()
    return found


class Model:
    """`run` sends a line to the file server's client and returns what that prints."""

    def __init__(self, run, folder, seed):
        self.run = run
        self.linux = Linux(folder)
        self.random = random.Random(seed)
        self.writable = set()

    def choose(self):
        """A command's words."""
        pick = self.random
        numbers = sorted(self.linux.files)
        small, big = pick.randrange(300), pick.randrange(1, 60000)
        name = pick.choice(NAMES)
        if not numbers or (len(numbers) < OPEN_AT_ONCE and pick.random() < 0.25):
            return ["open", name, pick.choice(FLAGS)]
        number = pick.choice(numbers)
        commands = [
            ["close", number], ["read", number, big], ["read", number, small, big],
            ["seek", number, small, 0], ["seek", number, -small, 1], ["seek", number, -small, 2],
            ["fstat", number], ["stat", name], ["mkdir", name], ["remove", name],
            ["rename", name, pick.choice(NAMES)], ["list"], ["list", name],
        ]
        if number in self.writable:
            commands += 2 * [["write", number, big, small], ["write", number, small, big, big],
                             ["truncate", number, pick.choice([small, big])]]
        return pick.choice(commands)

    def expected(self, words):
        try:
            return getattr(self.linux, words[0])(*words[1:])
        except OSError as problem:
            return ERRORS[problem.errno]

    def step(self, words, said):
        expected = self.expected(words)
        if words[0] == "open" and isinstance(expected, int):
            number = int(said) if said.isdigit() else said
            assert number not in self.linux.files, said
            self.linux.files[number] = expected
            if words[2] & WRITE:
                self.writable.add(number)
            else:
                self.writable.discard(number)
            return isinstance(number, int), "a number"
        if words[0] == "list" and not said in ERRORS.values():
            *lines, _ = said.split("\n")
            said = "\n".join(sorted(lines))
        return said == expected, expected

    def go(self, operations):
        done = []
        for _ in range(operations):
            words = self.choose()
            line = " ".join(map(str, words))
            said = self.run(line).rstrip("\n")
            right, expected = self.step(words, said)
            done.append(f"{line}: {said}")
            assert right, "\n".join(done[-40:]) + f"\nexpected {expected!r}"
        for number in sorted(self.linux.files):
            assert self.run(f"close {number}") == "0\n"
            self.linux.close(number)
