"""The Realism page: raters, a trained discriminator, and an ensemble of classifiers."""

import json

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from annotations import records
from annotations.validity.crowd_realism import Compared, comparisons, crowd_realism
from backend.pool import DialogueFilter, Pool
from backend.realism.compare import Realism
from backend.realism.discriminator import DISCRIMINATOR
from backend.statistics.estimate import methods
from pages import look
from pages.prose import label, visible
from pages.resources import database
from pages.staff import crowds
from pages.staff.figures import BLUE, GREY
from pages.staff.one_dialogue import show

look.page("Realism · Uncanny")

_COMMAND = "python -m backend realism --real corpus=redial --simulated mine:seeker_system=interplay"


def empty() -> None:
    """How to make a first comparison."""
    st.info(
        "No two sets have been compared yet. Run this beside the app:", icon=":material/balance:"
    )
    st.code(_COMMAND, language="bash")
    st.caption("It takes a minute or two, and what it finds appears here.")


def told(which: DialogueFilter) -> str:
    """A filter in a line."""
    found = which.model_dump(exclude_none=True, mode="json")
    parts = (f"{k} {', '.join(v) if isinstance(v, list) else v}" for k, v in found.items())
    return "; ".join(parts) or "all dialogues"


def raters(one: Compared) -> None:
    """What raters of a study made of these systems."""
    st.subheader("Raters", anchor=False)
    names = records.study_names(database())
    if not names:
        st.caption("No study is loaded.")
        return
    study = st.selectbox("Study", names, key="realism-study")
    crowd = crowds.choose(study, key="realism-crowd")
    crowds.marks(study, crowd)
    seen = crowd_realism(database(), study, one.systems, crowd=crowd)
    if not seen:
        st.caption(
            "Missing: these raters have not judged this set in a task that asks who is human."
        )
        return
    st.dataframe(
        pd.DataFrame(
            {
                "task": task,
                "system": e.group,
                "quantity": e.quantity,
                "value": e.value,
                "low": e.low,
                "high": e.high,
                "n": e.n,
                "note": e.missing or e.interval_missing or "",
            }
            for task, e in seen
        ),
        hide_index=True,
        column_config={
            name: st.column_config.NumberColumn(format="%.2f") for name in ("value", "low", "high")
        },
    )


def discriminator(found: Realism) -> None:
    """Areas under the curve, the discriminator's beside its controls."""
    st.subheader("A trained discriminator", anchor=False)
    known = {name: f for name, f in found.discrimination.items() if f.value is not None}
    values = [f.value or 0.5 for f in known.values()]
    figure = go.Figure(
        go.Scatter(
            x=values,
            y=list(known),
            mode="markers",
            marker={
                "size": 11,
                "color": [BLUE if name == DISCRIMINATOR else GREY for name in known],
            },
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [(f.high or v) - v for f, v in zip(known.values(), values, strict=True)],
                "arrayminus": [
                    v - (f.low or v) for f, v in zip(known.values(), values, strict=True)
                ],
            },
            hovertemplate="%{y}: %{x:.2f}<extra></extra>",
        )
    )
    figure.add_vline(x=0.5, line_dash="dot", line_color=GREY)
    figure.update_layout(
        height=80 + 34 * len(known),
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        xaxis={"title": "AUC", "range": [0.3, 1.02]},
        yaxis={"autorange": "reversed", "automargin": True},
    )
    st.plotly_chart(figure, key="auc", config={"displayModeBar": False})
    st.caption(
        "Cross-validated area under the ROC curve; 0.5 is chance. If length and format alone reach "
        f"the discriminator, there is little more to it. n = {found.dialogues[0]:,} real and "
        f"{found.dialogues[1]:,} simulated dialogues.  \n"
        + "  \n".join(methods(found.discrimination.items()))
    )
    for name, figure_ in found.discrimination.items():
        if figure_.value is None:
            st.caption(label(f"{name}: missing, {figure_.missing}"))


