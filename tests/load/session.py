"""A visitor without a browser: speaks Streamlit's own websocket protocol, for `tests.load`."""

import asyncio
import time
import urllib.request
from dataclasses import dataclass
from http.cookies import SimpleCookie
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

#: Seconds after which a run that has not ended counts as an error.
PATIENCE = 120.0


class Lost(Exception):
    """The connection broke, or a run did not end; the message says which."""


@dataclass(frozen=True)
class Button:
    """A button on the screen: its id, the key its author gave it, and its fragment."""

    id: str
    key: str
    fragment: str


class Session:
    """One visitor's page. Every method waits until the script has run to its end."""

    def __init__(self, url: str, query: str) -> None:
        self.url = url
        self.query = query
        self.errors: list[str] = []
        self._socket: ClientConnection | None = None
        self._page = ""
        self._shown: dict[tuple[int, ...], tuple[Button, int]] = {}
        self._run = 0

    @property
    def buttons(self) -> list[Button]:
        """The buttons on the screen, from top to bottom."""
        return [button for _, (button, _) in sorted(self._shown.items(), key=lambda one: one[0])]

    async def open(self) -> float:
        """Load the page and connect; returns the seconds from the request to the drawn page."""
        start = time.perf_counter()
        address = f"{self.url}/?{self.query}"
        try:
            cookies = await asyncio.to_thread(_cookies, address)
            self._socket = await connect(
                f"ws://{urlsplit(self.url).netloc}/_stcore/stream",
                subprotocols=[Subprotocol("streamlit")],
                additional_headers={"Cookie": cookies} if cookies else {},
                compression=None,
                max_size=None,
                open_timeout=PATIENCE,
                proxy=None,
            )
        except (OSError, TimeoutError, WebSocketException) as error:
            raise Lost(f"no connection: {error!r}") from error
        await self.rerun()
        return time.perf_counter() - start

    async def rerun(self) -> float:
        """The page again, with nothing clicked: the seconds its run took."""
        return await self._run_script(ClientState())

    async def click(self, button: Button) -> float:
        """The seconds from the click to the end of the run, or of the last one it led to."""
        state = ClientState(fragment_id=button.fragment)
        state.widget_states.widgets.add(id=button.id, trigger_value=True)
        return await self._run_script(state)

    async def close(self) -> None:
        """Leave."""
        if self._socket:
            await self._socket.close()

    async def _run_script(self, state: ClientState) -> float:
        state.query_string = self.query
        state.page_script_hash = self._page
        start = time.perf_counter()
        try:
            async with asyncio.timeout(PATIENCE):
                await self._speak(BackMsg(rerun_script=state))
        except (WebSocketException, OSError) as error:
            raise Lost(f"the connection broke: {error!r}") from error
        except TimeoutError:
            raise Lost(f"a run did not end within {PATIENCE:.0f} s") from None
        return time.perf_counter() - start

    async def _speak(self, message: BackMsg) -> None:
        assert self._socket, "open() comes first"
        await self._socket.send(message.SerializeToString())
        while True:
            answer = ForwardMsg.FromString(bytes(await self._socket.recv(decode=False)))
            match answer.WhichOneof("type"):
                case "new_session":
                    self._run += 1
                case "navigation":
                    self._page = answer.navigation.page_script_hash
                case "page_info_changed":
                    self.query = answer.page_info_changed.query_string
                case "delta":
                    self._draw(tuple(answer.metadata.delta_path), answer.delta)
                case "script_finished":
                    if self._ended(answer.script_finished):
                        return

    def _draw(self, path: tuple[int, ...], delta: Delta) -> None:
        self._shown.pop(path, None)
        if delta.WhichOneof("type") != "new_element":
            return
        element = delta.new_element
        match element.WhichOneof("type"):
            case "button":
                button = Button(element.button.id, _key(element.button.id), delta.fragment_id)
                self._shown[path] = button, self._run
            case "exception":
                self.errors.append(element.exception.message)
            case "alert" if element.alert.icon == ":material/cloud_off:":
                self.errors.append(element.alert.body)  # the page says a write was refused

    def _ended(self, status: "ForwardMsg.ScriptFinishedStatus.ValueType") -> bool:
        if status == ForwardMsg.FINISHED_SUCCESSFULLY:
            # What this run did not draw again is no longer on the screen.
            self._shown = {p: one for p, one in self._shown.items() if one[1] == self._run}
        return status in (
            ForwardMsg.FINISHED_SUCCESSFULLY,
            ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY,
            ForwardMsg.FINISHED_WITH_COMPILE_ERROR,
        )


def _key(identifier: str) -> str:
    """`$$ID-HASH-KEY` to its key."""
    return identifier.split("-", 2)[-1]


def _cookies(address: str) -> str:
    request = urllib.request.Request(address, headers={"Accept": "text/html"})
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        answer.read()
        told: SimpleCookie = SimpleCookie()
        for line in answer.headers.get_all("Set-Cookie") or ():
            told.load(line)
    return "; ".join(f"{name}={morsel.value}" for name, morsel in told.items())
