# SPDX-License-Identifier: Apache-2.0
"""Changes a running server's realm: the file is written anew and SIGHUP tells the server."""
import copy
import json
import signal


def reload(server, *realms):
    """Applies these realms (dicts, in the order of the server's realm files); asserts it worked."""
    for path, realm in zip(server.realms, realms):
        path.write_text(json.dumps(realm), encoding="utf-8")
    failed = hang_up(server)
    assert not failed, failed


def hang_up(server):
    """SIGHUP; waits until it was dealt with. The log lines of what failed."""
    known = len(server.events("realm_applied")) + len(server.events("reload_failed"))
    failures = len(server.events("reload_failed"))
    server.process.send_signal(signal.SIGHUP)

    def done():
        applied = server.events("realm_applied")
        # Faults of TLS and audit come before the realm files.
        failed = [row for row in server.events("reload_failed")
                  if row.get("what") not in ("tls", "audit")]
        return len(applied) + len(failed) >= known + len(server.realms)
    server.wait_until(done)
    return server.events("reload_failed")[failures:]


def changing_realm(server, made):
    """(server, change) for the realm `made`: change(edit) applies it with what edit(realm) does to a fresh copy."""
    started = server(made)

    def change(edit):
        changed = copy.deepcopy(made)
        edit(changed)
        reload(started, changed)
    return started, change


def find(items, key, value):
    """The first of these dicts that has this value."""
    return next(item for item in items if item[key] == value)
