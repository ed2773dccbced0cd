"""Task kinds, one file each. To add one, add a `TaskBase` subclass and a line in `TASKS`."""

import pkgutil
from typing import TYPE_CHECKING, Annotated, Union

from pydantic import Field

from annotations.tasks.base import TaskBase

TASKS: dict[str, str] = {
    "chat": "annotations.tasks.chat:Chat",
    "compare": "annotations.tasks.compare:Compare",
    "identify": "annotations.tasks.identify:Identify",
    "locate": "annotations.tasks.locate:Locate",
    "interrogate": "annotations.tasks.interrogate:Interrogate",
    "prefer": "annotations.tasks.prefer:Prefer",
    "questionnaire": "annotations.tasks.questionnaire:Questionnaire",
    "rate": "annotations.tasks.rate:Rate",
}

if TYPE_CHECKING:
    Task = TaskBase
else:
    _KINDS = tuple(pkgutil.resolve_name(path) for path in TASKS.values())
    #: Any registered task, told apart by its `kind`.
    Task = Annotated[Union[_KINDS], Field(discriminator="kind")]  # noqa: UP007
