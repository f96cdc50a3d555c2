"""Fails a run in which a test was skipped that need not be: a skip is a test that nobody runs.

A pytest plugin, for `.ci/run`. What cannot be had on every machine stands below, by its reason.
"""

from collections.abc import Iterator

import pytest

ALLOWED = (
    "there is no second device",
    "nothing can be mounted here",
    "no disk can be mounted here",
    "only Linux's root mounts disks",
    "nothing is forbidden to root",
    "the hostile list has the permission cases then",
    "there is one",  # a GPU, where its absence is tested
)

_skipped: list[str] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    _note(report)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    _note(report)


def _note(report: pytest.TestReport | pytest.CollectReport) -> None:
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
        if reason.removeprefix("Skipped: ") not in ALLOWED:
            _skipped.append(f"{report.nodeid}: {reason}")


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    yield
    if _skipped:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _skipped:
        terminalreporter.section("skipped, and not among those that may be (tests/no_skips.py)")
        for line in _skipped:
            terminalreporter.line(line)
