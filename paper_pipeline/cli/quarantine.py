"""The commands about the quarantine: what broke a rule, and what a person decides about it.

Data flow: commands -> clean/review.py, rulings/decisions.py -> words and tables.
"""

from datetime import UTC, datetime
from typing import Annotated

import typer

from paper_pipeline.cli.console import print_table, say
from paper_pipeline.cli.errors import in_words
from paper_pipeline.cli.lake import open_lake
from paper_pipeline.settings import Settings

commands = typer.Typer(
    help="Looks at what broke a rule, and lets a person release it.", no_args_is_help=True
)
EntryId = Annotated[str, typer.Argument(help="As in 0123456789abcdef:000012; `list` shows them.")]
DumpOption = Annotated[
    str | None,
    typer.Option(help="Only this dump: the beginning of its id, the name of its file, or its day."),
]


@commands.command("list")
def list_quarantine(
    rule: Annotated[str | None, typer.Option(help="Only entries that broke this rule.")] = None,
    dump: DumpOption = None,
    limit: Annotated[int, typer.Option(min=0, help="Entries to show at most.")] = 20,
) -> None:
    """Shows how many entries broke each rule, then the entries."""
    from paper_pipeline.clean.review import ReviewError, count_by_rule, list_waiting

    lake, _ = open_lake()
    with in_words(ReviewError, exit_code=2):
        waiting = list_waiting(lake, rule=rule, dump=dump)
    if not waiting:
        say("Nothing in quarantine fits." if rule or dump else "Nothing is in quarantine.")
        return
    print_table(("rule", "entries", "dumps"), count_by_rule(waiting))
    if limit:
        say()
    print_table(
        ("entry", "rule", "file or day", "reason"),
        (
            (entry.entry_id, ", ".join(entry.rules), entry.source, entry.reason)
            for entry in waiting[:limit]
        ),
    )
    if len(waiting) > limit:
        say()
        say(f"{len(waiting) - limit:,} more; --limit shows them")


@commands.command("show")
def show_quarantined(entry_id: EntryId) -> None:
    """Shows an entry: what it broke, where it stands, and its text as found."""
    from paper_pipeline.clean.review import ReviewError, find_waiting, show_text

    lake, raw = open_lake()
    with in_words(ReviewError, exit_code=2):
        entry = find_waiting(lake, entry_id)
    facts = {
        "rule": ", ".join(entry.rules),
        "reason": entry.reason,
        "file": f"{entry.source} ({entry.format}, {entry.encoding})",
        "dump": entry.dump_id,
        "bytes": f"{entry.byte_start:,} to {entry.byte_end:,}",
    }
    for name, value in facts.items():
        say(f"{name:<8}{value}")
    say()
    for line in show_text(raw, entry).splitlines():
        say(line.expandtabs())


@commands.command("release")
def release_quarantined(
    entry_id: EntryId,
    reason: Annotated[str, typer.Option(help="Why it is a paper all the same.")],
    author: Annotated[str, typer.Option(help="Who decides so.")],
) -> None:
    """Decides that an entry becomes a record although a value of it broke a rule."""
    from paper_pipeline.clean.review import ReviewError, propose_release
    from paper_pipeline.rulings.decisions import add_decision

    (lake, raw), today = open_lake(), datetime.now(UTC).date()
    with in_words(ReviewError, exit_code=2):
        proposal = propose_release(lake, raw, entry_id, reason=reason, author=author, today=today)
    file = Settings.from_environment().quarantine_decisions_file
    is_new = add_decision(file, proposal.decision)
    rules = ", ".join(proposal.decision.rules)
    words = f"may break {rules}: noted in {file}" if is_new else f"is released in {file} already"
    say(f"{entry_id} {words}")
    say(f"Title: {proposal.record['title']}")
    changed = [r["name"] for r in proposal.record["repairs"] if r["name"].startswith("released_")]
    if changed:
        say("As tables do not take a value as it is: ", ", ".join(changed))
    say("It becomes a record with the next `paper-pipeline run`.")


@commands.command("retry")
def retry_quarantined(
    rule: Annotated[str | None, typer.Option(help="Only dumps with such entries.")] = None,
    dump: DumpOption = None,
) -> None:
    """Parses the dumps of entries in quarantine again, now, and says what changed."""
    from paper_pipeline.clean.review import ReviewError, retry
    from paper_pipeline.rulings import load_rulings
    from paper_pipeline.rulings.decisions import store_decisions

    lake, raw = open_lake()
    decisions = load_rulings(Settings.from_environment()).decisions
    with in_words(ReviewError, exit_code=2), lake.writing():
        store_decisions(lake, decisions)
        retried = retry(lake, raw, rule=rule, dump=dump)
    say(f"{len(retried.dump_ids)} dumps parsed again")
    told = {
        "became records": retried.released,
        "are new in quarantine": retried.quarantined,
        "are gone": retried.gone,
    }
    for words, entry_ids in told.items():
        if entry_ids:
            some = ", ".join(entry_ids[:5]) + (" ..." if len(entry_ids) > 5 else "")
            say(f"{len(entry_ids):,} entries {words}: {some}")
    if all(change.is_empty for change in retried.changes.values()):
        say("Nothing has changed.")
    else:
        say("`paper-pipeline run` carries the change on to the papers.")
