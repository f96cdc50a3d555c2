"""What a language model may do: nine tools on one session, and nothing else.

A tool takes numbers of pictures on the screen and words, never a path to open. What it returns is
JSON in which all text that came out of a picture or its file is fenced off as data; ids and scores
stay in the artifact.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from threading import Lock
from typing import Annotated, Any

from langchain_core.tools import BaseTool, StructuredTool, ToolException
from pydantic import AfterValidator, Field, WrapValidator

from agent.conversation.journal import SessionError
from agent.conversation.session import Session
from agent.stage_failure import lost
from agent.toolbox.retriever import said_of
from agent.turns.turn import Turn
from agent.understanding.acts import Act, Feedback, Filter, Negate, NewSearch, Refine
from agent.understanding.grammar.dates.days import one_moment
from agent.understanding.grammar.dates.recurring.seasons import season_option
from agent.understanding.grammar.dates.recurring.times_of_day import hours_option
from prompts.load import fenced
from retrievers.hit import Hit, Picture
from retrievers.places.told import place_told
from retrievers.query import Filters, Orientation

Words = Annotated[str, Field(min_length=1, max_length=300)]
Numbers = Annotated[list[int], Field(max_length=50)]
Day = Annotated[date | datetime, WrapValidator(one_moment)]
Weekdays = Annotated[list[Annotated[int, Field(ge=1, le=7)]], Field(max_length=7)]
ToolAnswer = tuple[str, Mapping[str, Any]]


def _read_by(option: Callable[[str], object]) -> AfterValidator:
    """Refuse a text that an option would refuse."""

    def checked(text: str) -> str:
        option(text)
        return text

    return AfterValidator(checked)


TimeOfDay = Annotated[str, _read_by(hours_option)]
Season = Annotated[str, _read_by(season_option)]


class SessionTools:
    """The tools; each method of a public name is one, and its docstring is what the model reads."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._turn = Lock()  # LangChain may call the tools of one message from several threads

    def search(self, text: Words) -> ToolAnswer:
        """Forget what was asked before and search for this description."""
        return self._acted(NewSearch(text), said=text)

    def refine(self, text: Words, instead: bool = False) -> ToolAnswer:
        """Add to what is searched for, or say it instead of the last description."""
        return self._acted(Refine(text, instead), said=text)

    def exclude(self, text: str = "", numbers: Numbers | None = None) -> ToolAnswer:
        """Stay away from what this describes, or from the pictures of these numbers."""
        acts: list[Act] = [Negate(text)] if text else []
        acts += [Feedback(unlike=self._known(numbers))] if numbers else []
        if not acts:
            raise ToolException("exclude needs text or numbers; got neither")
        return self._acted(*acts, said=f"not {text or numbers}")

    def filter(
        self,
        after: Day | None = None,
        before: Day | None = None,
        weekdays: Weekdays | None = None,
        hours: TimeOfDay | None = None,
        season: Season | None = None,
        orientation: Orientation | None = None,
        folder: str | None = None,
        place: str | None = None,
        camera: str | None = None,
        tags: list[str] | None = None,
        min_rating: int | None = None,
    ) -> ToolAnswer:
        """Add conditions: first day, day after the last, days of the week from Monday 1, shape.

        Hours are times of day such as 6-12 or night; a season is winter, may or 12-01/02-28. A
        place is where pictures were taken, a town, region or country: Lisbon; Paris, Texas.
        """
        adds = Filters(
            paths=(folder,) if folder else (),
            places=(place,) if place else (),
            after=after,
            before=before,
            weekdays=tuple(weekdays or ()),
            hours=(hours_option(hours),) if hours else (),
            month_days=(season_option(season),) if season else (),
            orientation=orientation,
            camera=camera or None,
            tags=tuple(tags or ()),
            min_rating=min_rating,
        )
        if adds == Filters():
            raise ToolException("filter needs at least one condition; got none")
        return self._acted(Filter(adds), said="filter")

    def more_like(self, numbers: Numbers) -> ToolAnswer:
        """Find more pictures that look like those of these numbers."""
        liked = self._known(numbers)
        return self._acted(Feedback(like=liked), said=f"more like {numbers}")

    def look_at(self, numbers: Numbers) -> ToolAnswer:
        """Read what is known of the pictures of these numbers."""
        hits = self._hits(numbers)
        return _written({"pictures": [_record(hit) for hit in hits]}), _artifact(hits)

    def compare(self, first: int, second: int) -> ToolAnswer:
        """Read what is known of two pictures, and each stage's score of them."""
        hits = self._hits([first, second])
        told = [_record(hit) | {"scores": _rounded(hit.why.scores)} for hit in hits]
        return _written({"pictures": told}), _artifact(hits)

    def ask_user(self, question: Words, answers: list[str] | None = None) -> ToolAnswer:
        """Ask the user one short question, with possible answers; their reply comes next."""
        return _written({"question": question, "answers": answers or []}), {}

    def undo(self, to: int | None = None) -> ToolAnswer:
        """Take the last step back, or go back to what held after that turn; 0 is the start."""
        with self._turn:
            return self._told(self.session.undo(to))

    def _acted(self, *acts: Act, said: str) -> ToolAnswer:
        with self._turn:
            try:
                turn = self.session.act(*acts, said=said)
            except SessionError:
                raise
            except Exception as error:  # nothing was searched; the model is told, and tells
                raise ToolException(lost("search", error)) from error
            return self._told(turn)

    def _told(self, turn: Turn) -> ToolAnswer:
        told: dict[str, Any] = {
            "turn": turn.number,
            "constraints": turn.understood,
            "pictures": [_line(hit) for hit in turn.hits],
        }
        if turn.reply:
            told["reply"] = fenced(turn.reply)
        if turn.lost:
            told["failed"] = fenced("; ".join(turn.lost))
        return _written(told), {"turn": turn.number, **_artifact(turn.hits)}

    def _known(self, numbers: Sequence[int]) -> tuple[int, ...]:
        shown = len(self.session.current.shown)
        wrong = [number for number in numbers if not 1 <= number <= shown]
        if wrong or not numbers:
            raise ToolException(f"numbers must be those of pictures shown, 1..{shown}; got {wrong}")
        return tuple(dict.fromkeys(numbers))

    def _hits(self, numbers: Sequence[int]) -> list[Hit]:
        return [self.session.hit(number) for number in self._known(numbers)]


