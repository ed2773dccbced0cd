"""The `realism` command: compare simulated sets with a real one and store the results."""

from typing import Annotated

import typer
from rich.console import Console

from backend.catalogue import Catalogue
from backend.consoles import Db, opened, reported
from backend.dialogue import Dialogue, Origin, Role
from backend.filters import FilterError, read_filter
from backend.metrics.encoder import Encoder, EncoderError
from backend.pool import DialogueFilter, Pool
from backend.realism.compare import MOST, Realism, compare
from backend.realism.sides import TooFew
from backend.statistics.estimate import methods


def realism(
    real: Annotated[
        str, typer.Option(help="Filter of the real side: corpus=redial or corpus=a|b,max_turns=30")
    ],
    simulated: Annotated[
        list[str],
        typer.Option(help="NAME:FILTER of a simulated side; once for each: mine:corpus=simulated"),
    ],
    other_people: Annotated[
        str | None,
        typer.Option(
            help="Filter of other people, to see how far people of two sources differ; else those "
            "of all other corpora."
        ),
    ] = None,
    same_recommenders: Annotated[
        bool,
        typer.Option(help="Only dialogues with recommenders that both sides talked to."),
    ] = False,
    role: Annotated[str, typer.Option(help="Whose words: seeker or recommender.")] = "seeker",
    most: Annotated[int, typer.Option(min=20, help="Dialogues a side, at most.")] = MOST,
    encoder: Annotated[str | None, typer.Option(help="Else the packaged one.")] = None,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    db: Db = None,
) -> None:
    """How easily a machine tells simulated speakers from real ones; the table is Markdown."""
    console = Console(stderr=True)
    with reported(EncoderError, FilterError, TooFew), opened(db) as database:
        pool = Pool(database)
        judged = _role(role)
        ours = read_filter(real)
        others = _other_people(pool, ours, other_people, judged)
        found: dict[str, Realism] = {}
        for one in simulated:
            name, sign, text = one.partition(":")
            if not sign:
                raise FilterError(f"a simulated side is NAME:FILTER; got {one!r}")
            theirs = read_filter(text)
            _check_simulated(pool, theirs, name, judged)
            mine, them = ours, theirs
            if same_recommenders:
                mine, them = _alike(pool, ours, theirs)
            with console.status(name) as status:
                found[name] = compare(
                    _read(pool, mine),
                    _read(pool, them),
                    others=others,
                    role=judged,
                    catalogue=Catalogue.load(),
                    encoder=Encoder.named(encoder),
                    most=most,
                    seed=seed,
                    tell=lambda step, name=name: status.update(f"{name}: {step}"),  # type: ignore[misc]
                )
            pool.keep_realism(name, judged, mine, them, found[name].as_json())
    typer.echo(markdown(found))


def markdown(found: dict[str, Realism]) -> str:
    """The comparisons side by side, a row a measure."""
    first = next(iter(found.values()))
    lines = [f"| | {' | '.join(found)} |", f"|---|{'---|' * len(found)}"]

    def row(name: str, cells: list[str]) -> None:
        lines.append(f"| {name} | {' | '.join(cells)} |")

    row(
        "dialogues, real and simulated",
        [f"{a}, {b}" for a, b in (r.dialogues for r in found.values())],
    )
    for name in first.discrimination:
        row(f"AUC, {name}", [r.discrimination[name].short for r in found.values()])
    for at, one in enumerate(first.divergences):
        row(
            f"JSD of {one.classifier} (floor), p",
            [
                f"{d.divergence:.3f} ({d.floor:.3f}), {'<0.001' if d.p < 0.001 else f'{d.p:.3f}'}"
                for d in (r.divergences[at] for r in found.values())
            ],
        )
    row(
        "coverage of act × topic × sentiment (floor)",
        [f"{r.coverage.share:.2f} ({r.coverage.floor:.2f})" for r in found.values()],
    )
    named = (item for r in found.values() for item in r.discrimination.items())
    return "\n".join([*lines, "", *(f"- {line}" for line in methods(named))])


def _check_simulated(pool: Pool, which: DialogueFilter, name: str, role: Role) -> None:
    """Refuse a simulated side that holds people. Raises FilterError."""
    origins = pool.frame(which)[f"{role.value}_origin"]
    people = int((origins != Origin.SIMULATED).sum())
    if people:
        raise FilterError(
            f"the simulated side {name!r} holds {people} of {len(origins)} dialogues whose "
            f"{role.value} is not simulated; add {role.value}_origin=simulated to its filter"
        )


def _other_people(
    pool: Pool, ours: DialogueFilter, named: str | None, role: Role
) -> list[Dialogue]:
    """Dialogues of people that are not on the real side. Raises FilterError."""
    column = f"{role.value}_origin"
    frame = pool.frame(read_filter(named) if named else None)
    frame = frame[frame[column] == Origin.HUMAN]
    real = pool.frame(ours)
    frame = frame[~frame["id"].isin(real["id"])]
    if not named:
        frame = frame[~frame["corpus"].isin(real["corpus"].unique())]
    return list(pool.get_many(list(frame["id"])).values())


def _role(name: str) -> Role:
    if name not in {role.value for role in Role}:
        raise FilterError(f"the role is seeker or recommender; got {name!r}")
    return Role(name)


def _alike(
    pool: Pool, one: DialogueFilter, other: DialogueFilter
) -> tuple[DialogueFilter, DialogueFilter]:
    systems = [set(pool.frame(which)["recommender_system"].dropna()) for which in (one, other)]
    shared = tuple(sorted(systems[0] & systems[1]))
    if not shared:
        raise FilterError("the two sides talked to no recommender in common")
    return (
        one.model_copy(update={"recommender_system": shared}),
        other.model_copy(update={"recommender_system": shared}),
    )


def _read(pool: Pool, which: DialogueFilter) -> list[Dialogue]:
    return list(pool.get_many(list(pool.frame(which)["id"])).values())
