"""Command line of the back end: `python -m backend --help`."""

import typer

from backend.backups_command import backup, restore
from backend.conversations.command import simulate
from backend.conversations.graft_command import graft
from backend.conversations.pace_command import pace
from backend.corpora.command import import_corpus
from backend.demo import demo
from backend.evaluation.acts import check_acts
from backend.evaluation.blind_command import blind_count, blind_sheet
from backend.evaluation.chats_command import check_chats
from backend.evaluation.coherence_command import check_coherence
from backend.evaluation.command import evaluate
from backend.evaluation.holistic_command import holistic
from backend.evaluation.memorised import check_memorised
from backend.metrics.command import score
from backend.metrics.summary import scores
from backend.realism.command import realism
from backend.simulators.models_command import ready_models
from backend.training.coherence_command import train_coherence
from backend.training.prepare_command import prepare
from backend.training.train_command import train, train_choice

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.command("demo")(demo)
app.command("ready-models")(ready_models)
app.command("import")(import_corpus)
app.command("simulate")(simulate)
app.command("graft")(graft)
app.command("pace")(pace)
app.command("score")(score)
app.command("scores")(scores)
app.command("realism")(realism)
app.command("evaluate-simulators")(evaluate)
app.command("holistic")(holistic)
app.command("check-acts")(check_acts)
app.command("check-chats")(check_chats)
app.command("check-coherence")(check_coherence)
app.command("blind-sheet")(blind_sheet)
app.command("blind-count")(blind_count)
app.command("check-memorised")(check_memorised)
app.command("prepare")(prepare)
app.command("train")(train)
app.command("train-choice")(train_choice)
app.command("train-coherence")(train_coherence)
app.command("backup")(backup)
app.command("restore")(restore)

if __name__ == "__main__":
    app(prog_name="python -m backend")
