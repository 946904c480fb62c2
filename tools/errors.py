#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes docs/reference/errors.md from the table of causes, what to do about them, and the wire table.

tools/errors.py          writes the page
tools/errors.py --check  says what is missing or not current, and exits 1 (tools/check docs)
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/reference/errors.md"
# Rows whose words depend on the request.
WORDS = {
    "kMissingParameter": '400 `invalid_request` "Missing form parameter: grant_type" and other words for other parameters',
    "kParameterNotSupported": "400 `invalid_request` \"Parameter 'requested_subject' is not supported for standard token exchange\"",
    "kGrantNotAllowed": '400 `unauthorized_client` "Client not allowed for direct access grants", or '
                        '401 "Client not enabled to retrieve service account"',
    "kPublicClientGrant": '401 `unauthorized_client` "Public client not allowed to retrieve service account"',
    "kSenderConstrained": '400 `invalid_request` "Sender-constrained token exchange rejected as the token was not issued '
                          'for the requesting client", or "DPoP proof is missing" for its holder',
}

HEAD = """# Errors

Made by `tools/errors.py` from `src/base/error_codes.def`, `src/base/error_advice.def` and
`src/endpoints/wire_error.cc`; do not edit. How to add one: [Add an error](../guides/add_an_error.md).

Every refusal holds `error`, `error_description`, `error_code` (a code of this page) and `trace_id`, and for a confidential
client with the attribute `cambist.diagnostics: on` a `hint`. `cambist explain <trace id>` shows the operator the cause,
the steps up to it and what to do. One cause has one code and one text; a code is never used again for something else.

**What a stranger sees.** A row with *looks like* is shown only to who may know the cause; everybody else gets the code
and the text of the row it looks like, so that an answer does not tell missing users, clients and targets from forbidden
ones.

**Two dialects** (`errorDialect` of the realm): `strict` answers by RFC 6749, RFC 8693 and RFC 8707. `keycloak` answers with
the status, the `error` and the words of Keycloak, which its clients may depend on. Where Keycloak tells causes apart that
`strict` hides, this dialect does too: whether a client exists (`invalid_client`) or its secret is wrong
(`unauthorized_client`), whether an account is disabled or not set up, whether an audience is a client, why a refresh
token is refused, and whether a revoked text was a token at all. Choose `strict` where that is too much. Its texts name
parameters, scopes and audiences of the request; `error_code` stays the neutral one. Introspection has words of its own:
401 `invalid_request` "Authentication failed." for a client that did not prove itself, 403 "Client not allowed." for a
public one. Revoking what is no token is 200 in both; `keycloak` adds the body `invalid_token` "Invalid token".

A request that is no HTTP (400, 408, 413, 414, 431, 503 of the transport) has no code: its body is JSON with `error` and
`error_description`, and any script may read it.
"""


def rows():
    """(name, code, text, neutral, family) of error_codes.def, in order."""
    family, found = "", []
    for line in (ROOT / "src/base/error_codes.def").read_text(encoding="utf-8").splitlines():
        if row := re.fullmatch(r'CAMBIST_ERROR\((\w+), "([^"]+)", "([^"]+)", (\w+)\)', line):
            found.append((*row.groups(), family))
        elif line.startswith("// "):
            family = line[3:]
        elif line.strip():
            sys.exit(f"error_codes.def: can not read {line!r}")
    return found


def advice():
    text = (ROOT / "src/base/error_advice.def").read_text(encoding="utf-8")
    return dict(re.findall(r'^CAMBIST_ADVICE\((\w+), "([^"]+)"\)$', text, re.M))


def switch(name):
    """{enumerator: (status, error, text)} of one switch of the wire table; text may be empty."""
    file = {"strict": "wire_error.cc", "keycloak": "wire_keycloak.cc"}[name]
    source = (ROOT / "src/endpoints" / file).read_text(encoding="utf-8")
    body = re.search(rf"\nWireError {name}\([^)]*\) \{{\n(.*?)\n\}}\n", source, re.S).group(1)
    table, waiting = {}, []
    body = re.sub(r"//[^\n]*", "", body)
    for part in re.findall(r"case ErrorCode::(\w+):|return ([^;]+);", body):
        if part[0]:
            waiting = waiting if waiting != "done" else []
            waiting = [*waiting, part[0]]
            continue
        if waiting == "done":
            continue
        literal = re.match(r'\{(\d+),\s*(?:"(\w+)"|\{\}),\s*(.*)\}$', part[1].strip(), re.S)
        if literal:
            # Adjacent literals are one; of a choice the last word is meant.
            words = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', re.sub(r'.*\?\s*"[^"]*"\s*:', "", literal[3], flags=re.S)))
            for one in waiting:
                table[one] = (literal[1], literal[2] or "", words)
        waiting = "done"
    return table


def cell(status, error, text=""):
    return f"{status} `{error}`" + (f' "{text}"' if text else "")


def page():
    strict, keycloak, what = switch("strict"), switch("keycloak"), advice()
    texts = {name: (code, text) for name, code, text, _, _ in rows()}
    out, family = [HEAD], None
    for name, code, text, neutral, group in rows():
        if group != family:
            out.append(f"\n## {group}\n")
            family = group
        status, error, _ = strict[name]
        out.append(f'\n<a id="{code.lower()}"></a>\n**{code}** {text}\n')
        if name != neutral:
            out.append(f"\n- looks like: {texts[neutral][0]} {texts[neutral][1]}")
        else:
            out.append("")
        out.append(f"- strict: {cell(status, error)}")
        if name in WORDS:
            out.append(f"- keycloak: {WORDS[name]}")
        elif name in keycloak:
            status, error, words = keycloak[name]
            out.append(f"- keycloak: {cell(status, error, words)}")
        elif texts[neutral][0] == "TX-STK-00":
            out.append(f"- keycloak: {cell(status, error, 'Invalid token')}")
        out.append(f"- do: {what.get(name, '')}\n")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(out)).rstrip() + "\n"


def raised():
    """The enumerators that code outside the wire table and the tests names."""
    found = set()
    for path in (ROOT / "src").rglob("*.[ch]*"):
        if not re.search(r"wire_\w+\.cc$|_test\.cc$|/test_\w+\.h$", str(path)):
            found |= set(re.findall(r"\bk[A-Z]\w+", path.read_text(encoding="utf-8")))
    return found


def faults():
    """Holes and doubles of the table: code and text are a bijection, every cause is raised and has advice."""
    table, what = rows(), advice()
    for index, column in ((0, "enumerator"), (1, "code"), (2, "text")):
        seen = set()
        for row in table:
            if row[index] in seen:
                yield f"error_codes.def: the {column} '{row[index]}' is there twice; one cause, one code, one text"
            seen.add(row[index])
    names = {row[0] for row in table}
    for name in sorted(names - set(what)):
        yield f"error_advice.def: no advice for {name}; say what the operator does about it"
    for name in sorted(set(what) - names):
        yield f"error_advice.def: {name} is no cause of error_codes.def"
    for name in sorted(names - raised()):
        yield f"error_codes.def: nothing fails with {name}"
    for name in sorted(names - set(switch("strict"))):
        yield f"wire_error.cc: strict() does not answer {name} with a row {{status, error, text}}"


def main():
    found = list(faults())
    if not found and sys.argv[1:] == ["--check"]:
        current = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
        if current != page():
            found.append("docs/reference/errors.md is not current; run tools/errors.py")
    for fault in found:
        print(fault)
    if found:
        sys.exit(1)
    if sys.argv[1:] != ["--check"]:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(page(), encoding="utf-8")


main()
