"""Command line of the annotations: `python -m annotations load | studies | analyse | ...`."""

from backend.lazy_commands import lazy_app

#: Each command and the place of its function. To add one, add a file and a line.
COMMANDS = {
    "load": "annotations.commands.studies:load",
    "studies": "annotations.commands.studies:studies",
    "analyse": "annotations.commands.studies:analyse",
    "export": "annotations.commands.studies:export",
    "rehearse": "annotations.commands.studies:rehearse",
    "exclude": "annotations.commands.studies:exclude",
    "delete": "annotations.commands.delete:delete",
    "staff": "annotations.commands.staff:app",
    "vet": "annotations.commands.crowd:vet",
    "invite": "annotations.commands.crowd:invite",
    "withdraw": "annotations.commands.crowd:withdraw",
    "monitor": "annotations.commands.monitor:monitor",
    "keep-no-longer": "annotations.commands.crowd:keep_no_longer",
    "correlate": "annotations.commands.correlate:correlate_command",
    "power": "annotations.commands.power:power_command",
    "compare-realism": "annotations.commands.compare_realism:compare_realism",
}

app = lazy_app(COMMANDS, "Run studies, and analyse what people judged.")

if __name__ == "__main__":
    app(prog_name="python -m annotations")
