import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage, ToolMessage

from agent.conversation.session import Session
from agent.rerank.reranker import reordered
from agent.toolbox.agent import MOST_CALLS, checkpoints, make_agent, steps
from agent.toolbox.compressor import RerankingCompressor
from agent.toolbox.retriever import PicturesRetriever
from agent.toolbox.tools import tools_of
from retrievers.collection.collection import Collection
from retrievers.collection.sync.sync import sync
from retrievers.hit import Hit, Picture
from retrievers.query import Filters, Query
from retrievers.search.searcher import Searcher
from tests.agent.toolbox.scripted import ScriptedChat, called
from tests.encoders import COLOURS, ColourEncoder
from tests.retrievers.search.test_searcher import plain

TOOLS = "search refine exclude filter more_like look_at compare ask_user undo".split()


def searcher_over(folder: Path) -> Searcher:
    encoder = ColourEncoder()
    return Searcher(Collection.open(folder / "c"), encoder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number, colour in enumerate(COLOURS):
        plain(tmp_path / "pictures" / f"{colour}.png", colour, (30 + number, 20))
    encoder = ColourEncoder()
    collection = Collection.create(tmp_path / "c", encoder=encoder.name, dim=encoder.dim)
    sync(collection, encoder, tmp_path / "pictures")
    collection.close()
    return tmp_path


@pytest.fixture
def session(folder: Path) -> Session:
    return Session.start("talk", searcher_over(folder), folder=folder, page=3)


def answers(agent: Any, said: str) -> Iterator[tuple[str, Any]]:
    for step in steps(agent, said, thread="t"):
        if step.kind == "result":
            yield step.name, json.loads(step.text) if step.text.startswith("{") else step.text


def test_a_retriever_gives_documents(folder: Path) -> None:
    found = PicturesRetriever(found_by=searcher_over(folder), k=2).invoke("a green wall")
    assert found[0].page_content == "<data>green.png</data>"
    assert found[0].id and len(found[0].id) == 16
    assert found[0].metadata["path"] == str(folder / "pictures" / "green.png")
    assert [one.metadata["rank"] for one in found] == [1, 2]


class Widest:
    """Ranks wide pictures first."""

    name = "widest"

    def orders(self, said: str, hits: Sequence[Hit]) -> Iterator[list[Hit]]:
        yield list(hits)
        yield reordered(hits, {hit.picture.id: hit.picture.width for hit in hits}, self.name)


def test_a_reranker_compresses_documents(folder: Path) -> None:
    searcher = searcher_over(folder)

    def picture(named: str) -> Picture:
        return searcher.collection.pictures(searcher.collection.rows_of([named]))[0]

    found = PicturesRetriever(found_by=searcher, k=8).invoke("red")
    best = RerankingCompressor(reranker=Widest(), picture=picture, keep=2)
    kept = best.compress_documents(found, "red")
    assert [one.page_content for one in kept] == [
        "<data>black.png</data>",
        "<data>white.png</data>",
    ]
    assert best.compress_documents([], "red") == []


class Elsewhere:
    """Searches outside of one folder."""

    def __init__(self, searcher: Searcher) -> None:
        self.searcher = searcher

    def search(self, query: Query, k: int) -> list[Hit]:
        return self.searcher.search(replace(query, filters=Filters(not_paths=("a_private",))), k)


def test_documents_stay_with_the_file_that_met_the_search_s_conditions(folder: Path) -> None:
    private = folder / "pictures" / "a_private"
    private.mkdir()
    shutil.copy(folder / "pictures" / "red.png", private / "IMG_1.png")
    searcher = searcher_over(folder)
    sync(searcher.collection, searcher.encoder, folder / "pictures")

    def picture(named: str) -> Picture:
        return searcher.collection.pictures(searcher.collection.rows_of([named]))[0]

    found = PicturesRetriever(found_by=Elsewhere(searcher), k=1).invoke("a red wall")
    best = RerankingCompressor(reranker=Widest(), picture=picture, keep=1)
    for (one,) in (found, best.compress_documents(found, "a red wall")):
        assert one.metadata["path"] == str(folder / "pictures" / "red.png")
        assert one.page_content == "<data>red.png</data>"


def test_the_tools_are_these(session: Session) -> None:
    assert [tool.name for tool in tools_of(session)] == TOOLS


def test_an_agent_leads_a_conversation(session: Session) -> None:
    script = [
        called("search", text="a red wall"),
        called("look_at", numbers=[1]),
        called("more_like", numbers=[1]),
        called("exclude", numbers=[2]),
        called("exclude", text="yellow"),
        called("refine", text="blue", instead=True),
        called("filter", orientation="landscape", after="2019-01-01"),
        called("undo"),
        called("compare", first=1, second=2),
        AIMessage("Here you are."),
    ]
    agent = make_agent(ScriptedChat(script=script), session, checkpointer=None)
    told = list(answers(agent, "find a red wall"))
    assert [name for name, _ in told] == [call.tool_calls[0]["name"] for call in script[:-1]]
    first = told[0][1]
    assert first["constraints"] == "a red wall"
    assert [line["number"] for line in first["pictures"]] == [1, 2, 3]
    assert first["pictures"][0]["shows"] == "<data>red.png</data>"
    assert told[1][1]["pictures"][0]["file"] == "<data>red.png</data>"
    assert len(told[8][1]["pictures"]) == 2 and "scores" in told[8][1]["pictures"][0]
    shown = session.turns[0].shown
    query = session.query
    assert query.like == shown[:1] and len(query.excluded) == 1
    assert (query.wanted, query.unwanted) == (("blue",), ("yellow",))
    assert query.filters == Filters()
    assert session.turns[-2].query.filters.orientation == "landscape"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            called("more_like", numbers=[9]),
            "numbers must be those of pictures shown, 1..3; got [9]",
        ),
        (called("look_at", numbers=[0]), "numbers must be those of pictures shown, 1..3; got [0]"),
        (called("exclude"), "exclude needs text or numbers; got neither"),
        (called("filter"), "filter needs at least one condition; got none"),
    ],
)
def test_a_wrong_call_is_told_and_changes_nothing(
    session: Session, call: AIMessage, message: str
) -> None:
    before = session.ask("red").query
    agent = make_agent(ScriptedChat(script=[call, AIMessage("Sorry.")]), session, checkpointer=None)
    assert [text for _, text in answers(agent, "go on")] == [message]
    assert session.query == before


