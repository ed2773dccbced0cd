"""What pages share for the life of the process: the database, and simulators to chat with."""

import json
from collections.abc import Mapping
from typing import Any

import streamlit as st

from annotations.setup import open_database
from annotations.tasks.base import Partner
from backend.database import Database, default_path
from backend.dialogue import Role
from backend.simulators import Simulator, simulator


@st.cache_resource(show_spinner=False)
def database() -> Database:
    """The one database of this process. Raises DatabaseError."""
    return open_database(default_path())


def system(name: str, role: Role, settings: Mapping[str, Any]) -> Simulator:
    """The system of this name and settings, set up once and shared. Raises SimulatorError."""
    return _set_up(name, role.value, json.dumps(settings, sort_keys=True))


def chat_partner(partner: Partner, role: Role) -> Simulator:
    """The simulator that plays `role`, set up once and shared. Raises SimulatorError."""
    return system(partner.simulator, role, partner.settings)


@st.cache_resource(show_spinner=False)
def _set_up(name: str, role: str, settings: str) -> Simulator:
    return simulator(name, Role(role), **json.loads(settings))
