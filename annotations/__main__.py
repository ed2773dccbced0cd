"""Command line of the annotations: `python -m annotations load | studies | analyse | ...`."""

import typer

from annotations import command
from annotations.correlate_command import correlate_command
from annotations.crowd_command import invite, keep_no_longer, vet, withdraw
from annotations.monitor_command import monitor
from annotations.power_command import power_command
from annotations.realism_command import realism_command
from annotations.staff_command import app as staff_app

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
for verb in (
    command.load,
    command.studies,
    command.analyse,
    command.export,
    command.rehearse,
    command.exclude,
):
    app.command()(verb)
app.add_typer(staff_app, name="staff")
app.command()(vet)
app.command()(invite)
app.command()(withdraw)
app.command()(monitor)
app.command("keep-no-longer")(keep_no_longer)
app.command("correlate")(correlate_command)
app.command("power")(power_command)
app.command("realism")(realism_command)

if __name__ == "__main__":
    app(prog_name="python -m annotations")
