"""DialogueKit's JSON, as UserSimCRS writes it: read and write (github.com/iai-group/DialogueKit).

    {"conversation ID": "1", "agent": {"id": "Bot"}, "user": {"id": "U"}, "conversation":
      [{"participant": "USER", "utterance": "Hello", "dialogue_acts": [{"intent": "GREETINGS"}]}]}

A file is an array of dialogues: `conversation ID`, `agent` and `user` with their ids, `metadata`,
and `conversation`, utterances by AGENT or USER with `dialogue_acts` (intent, slot_values). Fields
that a dialogue here lacks go to provenance notes; fields that the format lacks go to
`metadata.uncanny`. So neither reading nor writing loses data.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, Field, JsonValue

from backend.corpora import ImportReport
from backend.corpora.reading import Raw, entries, find, json_items, numbered, require_any
from backend.dialogue import (
    IARD_ACTS,
    Act,
    ActKind,
    Attribute,
    Dialogue,
    Origin,
    Player,
    Provenance,
    Role,
    System,
    Turn,
)
from backend.pool import Entry

CORPUS = "dialoguekit"
LICENCE = "unknown (the file does not say)"
FILES = ("*.json",)

PARTICIPANTS = {"USER": Role.SEEKER, "AGENT": Role.RECOMMENDER}

#: Intents of DialogueKit's and UserSimCRS's own domains, lower case; IARD codes and our own act
#: kinds are understood too.
INTENTS: dict[Role, dict[str, ActKind]] = {
    Role.SEEKER: {
        "greeting": ActKind.GREET,
        "disclose.non-disclose": ActKind.GREET,
        "disclose": ActKind.DISCLOSE,
        "disclose_opinion": ActKind.DISCLOSE,
        "reveal": ActKind.DISCLOSE,
        "note.like": ActKind.DISCLOSE,
        "note.dislike": ActKind.DISCLOSE,
        "note.yes": ActKind.SEEN,
        "inquire": ActKind.INQUIRE,
        "accept_recommendation": ActKind.ACCEPT,
        "reject_recommendation": ActKind.REJECT,
        "dont-know": ActKind.CHAT,
        "complete": ActKind.BYE,
        "goodbye": ActKind.BYE,
    },
    Role.RECOMMENDER: {
        "greeting": ActKind.GREET,
        "reveal.disclose": ActKind.GREET,
        "inquire": ActKind.ELICIT,
        "recommend": ActKind.RECOMMEND,
        "exit": ActKind.BYE,
        "end": ActKind.BYE,
        "goodbye": ActKind.BYE,
    },
}


class RawAct(Raw):
    """An intent (may be empty) and the slots it fills, [slot, value, start, end] each."""

    intent: str | None = None
    slot_values: tuple[tuple[Any, ...], ...] = ()


class RawUtterance(Raw):
    """One utterance; other fields are kept in `model_extra`."""

    model_config = ConfigDict(extra="allow")

    participant: Literal["AGENT", "USER"]
    utterance: str
    dialogue_acts: tuple[RawAct, ...] = ()


class RawParticipant(Raw):
    """Who spoke. `origin` is our extension; the format has no word for it."""

    id: str = Field(min_length=1)
    origin: Origin | None = None


class RawDialogue(Raw):
    """One dialogue of a DialogueKit file."""

    id: str = Field(alias="conversation ID")
    conversation: tuple[RawUtterance, ...]
    agent: RawParticipant = RawParticipant(id="Agent")
    user: RawParticipant = RawParticipant(id="User")
    metadata: dict[str, Any] = Field(default_factory=dict)


def read(path: Path, report: ImportReport) -> Iterator[Entry]:
    """Dialogues of a DialogueKit file, or of all of a folder's. Raises CorpusError.

    The format does not say who is human: a participant is taken for a system named by its id
    unless it has `"origin": "human"`. Files of `write` bring their own provenance back.
    """
    for file in find(path, CORPUS, FILES):
        convert = partial(_entry, file=file, report=report)
        yield from entries(numbered(json_items(file, report)), convert, report)
    require_any(report, path, CORPUS, "a JSON array of dialogues with conversation and agent")


def write(dialogues: Iterable[Dialogue], path: Path) -> int:
    """Write a DialogueKit file, one dialogue in memory at a time; the number written."""
    count = 0
    with path.open("w", encoding="utf-8") as out:
        out.write("[")
        for count, dialogue in enumerate(dialogues, 1):
            out.write("\n" if count == 1 else ",\n")
            json.dump(_as_dialoguekit(dialogue), out, ensure_ascii=False)
        out.write("\n]\n")
    return count


def turns(record: RawDialogue) -> tuple[Turn, ...]:
    """The utterances as turns, texts untouched, with the acts whose intent is known."""
    return tuple(
        Turn(
            role=PARTICIPANTS[utterance.participant],
            text=utterance.utterance,
            acts=_acts(utterance),
        )
        for utterance in record.conversation
    )


def _entry(numbered_value: tuple[int, Any], file: Path, report: ImportReport) -> Entry:
    index, value = numbered_value
    record = RawDialogue.model_validate(value)
    ours = _dict(record.metadata.get("uncanny"))
    facts = ours.get("turns")
    if isinstance(facts, list) and len(facts) == len(record.conversation):
        return Entry(dialogue=_restored(ours, record))
    if ours:
        report.note("utterances added or removed elsewhere: our own metadata no longer fits")
    for name, participant in (("user", record.user), ("agent", record.agent)):
        if participant.origin is None:
            report.note(f"origin of the {name} not said, taken as a system of that name")
    return Entry(
        dialogue=Dialogue(
            turns=turns(record),
            seeker=_player(record.user),
            recommender=_player(record.agent),
            provenance=Provenance(
                corpus=CORPUS,
                # DialogueKit's ids are often times in seconds, which two dialogues may share.
                source_id=f"{file.stem}:{index}:{record.id}",
                licence=LICENCE,
                notes={"dialoguekit": _leftovers(value, record)},
            ),
        )
    )


def _restored(ours: Mapping[str, Any], record: RawDialogue) -> Dialogue:
    """A dialogue that `write` wrote. Role and text count as they stand in the utterances."""
    return Dialogue.model_validate(
        {
            **ours,
            "turns": [
                {**_dict(turn), "role": PARTICIPANTS[said.participant], "text": said.utterance}
                for turn, said in zip(ours["turns"], record.conversation, strict=True)
            ],
        }
    )


def _player(participant: RawParticipant) -> Player:
    if participant.origin in (Origin.HUMAN, Origin.AUTHORED):
        return Player(origin=participant.origin, person=f"{CORPUS}:{participant.id}")
    system = System(name=participant.id, simulator="external")
    return Player(origin=Origin.SIMULATED, system=system)


def _acts(utterance: RawUtterance) -> tuple[Act, ...]:
    role = PARTICIPANTS[utterance.participant]
    return tuple(
        Act(
            kind=kind,
            code=act.intent,
            attributes=tuple(
                Attribute(name=slot[0], value=slot[1])
                for slot in act.slot_values
                if len(slot) >= 2 and all(isinstance(x, str) and x for x in slot[:2])
            ),
        )
        for act in utterance.dialogue_acts
        if (kind := _kind(role, act.intent or ""))
    )


def _kind(role: Role, intent: str) -> ActKind | None:
    name = intent.lower()
    if name in set(ActKind):
        return INTENTS[role].get(name) or ActKind(name)
    return INTENTS[role].get(name) or IARD_ACTS[role].get(intent) or _top_level(role, name)


def _top_level(role: Role, intent: str) -> ActKind | None:
    """The kind of `REVEAL` for `REVEAL.REFINE`, where only that is known."""
    head, dot, _ = intent.partition(".")
    return INTENTS[role].get(head) if dot else None


def _leftovers(value: Mapping[str, Any], record: RawDialogue) -> dict[str, JsonValue]:
    """The source's fields that `_as_dialoguekit` could not make again from the dialogue."""
    utterances: dict[str, JsonValue] = {}
    for index, (raw, said) in enumerate(
        zip(value["conversation"], record.conversation, strict=True)
    ):
        rest = {k: v for k, v in raw.items() if k not in ("participant", "utterance")}
        if rest.get("dialogue_acts") == _acts_as_dialoguekit(_acts(said)):
            del rest["dialogue_acts"]
        if rest:
            utterances[str(index)] = rest
    fields = {k: v for k, v in value.items() if k != "conversation"}
    metadata = {k: v for k, v in record.metadata.items() if k != "uncanny"}
    if "metadata" in fields:
        fields["metadata"] = metadata
    return {"fields": fields, "utterances": utterances}


