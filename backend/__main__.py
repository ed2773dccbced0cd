"""Command line of the back end: `python -m backend --help`."""

from backend.lazy_commands import lazy_app

#: Each command and the place of its function. To add one, add a file and a line.
COMMANDS = {
    "demo": "backend.commands.demo:demo",
    "ready-models": "backend.commands.ready_models:ready_models",
    "import": "backend.commands.import_corpus:import_corpus",
    "simulate": "backend.commands.simulate:simulate",
    "graft": "backend.commands.graft:graft",
    "pace": "backend.commands.pace:pace",
    "score": "backend.commands.score:score",
    "mean-scores": "backend.commands.mean_scores:mean_scores",
    "realism": "backend.commands.realism:realism",
    "evaluate-simulators": "backend.commands.evaluate_simulators:evaluate",
    "holistic": "backend.commands.holistic:holistic",
    "check-acts": "backend.commands.check_acts:check_acts",
    "check-chats": "backend.commands.check_chats:check_chats",
    "check-coherence": "backend.commands.check_coherence:check_coherence",
    "blind-sheet": "backend.commands.blind_sheet:blind_sheet",
    "blind-count": "backend.commands.blind_count:blind_count",
    "check-memorised": "backend.commands.check_memorised:check_memorised",
    "prepare": "backend.commands.prepare:prepare",
    "train": "backend.commands.train:train",
    "train-choice": "backend.commands.train_choice:train_choice",
    "train-coherence": "backend.commands.train_coherence:train_coherence",
    "backup": "backend.commands.backup:backup",
    "restore": "backend.commands.restore:restore",
}

app = lazy_app(COMMANDS, "Make, import and measure dialogues.")

if __name__ == "__main__":
    app(prog_name="python -m backend")