@pytest.mark.parametrize(
    ("after", "before", "days"),
    [
        ("summer 2019", "end of 2020", (date(2019, 6, 1), date(2020, 9, 1))),
        ("4.7.2019", "5 July 2019", (date(2019, 7, 4), date(2019, 7, 5))),
        ("2019-07", "2019-07-04T12:30:00", (date(2019, 7, 1), datetime(2019, 7, 4, 12, 30))),
    ],
)
def test_days_are_read_as_people_write_them(
    session: Session, after: str, before: str, days: tuple[date, date]
) -> None:
    session.ask("red")
    script = [called("filter", after=after, before=before), AIMessage("Done.")]
    agent = make_agent(ScriptedChat(script=script), session, checkpointer=None)
    list(answers(agent, "go on"))
    assert (session.query.filters.after, session.query.filters.before) == days


def test_times_that_come_again_are_read_as_options_are(session: Session) -> None:
    session.ask("red")
    times = {"weekdays": [6, 7], "hours": "mornings", "season": "winter"}
    script = [called("filter", **times), called("filter", hours="soon"), AIMessage("Done.")]
    agent = make_agent(ScriptedChat(script=script), session, checkpointer=None)
    _, (_, told) = answers(agent, "go on")
    assert "a time of day looks like" in told
    assert session.query.filters == Filters(
        weekdays=(6, 7), hours=((6, 12),), month_days=(((12, 1), (2, 28)),)
    )


