"""Reader of `chats/`: chats typed by a person, with requirements on a good reply.

A case is one message or a whole chat, typed to a simulator of one role. What is wanted of a reply
is a closed set of checks (`reply_checks.py`). The messages were written for this project.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from backend.catalogue import Catalogue
from backend.conversations.talk import next_turn, view_of
from backend.dialogue import Attribute, Brief, Role, Turn
from backend.evaluation.reply_arguments import wrong_argument, wrong_wish
from backend.evaluation.reply_checks import CHECKS, Failed, failures
from backend.simulators import Simulator, SimulatorError

FOLDER = Path(__file__).with_name("chats")


class ChatsError(Exception):
    """A file of chats can't be read; the message says which, where and why."""


class TypedMessage(BaseModel):
    """What the person types, and what is wanted of the reply: check -> its argument."""

    model_config = ConfigDict(extra="forbid")

    say: str
    wants: dict[str, Any] = Field(default_factory=dict)


class Case(BaseModel):
    """Messages to a simulator of one role; `before` are turns that were said already.

    `wish` are the attributes that a seeker wishes for, as `genre: horror`.
    """

    model_config = ConfigDict(extra="forbid")

    id: str
    role: Role
    wish: dict[str, str] = Field(default_factory=dict)
    before: list[dict[Role, str]] = Field(default_factory=list)
    messages: list[TypedMessage] = Field(min_length=1)

    @property
    def is_chat(self) -> bool:
        """Whether it is a whole chat, and no single message."""
        return len(self.messages) > 1

    @property
    def brief(self) -> Brief:
        """The wish of a seeker, in words and attributes."""
        attributes = tuple(Attribute(name=name, value=value) for name, value in self.wish.items())
        return Brief(summary=", ".join(self.wish.values()), attributes=attributes)

    def turns_before(self) -> list[Turn]:
        """What was said already."""
        return [Turn(role=role, text=text) for one in self.before for role, text in one.items()]


class Answered(BaseModel):
    """A reply to one message of a case, None where there is none, and the checks that it fails."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    case: Case
    message: TypedMessage
    reply: Turn | None
    failed: list[Failed]


def cases(folder: Path = FOLDER) -> list[Case]:
    """All cases of a folder's YAML files. Raises ChatsError."""
    found = [case for path in sorted(folder.glob("*.yaml")) for case in _read(path)]
    ids = [case.id for case in found]
    if twice := {id_ for id_ in ids if ids.count(id_) > 1}:
        raise ChatsError(f"{folder}: two cases are called {min(twice)!r}")
    return found


def _read(path: Path) -> Iterator[Case]:
    try:
        entries = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise ChatsError(f"{path}: {error}") from error
    if not isinstance(entries, list):
        raise ChatsError(f"{path} is to be a list of cases")
    for number, entry in enumerate(entries, start=1):
        try:
            case = Case.model_validate(entry)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            raise ChatsError(f"{path}, case {number}: {where}: {first['msg']}") from error
        if why := _fault(case):
            raise ChatsError(f"{path}, case {case.id}: {why}")
        yield case


def _fault(case: Case) -> str:
    """What is wrong with a case that has the right form, or ''."""
    catalogue = Catalogue.load()
    if why := wrong_wish(case.wish, catalogue):
        return f"wish: {why}"
    for message in case.messages:
        if unknown := set(message.wants) - set(CHECKS):
            return f"no check {min(unknown)!r}; there are {', '.join(CHECKS)}"
        for check, wanted in message.wants.items():
            if why := wrong_argument(check, wanted, catalogue):
                return f"{check}: {why}"
    return ""


def play(case: Case, simulator: Simulator, catalogue: Catalogue, seed: int) -> list[Answered]:
    """The replies of a simulator to a case, one after another, as far as it replies."""
    turns = case.turns_before()
    found = []
    for message in case.messages:
        turns.append(Turn(role=case.role.other, text=message.say))
        view = view_of(simulator, case.role, case.brief, turns, ())
        try:
            reply = next_turn(simulator, view, case.role, seed=seed)
        except SimulatorError as error:
            # What was wanted of a reply that isn't there was not met.
            failed = [Failed("replies", str(error))]
            failed += [Failed(name, str(wanted)) for name, wanted in message.wants.items()]
            found.append(Answered(case=case, message=message, reply=None, failed=failed))
            break
        failed = failures(message.wants, reply, turns, catalogue)
        found.append(Answered(case=case, message=message, reply=reply, failed=failed))
        turns.append(reply)
    return found
