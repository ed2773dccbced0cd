"""Command line of the back end: `python -m backend demo | import | simulate`."""

import typer

from backend.corpora.command import import_corpus
from backend.demo import demo
from backend.simulators.command import simulate

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.command("demo")(demo)
app.command("import")(import_corpus)
app.command("simulate")(simulate)

if __name__ == "__main__":
    app(prog_name="python -m backend")