def test_a_place_is_a_condition(session: Session) -> None:
    session.ask("red")
    script = [called("filter", place="Paris, Texas"), AIMessage("Done.")]
    agent = make_agent(ScriptedChat(script=script), session, checkpointer=None)
    list(answers(agent, "go on"))
    assert session.query.filters == Filters(places=("Paris, Texas",))


def test_a_day_that_can_be_two_changes_nothing_and_both_are_told(session: Session) -> None:
    before = session.ask("red").query
    script = [called("filter", after="4/7/2019"), AIMessage("Which?")]
    agent = make_agent(ScriptedChat(script=script), session, checkpointer=None)
    ((_, told),) = answers(agent, "go on")
    assert "2019-07-04" in told and "2019-04-07" in told
    assert session.query == before


def test_arguments_of_another_kind_and_unknown_tools_reach_nothing(session: Session) -> None:
    before = session.ask("red").query
    script = [
        called("more_like", numbers=["/etc/passwd"]),
        called("open_file", path="/etc/passwd"),
        AIMessage("Sorry."),
    ]
    agent = make_agent(ScriptedChat(script=script), session, checkpointer=None)
    told = [text for _, text in answers(agent, "go on")]
    assert all("rror" in text for text in told) and len(told) == 2
    assert session.query == before and len(session.turns) == 1


def test_a_question_ends_the_turn(session: Session) -> None:
    script = [called("ask_user", question="By day?", answers=["yes", "no"]), AIMessage("never")]
    agent = make_agent(ScriptedChat(script=script), session, checkpointer=None)
    told = [(step.kind, step.name) for step in steps(agent, "a wall", thread="t")]
    assert told == [("call", "ask_user"), ("result", "ask_user")]


def test_a_model_that_never_stops_is_stopped(session: Session) -> None:
    model = ScriptedChat(script=[called("search", text="red")])
    agent = make_agent(model, session, checkpointer=None)
    told = list(steps(agent, "go on", thread="t"))
    assert len(session.turns) == MOST_CALLS
    assert told[-1].kind == "reply" and "limit" in told[-1].text


RESUMED = """
import sys
from pathlib import Path
from langchain_core.messages import AIMessage
from agent.toolbox.agent import checkpoints, make_agent, steps
from agent.conversation.session import Session
from tests.agent.toolbox.scripted import ScriptedChat, called
from tests.agent.toolbox.test_toolbox import searcher_over
folder = Path(sys.argv[1])
session = Session.resume("talk", searcher_over(folder), folder=folder, page=3)
model = ScriptedChat(script=[called("refine", text="blue"), AIMessage("Two colours.")])
with checkpoints(folder / "agent.db") as saver:
    agent = make_agent(model, session, checkpointer=saver)
    told = list(steps(agent, "and blue", thread="t"))
    said = agent.get_state({"configurable": {"thread_id": "t"}}).values["messages"]
    print(len(said), said[0].content, *session.query.wanted, told[-1].text, sep="|")
"""


def test_a_new_process_resumes_the_conversation(session: Session, folder: Path) -> None:
    model = ScriptedChat(script=[called("search", text="red"), AIMessage("Found.")])
    with checkpoints(folder / "agent.db") as saver:
        agent = make_agent(model, session, checkpointer=saver)
        list(steps(agent, "show me red", thread="t"))
        said = agent.get_state({"configurable": {"thread_id": "t"}}).values["messages"]
    (result,) = [message for message in said if isinstance(message, ToolMessage)]
    assert set(result.artifact) == {"turn", "pictures"}
    assert all(set(picture) == {"id", "score"} for picture in result.artifact["pictures"])
    done = subprocess.run(
        [sys.executable, "-c", RESUMED, str(folder)],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.strip() == "8|show me red|red|blue|Two colours.", done.stderr
    assert Session.resume("talk", session.retriever, folder=folder).query == Query(
        wanted=("red", "blue")
    )
