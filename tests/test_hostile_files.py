"""Hostile files, links and requests: refused with a clear word, quickly, with nothing stored."""

import http.client
import json
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations import doors, patterns, tables
from annotations.crowd import staff
from annotations.doors import EntryRefused, enter
from annotations.setup import open_database
from annotations.study import LARGEST, load, parse
from annotations.tables import FORMS, Columns
from annotations.tasks.base import StudyError
from backend.corpora import CorpusError
from backend.corpora.importing import import_into
from backend.database import Database
from backend.dialogue import Origin
from backend.pool import DialogueFilter, Pool
from tests.annotations.studies import PROTOCOL, small
from tests.browser.serving import Server
from tests.hostile import SPREADSHEET, TEXTS

#: Seconds within which anything is refused. Far more than it takes, far less than a bomb would.
QUICKLY = 20.0

_LAUGHS = "a: &a [lol, lol, lol]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefghijk", "bcdefghijkl", strict=True)
)
_ECHO = f"a: &a {'x' * 100_000}\nb: [{', '.join(['*a'] * 9_000)}]\n"

BAD_STUDIES = {
    "billion laughs": (_LAUGHS, "too large"),
    "a long text many times": (_ECHO, "too large"),
    "itself": (PROTOCOL + "about: &a [*a]\n", "about"),
    "50 MB": ("# " + "x" * 50_000_000, f"at most {LARGEST:,} characters"),
    "too many parts": ("a: [" + "1, " * 90_000 + "]", "parts"),
    "too many keys": ("".join(f"k{n}: 1\n" for n in range(15_000)), "parts"),
    "many unknown keys": (PROTOCOL + "".join(f"k{n}: 1\n" for n in range(5_000)), "more"),
    "deep lists": ("[" * 100_000, "nested too deeply"),
    "deep closed lists": ("a: " + "[" * 5_000 + "]" * 5_000, "line 1: nested too deeply"),
    "deep mappings": ("".join(" " * n + "a:\n" for n in range(500)), "nested too deeply"),
    "broken": ("name: [", "line 1"),
    "a tab": ("name: x\n\ttitle: y", "line 2"),
    "nul": ("name: a\0b", "not valid YAML"),
    "an escaped nul": (PROTOCOL.replace("small", '"a\\0b"', 1), "name"),
    "half a character": (PROTOCOL.replace("A small study", '"\\ud800"', 1), "surrogates"),
    "a key twice": (PROTOCOL + "title: Another\n", "duplicate key"),
    "python objects": ("name: !!python/object/apply:os.system ['false']\n", "name"),
    "a list for a key": (PROTOCOL + "? [a, b]\n: c\n", "keys must be"),
    "a date for a key": (PROTOCOL + "2020-01-01: x\n", "keys must be"),
    "an endless number": (PROTOCOL + f"seed: 0x{'f' * 9_000}\n", "limit"),
    "merged": (PROTOCOL.replace("code: DONE-42", "<<: {code: 1, bad: 2}"), "bad"),
    "an ordered map": ("!!omap [a: 1]", "missing key"),
    "two documents": (PROTOCOL + "---\nname: other\n", "document"),
    "a path for a name": (PROTOCOL.replace("name: small", "name: ../../x"), "line 2: name"),
    "nothing": ("", "mapping"),
}


@pytest.mark.parametrize("name", BAD_STUDIES)
def test_a_hostile_study_file_is_refused_quickly_with_a_word(name: str) -> None:
    text, told = BAD_STUDIES[name]
    began = time.monotonic()
    with pytest.raises(StudyError, match=re.escape(told)) as caught:
        parse(text, source="mine.yaml")
    assert time.monotonic() - began < QUICKLY
    assert "mine.yaml" in str(caught.value)
    assert len(str(caught.value)) < 10_000


@given(st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(list(TEXTS.values())))
def test_whatever_is_in_a_file_it_is_a_study_or_a_study_error(text: str) -> None:
    for file in (text, PROTOCOL.replace("A small study", text), PROTOCOL + text):
        with suppress(StudyError):
            parse(file)


