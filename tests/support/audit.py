# SPDX-License-Identifier: Apache-2.0
"""What the audit trail of a running server says."""
import json

from support.server import cambist


def records_of(server):
    """All records, oldest first."""
    done = cambist("audit", "export", "--store", server.store)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def record_of(server, jti):
    """The record of the issue of this token."""
    found = [record for record in records_of(server) if record.get("issuedJti") == jti]
    assert len(found) == 1, found
    return found[0]
