"""Preparation of training data: label the dialogues of corpora, split them, write them.

Out come `train.jsonl`, `validation.jsonl` and `held_out.jsonl` (labelled dialogues in the
project's format, the speakers' profiles among the notes), `neighbours.json` (which films are
named together), `prepared.json` (counts, reasons for what was left out, cut points, hash).
"""

import hashlib
import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from backend.catalogue import Catalogue
from backend.conversations.scenarios import Listed
from backend.corpora import ImportReport, reader
from backend.dialogue import Dialogue, Origin, Role
from backend.language.act_reader import Labeller
from backend.language.style import Measures, measure
from backend.training.profile import Cuts
from backend.training.splits import split
from backend.training.wants import scenario_of

PARTS = ("train", "validation", "held_out")

#: Films a list of neighbours holds at most.
NEIGHBOURS = 40


@dataclass
class Prepared:
    """Labelled dialogues by part, and what was left out, by corpus and reason."""

    parts: dict[str, list[Dialogue]] = field(default_factory=lambda: {p: [] for p in PARTS})
    left_out: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    cuts: Cuts = field(default_factory=lambda: Cuts({}))


def prepare(
    corpora: Sequence[tuple[str, Path]],
    *,
    seed: int,
    catalogue: Catalogue,
    keep: Mapping[str, str] | None = None,
) -> Prepared:
    """Label and split the dialogues of these corpora.

    `keep` maps 'corpus:source id' to a part, so that what was held out once stays held out; the
    rest of a corpus with dialogues in it trains.
    Raises CorpusError if a path can't be read as its corpus.
    """
    made = Prepared()
    labelled: dict[str, list[Dialogue]] = {}
    for corpus, path in corpora:
        report = ImportReport()
        entries = reader(corpus)(path, report)
        labelled[corpus] = list(
            _labelled((e.dialogue for e in entries), catalogue, made.left_out[corpus])
        )
    for found in labelled.values():
        for part, dialogues in _split(found, seed, keep or {}).items():
            made.parts[part] += dialogues
    made.cuts = Cuts.of(_measured(made.parts["train"], catalogue))
    for part, dialogues in made.parts.items():
        made.parts[part] = [_profiled(d, made.cuts, catalogue) for d in dialogues]
    return made


