"""A study for `tests.load`: the demo's dialogues, tasks of every layout but chats, much room."""

from pathlib import Path

from annotations.setup import open_database, set_up
from annotations.study import load
from backend import demo
from backend.pool import Pool

#: Judgments a unit. The first task is short of them on purpose: it fills up during the run, and
#: late-comers must neither over-fill it nor be stopped by it.
SCARCE, PLENTY = 3, 400

#: Screens of each task a rater is given.
SCREENS = 4


def prepare(path: Path) -> str:
    """Make the database with the study and nobody in it; returns the study's name."""
    database = open_database(path)
    demo.fill(Pool(database))
    study = load("demo")
    tasks = [task for task in study.tasks if task.kind != "chat"]
    first, *rest = tasks
    study = study.model_copy(
        update={
            "name": "load",
            "tasks": tuple(
                task.model_copy(update={"judgments_per_unit": wanted, "units_per_rater": SCREENS})
                for task, wanted in [(first, SCARCE), *((task, PLENTY) for task in rest)]
            ),
        }
    )
    set_up(database, study)
    database.close()
    return study.name