@pytest.mark.parametrize(
    "bytes_",
    [PROTOCOL.encode("utf-16"), b"title: \xff\xfe\xe9", b"\x00" * 100],
    ids=["utf-16", "latin", "nul"],
)
def test_a_file_in_another_encoding_is_refused(tmp_path: Path, bytes_: bytes) -> None:
    (tmp_path / "mine.yaml").write_bytes(bytes_)
    with pytest.raises(StudyError, match=r"mine\.yaml"):
        load(tmp_path / "mine.yaml")


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with (tmp_path / "huge.yaml").open("wb") as file:
        file.truncate(50_000_000_000)  # sparse: it takes no room, and could never be read
    with pytest.raises(StudyError, match=r"huge.yaml: too large"):
        load(tmp_path / "huge.yaml")


def recruited(pattern: str) -> str:
    door = json.dumps({"door": "recruiter", "parameters": {"id": pattern}})
    return PROTOCOL.replace("name: small", f"name: small\nrecruitment:\n  {door}")


@pytest.mark.parametrize(
    "pattern", ["(", "[a", "(?P<x", r"(a)\1", "(?=a)b", "a)|(b", "(a{999}){999}", "x" * 999]
)
def test_a_pattern_that_cant_be_used_is_refused_by_line(pattern: str) -> None:
    with pytest.raises(StudyError, match=r"line 4: recruitment\S*: the pattern of 'id' can't"):
        parse(recruited(pattern), source="mine.yaml")


@pytest.mark.parametrize("pattern", [r"(a+)+", r"(a|a)*", r"([a-z]+)*\d", r"(.*)*(.*)*x"])
def test_no_pattern_takes_long_whatever_the_link_says(tmp_path: Path, pattern: str) -> None:
    database, _ = small(tmp_path / "small.db")
    study = parse(recruited(pattern))
    began = time.monotonic()
    for value in ("a" * 190 + "!", "a" * 1_000_000):
        with pytest.raises(EntryRefused, match="malformed: id"):
            enter(database, study, {"id": value})
    assert time.monotonic() - began < 2
    database.close()


def test_a_links_value_fits_its_pattern_from_end_to_end() -> None:
    assert patterns.fits("[0-9a-f]{4}", "00ff")
    assert patterns.fits("a|b", "b")
    for value in ("00ff\n", "x00ff", "00ff0", "", "00FF"):
        assert not patterns.fits("[0-9a-f]{4}", value)
    for value in ("ab", "xb", "a\n"):
        assert not patterns.fits("a|b", value)
    assert not patterns.fits(".*", "x\r=1+1"), "a row of its own in the list for payment"


BAD_JSON: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "words": lambda: b"this is no JSON\n" * 300,
    "truncated": lambda: b'[{"conversation ID": "1", "conversation": [{"part',
    "nul": lambda: b"\x00" * 10_000,
    "another encoding": lambda: '{"text": "é"}'.encode("utf-16"),
    "deep": lambda: b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "deep lists": lambda: b"[" * 100_000,
    "one huge line": lambda: b'{"a": "' + b"x" * 50_000_000,
    "an endless number": lambda: b"[" + b"9" * 1_000_000 + b"]",
    "no number": lambda: b'{"turns": [NaN, Infinity]}',
    "another shape": lambda: b'[[1, 2], "x", null, {"dialogue": {"turns": 5}}]',
    "half a character": lambda: b'{"turns": [{"role": "seeker", "text": "\\ud800"}]}',
}


@pytest.mark.parametrize(
    ("corpus", "name"),
    [
        (corpus, name)
        for corpus in ("jsonl", "redial", "dialoguekit", "crsarena-eval")
        for name in BAD_JSON
    ],
)
def test_a_hostile_import_is_told_and_stores_nothing(
    tmp_path: Path, corpus: str, name: str
) -> None:
    file = tmp_path / "hostile.json"
    file.write_bytes(BAD_JSON[name]())
    database = open_database(tmp_path / "small.db")
    began = time.monotonic()
    with pytest.raises(CorpusError) as caught:
        import_into(Pool(database), corpus, file)
    assert time.monotonic() - began < QUICKLY
    assert 10 < len(str(caught.value)) < 2_000
    for table in ("dialogues", "labels", "scores"):
        assert database.rows(f"SELECT 1 FROM {table}") == []
    database.close()