def tools_of(session: Session) -> list[BaseTool]:
    """Return the tools over one session, in a fixed order."""
    own = SessionTools(session)
    return [
        _tool(own.search),
        _tool(own.refine),
        _tool(own.exclude),
        _tool(own.filter),
        _tool(own.more_like),
        _tool(own.look_at),
        _tool(own.compare),
        _tool(own.ask_user, ends_turn=True),
        _tool(own.undo),
    ]


def _tool(method: Callable[..., ToolAnswer], *, ends_turn: bool = False) -> BaseTool:
    return StructuredTool.from_function(
        method,
        response_format="content_and_artifact",
        return_direct=ends_turn,
        handle_tool_error=True,
    )


def _line(hit: Hit) -> dict[str, Any]:
    return {"number": hit.rank, "score": round(hit.score, 4), "shows": said_of(hit.picture)}


def _record(hit: Hit) -> dict[str, Any]:
    picture = hit.picture
    return _line(hit) | {"size": f"{picture.width}x{picture.height}"} | _texts(picture)


def _texts(picture: Picture) -> dict[str, str]:
    """Return all that was read out of the picture and its file, each piece fenced."""
    texts = {
        "file": picture.path.name,
        "taken": picture.taken_text,
        "camera": picture.camera,
        "place": place_told(picture.gps),
        "text": picture.text,
        "tags": ", ".join(picture.tags),
        "title": picture.title,
        "description": picture.description,
    }
    return {name: fenced(text) for name, text in texts.items() if text}


def _rounded(scores: Mapping[str, float]) -> dict[str, float]:
    return {stage: round(score, 4) for stage, score in scores.items()}


def _artifact(hits: Sequence[Hit]) -> dict[str, Any]:
    return {"pictures": [{"id": hit.picture.id, "score": hit.score} for hit in hits]}


def _written(told: Mapping[str, Any]) -> str:
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace").decode("utf-8")  # file names may hold lone surrogates