def ensemble(found: Realism) -> None:
    """Divergences per classifier, and the coverage."""
    st.subheader("An ensemble of classifiers", anchor=False)
    st.dataframe(
        pd.DataFrame(
            {
                "classifier": d.classifier,
                "divergence": d.divergence,
                "floor": d.floor,
                "p": d.p,
                "turns, real": d.n[0],
                "turns, simulated": d.n[1],
            }
            for d in found.divergences
        ),
        hide_index=True,
        column_config={
            name: st.column_config.NumberColumn(format="%.3f")
            for name in ("divergence", "floor", "p")
        },
    )
    st.caption(
        "Jensen-Shannon divergence of what is done, meant and felt on both sides (bits); floor: of "
        "two halves of the real side; p: dialogues permuted between the sides."
    )
    name = st.selectbox("Shares by", [d.classifier for d in found.divergences], key="shares")
    shares = next(d.shares for d in found.divergences if d.classifier == name)
    figure = go.Figure(
        [
            go.Bar(
                y=list(shares),
                x=[s[at] for s in shares.values()],
                name=side,
                orientation="h",
                marker_color=colour,
            )
            for at, side, colour in ((0, "real", GREY), (1, "simulated", BLUE))
        ]
    )
    figure.update_layout(
        height=100 + 30 * len(shares),
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        yaxis={"autorange": "reversed", "automargin": True},
        xaxis_title="share of turns",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
    )
    st.plotly_chart(figure, key="shares-drawn", config={"displayModeBar": False})
    cover = found.coverage
    st.metric(
        "Coverage of act × topic × sentiment",
        f"{cover.share:.0%}",
        help=f"Of {cover.turns:,} real turns in {cover.cells} cells, those whose cell simulated "
        f"turns reach. One half of the real side reaches {cover.floor:.0%} of the other.",
    )


def give_aways(found: Realism) -> None:
    """What tells the sides apart, with dialogues to read."""
    st.subheader("What gives the simulator away", anchor=False)
    rows = pd.DataFrame(
        {
            "speaks for": "simulated" if g.weight > 0 else "real",
            "feature": g.feature,
            "real": g.real,
            "simulated": g.simulated,
            "weight": g.weight,
        }
        for g in found.giveaways
    )
    picked = st.dataframe(
        rows,
        hide_index=True,
        selection_mode="single-row",
        on_select="rerun",
        key="giveaways",
        column_config={
            name: st.column_config.NumberColumn(format="%.2f")
            for name in ("real", "simulated", "weight")
        },
    )
    st.caption(
        "Words: the share of dialogues that hold them. Habits: the mean measure. Choose a row to "
        "read an example."
    )
    for at in picked["selection"]["rows"]:
        chosen = found.giveaways[at]
        if not chosen.examples:
            st.caption("No example.")
            continue
        number = st.segmented_control(
            "Example", range(1, len(chosen.examples) + 1), default=1, key=f"example-{at}"
        )
        dialogue, turn = chosen.examples[(number or 1) - 1]
        if turn is not None:
            st.caption(f"In the {found.role}'s message {turn + 1}.")
        show(Pool(database()).get(dialogue))


st.title("Realism", anchor=False)
st.caption(
    "Could a simulated seeker pass for a person? Asked three ways, because each is blind to "
    "something: raters, a machine trained to tell, and what is said, meant and felt, counted."
)
kept = comparisons(database())
if not kept:
    empty()
    st.stop()
chosen = st.selectbox(
    "Comparison", kept, format_func=lambda one: f"{one.name} · {told(one.real)}", key="comparison"
)
result = Realism.from_json(json.dumps(chosen.body))
st.text(visible(f"{result.role}s: {told(chosen.real)} against {told(chosen.simulated)}"))
left, right = st.columns(2)
with left:
    raters(chosen)
    discriminator(result)
with right:
    ensemble(result)
give_aways(result)
