"""Command line of the annotations: `python -m annotations load | studies | analyse | ...`."""

import typer

from annotations.commands import studies
from annotations.commands.compare_realism import compare_realism
from annotations.commands.correlate import correlate_command
from annotations.commands.crowd import invite, keep_no_longer, vet, withdraw
from annotations.commands.delete import delete
from annotations.commands.monitor import monitor
from annotations.commands.power import power_command
from annotations.commands.staff import app as staff_app

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
for verb in (
    studies.load,
    studies.studies,
    studies.analyse,
    studies.export,
    studies.rehearse,
    studies.exclude,
):
    app.command()(verb)
app.command()(delete)
app.add_typer(staff_app, name="staff")
app.command()(vet)
app.command()(invite)
app.command()(withdraw)
app.command()(monitor)
app.command("keep-no-longer")(keep_no_longer)
app.command("correlate")(correlate_command)
app.command("power")(power_command)
app.command("compare-realism")(compare_realism)

if __name__ == "__main__":
    app(prog_name="python -m annotations")