def _as_dialoguekit(dialogue: Dialogue) -> dict[str, Any]:
    source = dialogue.provenance.notes.get("dialoguekit")
    kept = source if isinstance(source, dict) else {}
    rest = _dict(kept.get("utterances"))
    names = {role: name for name, role in PARTICIPANTS.items()}
    fields: dict[str, Any] = {
        "conversation ID": dialogue.provenance.source_id,
        "conversation": [
            {
                "participant": names[turn.role],
                "utterance": turn.text,
                "dialogue_acts": _acts_as_dialoguekit(turn.acts),
                **_dict(rest.get(str(index))),
            }
            for index, turn in enumerate(dialogue.turns)
        ],
        "agent": _participant(dialogue.recommender, "AGENT"),
        "user": _participant(dialogue.seeker, "USER"),
        **_dict(kept.get("fields")),
    }
    ours = dialogue.model_dump(
        mode="json", exclude_defaults=True, exclude={"turns": {"__all__": {"role", "text"}}}
    )
    fields["metadata"] = {**_dict(fields.get("metadata")), "uncanny": ours}
    return fields


def _participant(player: Player, kind: str) -> dict[str, str]:
    name = player.system.name if player.system else player.person or kind.title()
    return {"id": name, "type": kind, "origin": player.origin.value}


def _acts_as_dialoguekit(acts: Iterable[Act]) -> list[dict[str, Any]]:
    return [
        {
            "intent": act.code or act.kind.value,
            "slot_values": [[a.name, a.value] for a in act.attributes],
        }
        for act in acts
    ]


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
