"""`feedback-widgets`: look after a store from the command line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from feedback_widgets.errors import FeedbackError, StoreError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command, and return 0 where all is well, else 1."""
    given = _parser().parse_args(argv)
    try:
        done: int = given.run(given)
    except FeedbackError as error:
        sys.stderr.write(f"feedback-widgets: {error}\n")
        return 1
    return done


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="feedback-widgets", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, run, words in (
        ("doctor", _doctor, "examine a store without changing it; exits with 1 when something needs care"),
        ("list", _list, "list the datasets of a store"),
        ("backup", _backup, "copy a store while it is in use"),
    ):
        command = commands.add_parser(name, help=words, description=words)
        command.add_argument(
            "store", metavar="STORE", help="a file path, or an address such as postgresql://…"
        )
        command.set_defaults(run=run)
        if name == "backup":
            command.add_argument("path", metavar="PATH", help="where the copy goes")
            command.add_argument("--overwrite", action="store_true", help="replace a file that is there")
    return parser


def _doctor(given: argparse.Namespace) -> int:
    from feedback_widgets.store.doctor import examine, summary

    findings = []
    for finding in examine(given.store):
        findings.append(finding)
        _say(f"{'ok ' if finding.good else 'BAD'}  {finding.text}")
    _say(summary(findings))
    return 0 if all(finding.good for finding in findings) else 1


def _list(given: argparse.Namespace) -> int:
    from feedback_widgets.store.overview import list_datasets

    _say(repr(list_datasets(given.store)))
    return 0


def _backup(given: argparse.Namespace) -> int:
    from feedback_widgets.store.care import backup_file
    from feedback_widgets.store.engine import file_of, no_store, store_url

    file = file_of(store_url(given.store))
    if file is None:
        raise StoreError(f"{given.store.partition('://')[0]!r} is not kept in a file: copy it with pg_dump")
    if not file.is_file():
        raise no_store(str(file))
    _say(f"copied to {backup_file(file, given.path, overwrite=given.overwrite)}")
    return 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