def test_an_import_that_breaks_off_keeps_only_whole_dialogues(tmp_path: Path) -> None:
    source, _ = small(tmp_path / "small.db")
    whole = [one.model_dump_json() for one in Pool(source).get_many(ids(source)).values()][:3]
    source.close()
    (tmp_path / "cut.jsonl").write_text("\n".join(whole)[:-40])
    database = open_database(tmp_path / "other.db")
    done = import_into(Pool(database), "jsonl", tmp_path / "cut.jsonl")
    assert (done.imported, len(done.report.broken)) == (2, 1)
    assert "line 3" in done.report.broken[0]
    database.close()


def ids(database: Database) -> list[str]:
    return [str(one) for one in Pool(database).frame()["id"]]


SQL = [
    TEXTS["sql"],
    TEXTS["sql or"],
    "x') OR 1=1; DELETE FROM raters;--",
    "' UNION SELECT id FROM raters --",
    "%' OR '1'='1",
    "1; ATTACH 'x' AS y",
    "\0",
]


def everything(database: Database) -> dict[str, int]:
    """Rows of every table but the one that counts tries to log in."""
    names = database.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
    return {
        row["name"]: database.rows(f'SELECT count(*) AS n FROM "{row["name"]}"')[0]["n"]
        for row in names
        if row["name"] != "attempts"
    }


@pytest.mark.parametrize("text", SQL)
def test_sql_in_a_parameter_is_only_text(tmp_path: Path, text: str) -> None:
    database, study = small(tmp_path / "small.db")
    staff.add(database, "ada", staff.StaffRole.ADMIN, passphrase="a long passphrase")
    pool, held = Pool(database), everything(database)
    texts = (text,)
    for which in (
        DialogueFilter(corpus=texts),
        DialogueFilter(seeker_system=texts),
        DialogueFilter(recommender_system=texts),
        DialogueFilter(corpus=texts, seeker_origin=(Origin.HUMAN,)),
    ):
        assert pool.count(which) == 0
        assert pool.frame(which).empty
    assert pool.missing([text]) == {text}
    assert pool.labels(text).empty
    assert pool.scores(text).empty
    assert pool.scored(text) == set()
    pool.remove([text])
    with pytest.raises(KeyError):
        pool.get(text)
    for told in ({"rater": text}, {"rater": text, "study": text, "invite": text}):
        assert doors.enter(database, study, told, device=text).rater != text
    invited = parse(PROTOCOL.replace("name: small", "name: small\nrecruitment: {door: invite}"))
    with pytest.raises(EntryRefused, match="unknown_invite"):
        doors.enter(database, invited, {"invite": text})
    assert staff.log_in(database, text, text, address=text) is None
    assert staff.log_in(database, "ada", text, address="elsewhere") is None
    assert staff.of_email(database, text) is None
    assert staff.of_pass(database, text) is None
    assert not staff.remove(database, text)
    with pytest.raises(staff.StaffError):
        staff.add(database, text, staff.StaffRole.ADMIN, passphrase="a long passphrase")
    assert everything(database) == held
    database.close()


COLUMNS: Columns = {"t": "text", "l": "list"}


