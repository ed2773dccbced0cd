"""How well acts are labelled by rule, against IARD's human labels; those labels train nothing."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from backend.catalogue import Catalogue, CatalogueError
from backend.corpora import CorpusError, Report, reader
from backend.dialogue import ActKind, Role, merged
from backend.language.act_reader import Labeller
from backend.language.pieces import Form


def agreement(
    iard: Path, redial: Path | None, catalogue: Catalogue
) -> dict[tuple[Role, ActKind], tuple[int, float, float, float]]:
    """(role, act) -> turns that carry it, precision, recall and F1 of the labels by rule.

    With `redial`, the labeller has the workers' forms of the dialogues found there, as it does
    when training data is prepared. Raises CorpusError.
    """
    forms: dict[str, Form] = {}
    if redial:
        for entry in reader("redial")(redial, Report()):
            given = entry.dialogue.provenance.notes.get("initiator_form")
            if isinstance(given, dict):
                forms[entry.dialogue.provenance.source_id] = given  # type: ignore[assignment]
    right, wrong, missed = Counter(), Counter(), Counter()  # type: ignore[var-annotated]
    for entry in reader("iard")(iard, Report()):
        dialogue = entry.dialogue
        source = str(dialogue.provenance.notes.get("redial_conversation"))
        found = Labeller(catalogue, forms.get(source, {})).label(dialogue.turns)
        for human, by_rule in zip(merged(dialogue.turns), found, strict=True):
            gold = {act.kind for act in human.acts}
            said = {act.kind for act in by_rule.acts}
            if gold:
                right.update((human.role, kind) for kind in gold & said)
                wrong.update((human.role, kind) for kind in said - gold)
                missed.update((human.role, kind) for kind in gold - said)
    rows = {}
    for role in Role:
        for kind in ActKind:
            hits, n = right[role, kind], right[role, kind] + missed[role, kind]
            if n:
                precision = hits / max(1, hits + wrong[role, kind])
                recall = hits / n
                f1 = 2 * hits / (2 * hits + wrong[role, kind] + missed[role, kind])
                rows[role, kind] = (n, precision, recall, f1)
    return rows


def check_acts(
    iard: Annotated[Path, typer.Option(help="IARD's file or folder.", show_default=False)],
    redial: Annotated[
        Path | None, typer.Option(help="ReDial, for its forms.", show_default=False)
    ] = None,
) -> None:
    """Measure the act labels of `prepare` against IARD's human labels."""
    try:
        rows = agreement(iard, redial, Catalogue.load())
    except (CorpusError, CatalogueError) as error:
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo("| role | act | turns | precision | recall | F1 |\n|---|---|---|---|---|---|")
    for (role, kind), (n, precision, recall, f1) in rows.items():
        typer.echo(
            f"| {role.value} | {kind.value} | {n:,} | {precision:.2f} | {recall:.2f} | {f1:.2f} |"
        )
