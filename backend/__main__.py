"""Command line of the back end: `python -m backend --help`."""

import typer

from backend.commands.backup import backup
from backend.commands.blind_count import blind_count
from backend.commands.blind_sheet import blind_sheet
from backend.commands.check_acts import check_acts
from backend.commands.check_chats import check_chats
from backend.commands.check_coherence import check_coherence
from backend.commands.check_memorised import check_memorised
from backend.commands.demo import demo
from backend.commands.evaluate_simulators import evaluate
from backend.commands.graft import graft
from backend.commands.holistic import holistic
from backend.commands.import_corpus import import_corpus
from backend.commands.mean_scores import mean_scores
from backend.commands.pace import pace
from backend.commands.prepare import prepare
from backend.commands.ready_models import ready_models
from backend.commands.realism import realism
from backend.commands.restore import restore
from backend.commands.score import score
from backend.commands.simulate import simulate
from backend.commands.train import train
from backend.commands.train_choice import train_choice
from backend.commands.train_coherence import train_coherence

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.command("demo")(demo)
app.command("ready-models")(ready_models)
app.command("import")(import_corpus)
app.command("simulate")(simulate)
app.command("graft")(graft)
app.command("pace")(pace)
app.command("score")(score)
app.command("mean-scores")(mean_scores)
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