@given(
    st.lists(
        st.tuples(
            st.none() | st.text(st.characters(exclude_categories=["Cs"])),
            st.sampled_from([*TEXTS.values(), *SPREADSHEET.values()]),
        ),
        min_size=1,
    )
)
def test_any_text_comes_back_from_a_table_and_begins_no_formula(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str | None, str]]
) -> None:
    folder = tmp_path_factory.mktemp("table")
    both = [{"t": t, "l": None} for pair in rows for t in pair]
    frame = tables.typed(pd.DataFrame(both, columns=list(COLUMNS), dtype=object), COLUMNS)
    tables.write(frame, COLUMNS, folder, "x")
    for form in FORMS:
        pd.testing.assert_frame_equal(tables.read(folder, "x", COLUMNS, form), frame)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app, answering to `localhost` and `study.example` alone."""
    path = tmp_path_factory.mktemp("served") / "uncanny.db"
    database, _ = small(path)
    database.close()
    with Server(path, UNCANNY_HOSTS="localhost,study.example") as running:
        yield running


def ask(
    server: Server, path: str, host: str = "localhost", method: str = "GET", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """An answer to a request sent as it is, which no client has tidied up."""
    connection = http.client.HTTPConnection("localhost", server.port, timeout=20)
    try:
        connection.putrequest(method, path, skip_host=True)
        for name, value in {"Host": host, **headers}.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        answer = connection.getresponse()
        told = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, told, answer.read()
    finally:
        connection.close()


TRICKS = [
    "/..%2f..%2fetc/passwd", "/../../../../etc/passwd", "/static/../../app.py",
    "/static/..%2f..%2fapp.py", "/static/%2e%2e/%2e%2e/app.py", "/media/../uncanny.db",
    "/media/..%2funcanny.db", "/app/static/../uncanny.db", "/app/static/..%2f..%2fapp.py",
    "//etc/passwd", "/%2fetc%2fpasswd", "/static/%00/app.py", "/component/x/..%2f..%2fapp.py",
    "/_stcore/../uncanny.db", "/uncanny.db", "/uncanny.db.key", "/app.py",
    "/.streamlit/config.toml",
    "/_stcore/bidi-components/x/..%2f..%2fapp.py", "/static/..\\..\\app.py",
]  # fmt: skip


@pytest.mark.browser
@pytest.mark.parametrize("path", TRICKS)
def test_no_path_leads_to_a_file_of_the_house(served: Server, path: str) -> None:
    _, headers, body = ask(served, path)
    for secret in (b"root:", b"SQLite format 3", b"st.navigation", b"primaryColor ="):
        assert secret not in body
    key = served.database.with_name(served.database.name + ".key")
    assert not key.exists() or key.read_bytes().strip() not in body
    assert "content-security-policy" in headers


@pytest.mark.browser
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/?study=small", 200),
        ("/_stcore/health", 200),
        ("/staff/login", 200),
        ("/static/nothing.js", 200),
        ("/media/nothing", 404),
        ("/_stcore/metrics", 404),
        ("/_stcore%2fmetrics", 404),
        ("/_stcore/agent", 404),
        ("//_stcore/metrics", 400),
    ],
)
def test_every_answer_carries_the_headers(served: Server, path: str, status: int) -> None:
    answered, headers, _ = ask(served, path)
    assert answered == status
    guarded(headers)


def guarded(headers: dict[str, str]) -> None:
    assert "script-src 'self'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.browser
def test_static_files_and_refusals_carry_the_headers_too(served: Server) -> None:
    _, _, page = ask(served, "/")
    script = re.search(rb'src="\.?(/static/js/[^"]+)"', page)
    assert script
    status, headers, _ = ask(served, script[1].decode())
    assert status == 200
    guarded(headers)
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        guarded(ask(served, "/staff/login", method=method, Content_Length="0")[1])


@pytest.mark.browser
@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "study.example@evil.example", "", "127.0.0.1"],
)
def test_another_host_is_refused(served: Server, host: str) -> None:
    status, headers, body = ask(served, "/", host=host)
    assert status == 400
    guarded(headers)
    assert b"<script" not in body
    assert ask(served, "/", host="study.example")[0] == 200


def upgrade(server: Server, **headers: str) -> int:
    """The status with which a web socket is answered."""
    return ask(
        server,
        "/_stcore/stream",
        host=f"localhost:{server.port}",
        Connection="Upgrade",
        Upgrade="websocket",
        Sec_WebSocket_Version="13",
        Sec_WebSocket_Key="dGhlIHNhbXBsZSBub25jZQ==",
        **headers,
    )[0]


@pytest.mark.browser
def test_a_web_socket_of_another_site_is_refused(served: Server) -> None:
    own = f"http://localhost:{served.port}"
    assert upgrade(served, Origin=own) == 101
    for origin in ("http://evil.example", "http://localhost.evil.example", "null"):
        assert upgrade(served, Origin=origin) == 403, origin


@pytest.mark.browser
def test_a_request_that_is_none_ends_in_an_answer_not_in_a_crash(served: Server) -> None:
    for raw in (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"\x16\x03\x01\x00\xff" * 50):
        with socket.create_connection(("localhost", served.port), timeout=20) as line:
            line.sendall(raw)
            line.shutdown(socket.SHUT_WR)
            while line.recv(4096):
                pass
    assert ask(served, "/_stcore/health")[0] == 200
