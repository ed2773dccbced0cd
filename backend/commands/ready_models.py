"""The `ready-models` command: prepare the shipped models before the app is used."""

import typer

from backend.engines import EngineUnavailable
from backend.engines.base_model import base_folder
from backend.simulators.checkpoints import CHECKPOINTS


def ready_models() -> None:
    """Convert the language model and both adapters once, for the fast engine on a CPU.

    A later start finds them there. Without the package that carries the model, it says what to
    install and does no harm: the template simulators need none.
    """
    from backend.engines.openvino_files import quantised, takes

    try:
        base_folder(lambda step: typer.echo(f"language model: {step}"))
        for folder in sorted(path for path in CHECKPOINTS.iterdir() if takes(str(path))):
            quantised(str(folder), lambda name: typer.echo(f"language model: preparing {name}"))
    except EngineUnavailable as error:
        typer.echo(f"The simulators with a language model can't run: {error}", err=True)