def write(made: Prepared, folder: Path, catalogue: Catalogue) -> dict[str, object]:
    """Write the folder, `prepared.json` last: its being there means that all is. Returns it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "prepared.json").unlink(missing_ok=True)
    digest = hashlib.sha256()
    for part in PARTS:
        with (folder / f"{part}.jsonl").open("w", encoding="utf-8") as lines:
            for dialogue in made.parts[part]:
                line = dialogue.model_dump_json(exclude_defaults=True) + "\n"
                lines.write(line)
                digest.update(line.encode())
    near = neighbours(made.parts["train"], catalogue)
    (folder / "neighbours.json").write_text(json.dumps(near, separators=(",", ":")) + "\n")
    about: dict[str, object] = {
        "dialogues": {
            part: dict(Counter(d.provenance.corpus for d in made.parts[part])) for part in PARTS
        },
        "with_scenario": {
            part: sum(d.scenario is not None for d in made.parts[part]) for part in PARTS
        },
        "left_out": {corpus: dict(reasons) for corpus, reasons in made.left_out.items()},
        "cuts": made.cuts.at,
        "sha256": digest.hexdigest(),
    }
    (folder / "prepared.json").write_text(json.dumps(about, indent=1) + "\n")
    return about


def listed(made: Prepared) -> Iterator[Listed]:
    """What is not trained on, for a list that keeps it so: sources and scenarios, no text."""
    for part in ("held_out", "validation"):
        for dialogue in made.parts[part]:
            scenario = dialogue.scenario if part == "held_out" else None
            if scenario:
                brief = scenario.brief.model_copy(update={"summary": ""})
                scenario = scenario.model_copy(update={"brief": brief})
            yield Listed(source=key(dialogue), part=part, scenario=scenario)


def read_part(folder: Path, part: str) -> list[Dialogue]:
    """The dialogues of one part of a prepared folder. Raises FileNotFoundError."""
    with (folder / f"{part}.jsonl").open(encoding="utf-8") as lines:
        return [Dialogue.model_validate_json(line) for line in lines]


def key(dialogue: Dialogue) -> str:
    """What a list of held-out dialogues names a dialogue by."""
    return f"{dialogue.provenance.corpus}:{dialogue.provenance.source_id}"


def profile(dialogue: Dialogue, role: Role) -> dict[str, str]:
    """The session variables of a speaker, as labelled."""
    profiles = dialogue.provenance.notes.get("profile")
    found = profiles.get(role.value) if isinstance(profiles, dict) else None
    return {k: str(v) for k, v in found.items()} if isinstance(found, dict) else {}


def neighbours(dialogues: Iterable[Dialogue], catalogue: Catalogue) -> dict[str, dict[str, float]]:
    """Film -> films that the same dialogues of people name, by cosine of their co-occurrence.

    n_ab / sqrt((n_a + 2)(n_b + 2)): damped, so that films named once do not come first.
    """
    together: dict[str, Counter[str]] = defaultdict(Counter)
    alone: Counter[str] = Counter()
    for dialogue in dialogues:
        if dialogue.seeker.origin is not Origin.HUMAN:
            continue
        films = {
            catalogue.get(mention.item).id
            for turn in dialogue.turns
            for mention in turn.mentions
            if mention.item in catalogue and mention.item
        }
        alone.update(films)
        for film in films:
            together[film].update(films - {film})
    return {
        film: {
            other: round(n / math.sqrt((alone[film] + 2) * (alone[other] + 2)), 3)
            for other, n in sorted(others.items(), key=lambda pair: (-pair[1], pair[0]))[
                :NEIGHBOURS
            ]
        }
        for film, others in sorted(together.items())
    }


def _labelled(
    dialogues: Iterable[Dialogue], catalogue: Catalogue, left_out: Counter[str]
) -> Iterator[Dialogue]:
    for dialogue in dialogues:
        notes = dialogue.provenance.notes
        if notes.get("topic") not in {None, "movie"}:
            left_out["another domain than films"] += 1
            continue
        given = notes.get("initiator_form")
        form = given if isinstance(given, dict) else {}
        turns = Labeller(catalogue, form).label(dialogue.turns)  # type: ignore[arg-type]
        if len({turn.role for turn in turns}) < 2 or len(turns) < 4:
            left_out["fewer than four turns, or one speaker"] += 1
            continue
        scenario, why = scenario_of(turns, form, catalogue, dialogue.id)  # type: ignore[arg-type]
        if why:
            left_out[f"kept without scenario: {why}"] += 1
        yield dialogue.model_copy(update={"turns": tuple(turns), "scenario": scenario})


def _split(
    dialogues: Sequence[Dialogue], seed: int, keep: Mapping[str, str]
) -> dict[str, list[Dialogue]]:
    if not any(key(d) in keep for d in dialogues):
        return split(dialogues, seed)
    found: dict[str, list[Dialogue]] = {part: [] for part in PARTS}
    for dialogue in dialogues:
        found[keep.get(key(dialogue), "train")].append(dialogue)
    return found


def _measured(dialogues: Iterable[Dialogue], catalogue: Catalogue) -> dict[Role, list[Measures]]:
    found: dict[Role, list[Measures]] = {role: [] for role in Role}
    for dialogue in dialogues:
        for role in Role:
            if measures := measure(dialogue.turns, role, catalogue):
                found[role].append(measures)
    return found


def _profiled(dialogue: Dialogue, cuts: Cuts, catalogue: Catalogue) -> Dialogue:
    profiles = {
        role.value: cuts.levels(role, measure(dialogue.turns, role, catalogue)) for role in Role
    }
    if leaning := leaning_of(dialogue, catalogue):
        profiles[Role.SEEKER.value]["leaning"] = leaning
    return _noted(dialogue, profile=profiles)


def leaning_of(dialogue: Dialogue, catalogue: Catalogue) -> str | None:
    """The genre that most films the seeker named or accepted have, if two or more do."""
    named = {
        item
        for turn in dialogue.turns_of(Role.SEEKER)
        for item in [m.item for m in turn.mentions] + [i for a in turn.acts for i in a.items]
        if item and item in catalogue
    }
    genres = Counter(g for i in sorted(named) for g in catalogue.get(i).values.get("genre", ()))
    best = genres.most_common(1)
    return best[0][0] if best and best[0][1] >= 2 else None


def _noted(dialogue: Dialogue, **notes: object) -> Dialogue:
    provenance = dialogue.provenance
    added = provenance.model_copy(update={"notes": {**provenance.notes, **notes}})
    return dialogue.model_copy(update={"provenance": added})
