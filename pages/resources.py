"""What pages share for the life of the process: the database, and simulators to chat with."""

import json
import os
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import streamlit as st

from annotations.setup import open_database
from annotations.study import Study
from annotations.tasks.base import Partner
from backend.conversations.replies import Replies
from backend.database import Database, default_path
from backend.dialogue import Role
from backend.simulators import Simulator, SimulatorError, simulator


@st.cache_resource(show_spinner=False)
def database() -> Database:
    """The one database of this process. Raises DatabaseError."""
    return open_database(default_path())


@st.cache_resource(show_spinner=False)
def replies() -> Replies:
    """What makes simulators' replies in this process, under its limits."""
    return Replies.configured()


def daily_messages() -> int:
    """How many chat messages a day this copy of Uncanny allows: `UNCANNY_MESSAGES_A_DAY`."""
    return int(os.environ.get("UNCANNY_MESSAGES_A_DAY", 50_000))


def system(name: str, role: Role, settings: Mapping[str, Any]) -> Simulator:
    """The system of this name and settings, set up once and shared. Raises SimulatorError."""
    return _set_up(name, role.value, json.dumps(settings, sort_keys=True))


def chat_partner(partner: Partner, role: Role) -> Simulator:
    """The simulator that plays `role`, set up once and shared. Raises SimulatorError."""
    return system(partner.simulator, role, partner.settings)


@st.cache_resource(show_spinner=False)
def warm(study: str, partners: tuple[tuple[str, str, str], ...]) -> None:
    """Load the models of a study's chats while its raters still read, once a process.

    What can't be loaded is left to the chat itself, which says so.
    """

    def load() -> None:
        for name, role, settings in partners:
            with suppress(SimulatorError):
                simulator(name, Role(role), **json.loads(settings))

    threading.Thread(target=load, name=f"models of {study}", daemon=True).start()


def warm_partners(study: Study) -> None:
    """Load the models that this study's raters will chat with, in the background."""
    partners = tuple(
        (partner.simulator, role.value, json.dumps(partner.settings, sort_keys=True))
        for task in study.tasks
        for partner, role in task.simulated_players()
    )
    if partners:
        warm(study.name, partners)


@st.cache_resource(show_spinner=False)
def _set_up(name: str, role: str, settings: str) -> Simulator:
    return simulator(name, Role(role), **json.loads(settings))
