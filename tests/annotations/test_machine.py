"""A rater's acts in any order, with restarts and lost leases: the promises of the store hold."""

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from annotations import assignment, journey, quality, records
from annotations.assignment import Assignment
from annotations.crowd import withdrawal
from annotations.records import NoConsent
from annotations.setup import open_database
from tests.annotations.studies import small
from tests.annotations.test_assignment import answers

RATERS = st.sampled_from([f"rater {number}" for number in range(6)])
LEASE = 30 * 60


class Machine(RuleBasedStateMachine):
    """Model: which submissions were acknowledged. Everything else is read from the file."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "machine.db"
        self.database, self.study = small(self.path)
        self.now = 1_000_000.0
        self.acknowledged: dict[tuple[int, int], dict[str, Any]] = {}
        self.on_screen: dict[str, Assignment] = {}
        self.withdrawn: set[str] = set()

    def teardown(self) -> None:
        self.database.close()
        self.folder.cleanup()

    @rule(rater=RATERS)
    def join(self, rater: str) -> None:
        try:
            journey.join(self.database, self.study, rater)
        except NoConsent:
            assert rater in self.withdrawn

    @rule(rater=RATERS)
    def claim(self, rater: str) -> None:
        try:
            given = assignment.claim(self.database, self.study, rater, now=self.now)
        except NoConsent:
            agreed = self._rows("SELECT 1 FROM consents WHERE rater = ?", rater)
            assert not agreed or rater in self.withdrawn
            return
        assert rater not in self.withdrawn
        if given:
            self.on_screen[rater] = given

    @rule(rater=RATERS, option=st.integers(0, 1), twice=st.booleans())
    def submit(self, rater: str, option: int, twice: bool) -> None:
        if rater not in self.on_screen:
            return
        given = self.on_screen[rater]
        said = answers(self.study.task(given.task))
        said = {name: list(_options(self.study, given, name))[option] for name in said}
        for _ in range(2 if twice else 1):
            try:
                revision = assignment.submit(
                    self.database, self.study, given, said, key=given.next_key, seconds=1,
                    now=self.now,
                )  # fmt: skip
            except assignment.Stale:
                return
            except NoConsent:
                assert rater in self.withdrawn
                return
            self.acknowledged.setdefault((given.id, revision), said)

    @rule(rater=RATERS)
    def step_back(self, rater: str) -> None:
        before = assignment.previous(self.database, rater)
        if before:
            self.on_screen[rater] = before

    @rule(minutes=st.sampled_from([1, 20, 45]))
    def wait(self, minutes: int) -> None:
        self.now += minutes * 60

    @precondition(lambda self: self.acknowledged)
    @rule(data=st.data())
    def exclude(self, data: st.DataObject) -> None:
        number, _ = data.draw(st.sampled_from(sorted(self.acknowledged)))
        quality.exclude(
            self.database, "small", rule="test", reason="drawn", who="test", assignment=number
        )

    @rule(rater=RATERS)
    def withdraw(self, rater: str) -> None:
        mine = {
            row["id"] for row in self._rows("SELECT id FROM assignments WHERE rater = ?", rater)
        }
        withdrawal.withdraw(self.database, rater, now=self.now)
        if self._rows("SELECT 1 FROM raters WHERE id = ?", rater):
            self.withdrawn.add(rater)
            self.acknowledged = {
                key: said for key, said in self.acknowledged.items() if key[0] not in mine
            }

    @rule()
    def restart(self) -> None:
        self.database.close()
        self.database = open_database(self.path)

    @invariant()
    def no_unit_is_over_filled(self) -> None:
        over = self._rows(
            "SELECT u.unit, u.wanted, count(*) AS n FROM units AS u JOIN assignments AS a "
            "ON (a.study, a.task, a.unit) = (u.study, u.task, u.unit) "
            "WHERE a.state = 'done' OR (a.state = 'open' AND a.lease_until > ?) "
            "GROUP BY u.task, u.unit HAVING n > u.wanted",
            self.now,
        )
        assert over == []

    @invariant()
    def every_acknowledged_answer_is_stored_as_it_was_given(self) -> None:
        rows = self._rows(
            "SELECT assignment, revision, question, ifnull(text, number) AS answer "
            "FROM judgments JOIN submissions ON key = submission"
        )
        held: dict[tuple[int, int], dict[str, Any]] = {}
        for row in rows:
            held.setdefault((row["assignment"], row["revision"]), {})[row["question"]] = row[
                "answer"
            ]
        wanted = {
            key: {q: float(a) if a.isdigit() else a for q, a in said.items()}
            for key, said in self.acknowledged.items()
        }
        assert held == wanted

    @invariant()
    def nothing_of_the_withdrawn_is_left_and_each_is_counted(self) -> None:
        left = self._rows(
            "SELECT 1 FROM submissions AS s JOIN assignments AS a ON a.id = s.assignment "
            "JOIN raters AS r ON r.id = a.rater WHERE r.withdrawn_at NOTNULL"
        )
        assert left == []
        told = {row["rater"] for row in self._rows("SELECT rater FROM withdrawals")}
        assert told == self.withdrawn

    @invariant()
    def nothing_is_there_without_consent(self) -> None:
        assert not self._rows(
            "SELECT 1 FROM assignments WHERE rater NOT IN (SELECT rater FROM consents)"
        )

    @invariant()
    def excluded_judgments_are_kept_and_do_not_count(self) -> None:
        kept = records.judgments(self.database, "small", with_excluded=True)
        counted = records.judgments(self.database, "small")
        assert len(counted) == int((kept["excluded"] == 0).sum())

    def _rows(self, sql: str, *parameters: Any) -> list[dict[str, Any]]:
        return self.database.rows(sql, parameters)


def _options(study: Any, given: Assignment, question: str) -> dict[str, str]:
    options: dict[str, str] = next(
        q.options for q in study.task(given.task).form() if q.id == question
    )
    return options


TestMachine = Machine.TestCase
TestMachine.settings = settings(
    max_examples=12,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
