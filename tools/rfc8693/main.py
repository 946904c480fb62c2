# SPDX-License-Identifier: Apache-2.0
import argparse
import json
import pathlib
import sys
import textwrap

from . import cases_answer, cases_request  # noqa: F401  (they fill the table)
from .bench import Bench, Failed, NotSupported, Skipped, Unusable
from .requirement import MUST, TABLE
from .wire import Unreachable

VERDICTS = ("pass", "fail", "not supported", "skipped")


def run_one(bench, requirement):
    """(verdict, why)."""
    try:
        requirement.test(bench)
        return "pass", ""
    except Failed as failure:
        return "fail", str(failure)
    except NotSupported as why:
        return "not supported", str(why)
    except Skipped as why:
        return "skipped", str(why)


def read_config(path):
    text = pathlib.Path(path).read_text(encoding="utf-8")
    try:
        return json.loads(text)
    except ValueError as error:
        try:
            import yaml  # pylint: disable=import-outside-toplevel
        except ImportError:
            raise Unusable(f"{path} is no JSON ({error}), and to read YAML takes the package yaml") from None
        try:
            return yaml.safe_load(text)
        except yaml.YAMLError as fault:
            raise Unusable(f"{path}: {fault}") from None


def print_table(results):
    for requirement, verdict, why in results:
        print(f"{verdict.upper():14}{requirement.number:8}{requirement.level:7}{requirement.section:14}{requirement.text}")
        if why:
            print(textwrap.fill(why, 110, initial_indent=" " * 43, subsequent_indent=" " * 43))


def print_markdown(results):
    print("| Requirement | Section | Level | Result | |\n|---|---|---|---|---|")
    for requirement, verdict, why in results:
        why = why.replace("|", "\\|").replace("\n", " ")
        print(f"| {requirement.number} {requirement.text} | {requirement.section} | {requirement.level} "
              f"| {verdict} | {why} |")


def print_json(results):
    print(json.dumps([{"requirement": r.number, "section": r.section, "level": r.level, "text": r.text,
                       "result": verdict, "why": why} for r, verdict, why in results], indent=2))


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(
        prog="conformance", description="Tests a token exchange server against RFC 8693, from outside.",
        epilog="Exit code: 0 nothing that must hold fails, 1 something does (--strict: or should hold), "
               "2 nothing could be tested. docs/conformance.md describes the configuration.")
    parser.add_argument("--issuer", required=True, metavar="URL")
    parser.add_argument("--config", required=True, metavar="FILE", help="JSON, or YAML where Python can read it")
    parser.add_argument("--only", action="append", metavar="ID", help="this requirement (repeatable)")
    parser.add_argument("--format", choices=("table", "json", "markdown"), default="table")
    parser.add_argument("--strict", action="store_true", help="what should hold counts as what must")
    return parser.parse_args(arguments)


def main(arguments=None):
    options = parse_arguments(arguments)
    chosen = sorted(TABLE, key=lambda one: (len(one.number.split("-")[0]), one.number))
    if options.only:
        chosen = [one for one in chosen if one.number in options.only]
    results = []
    try:
        bench = Bench(options.issuer, read_config(options.config))
        bench.subject()
        for requirement in chosen:
            results.append((requirement, *run_one(bench, requirement)))
    except (Unusable, Unreachable, OSError) as error:
        print(f"conformance: {error}", file=sys.stderr)
        return 2
    {"table": print_table, "json": print_json, "markdown": print_markdown}[options.format](results)
    counts = {verdict: sum(1 for _, v, _ in results if v == verdict) for verdict in VERDICTS}
    print(", ".join(f"{count} {verdict}" for verdict, count in counts.items()), file=sys.stderr)
    bad = any(v == "fail" and (options.strict or r.level == MUST) for r, v, _ in results)
    return 1 if bad else 0
