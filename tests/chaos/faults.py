# SPDX-License-Identifier: Apache-2.0
"""Switches for what faults.c does to a process: a full disk, a slow one, a wrong clock."""
import mmap
import os
import pathlib
import struct
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
NAMES = ("is_full", "is_read_only", "fsync_ms", "clock_seconds", "hits")


class Faults:
    """Built into `folder`; environment() is for the process that shall suffer, whose files are below `files`."""

    def __init__(self, folder, files):
        self._library, self._path, self._files = folder / "faults.so", folder / "faults.page", files
        if not self._library.exists():
            subprocess.run([os.environ.get("CC", "cc"), "-O2", "-fPIC", "-shared", "-Wall", "-Werror",
                            "-o", self._library, HERE / "faults.c", "-ldl"], check=True)
        self._path.write_bytes(bytes(8 * len(NAMES)))
        with open(self._path, "r+b") as file:
            self._page = mmap.mmap(file.fileno(), 8 * len(NAMES))

    def environment(self):
        return {"LD_PRELOAD": str(self._library), "CAMBIST_FAULTS": str(self._path),
                "CAMBIST_FAULTS_FOLDER": str(self._files)}

    def set(self, **values):
        for name, value in values.items():
            struct.pack_into("<q", self._page, 8 * NAMES.index(name), value)

    def get(self, name):
        return struct.unpack_from("<q", self._page, 8 * NAMES.index(name))[0]

    def clear(self):
        self.set(is_full=0, is_read_only=0, fsync_ms=0, clock_seconds=0, hits=0)
