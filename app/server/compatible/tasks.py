"""What chat front ends ask a model besides the conversation: its title, tags, next questions.

Such a request is a prompt about the conversation in the place of the user's words (Open WebUI's
"### Task: Generate a concise title ...", LibreChat, NextChat, LobeChat and their kin) or of the
system's. It is answered from what was said, without a search and without a session.
"""

import json
import re
from collections.abc import Sequence
from itertools import groupby
from typing import Literal

from app.server.compatible.chat_schema import Message
from app.server.compatible.unwrapped_message import unwrapped

TaskKind = Literal["title", "tags", "follow_ups", "queries", "text", "emoji", "prompt"]

ASKS = re.compile(
    r"\b(generate|create|suggest|provide|write|give|produce|propose|compose|summari[sz]e|reply with"
    r"|respond with|return|reflect|analy[sz]e|determine|you are|name)\b"
    r"|生成|总结|總結|概括|返回|作成|要約",
    re.IGNORECASE,
)
KINDS: dict[TaskKind, str] = {
    "prompt": r"\bprompt for an? ?m? ?image generation",
    "queries": r"\b(search|retrieval) queries\b",
    "follow_ups": r"\b(follow[- ]?ups?|(next|related|suggested) questions)\b",
    "tags": r"\b(tags|keywords) (for|categori|that|describ|of)|\bbroad tags\b",
    "text": r"\bautocompletion system\b",
    "emoji": r"\b(fitting|suitable|appropriate|single|one) emoji\b",
    "title": r"\b(title|titling|summary|summari[sz]e|name for|a name)\b"
    r"|标题|標題|主题|主題|タイトル|总结|總結",
}
ABOUT = re.compile(
    r"\b(conversations?|chat|discussion|dialogue|history|messages?|exchange|thread"
    r"|(previous|following|users?['’]?s?) (query|prompt|question|text|request)"
    r"|(?:give|return|output|write|provide) (?:me )?(?:only )?the title(?: only)?)\b"
    r"|会话|會話|对话|對話|聊天|会話|这句话",
    re.IGNORECASE,
)
OF_PICTURES = re.compile(r"\b(pictures?|photos?|photographs?|images?|shots?)\b", re.IGNORECASE)
SHORT = re.compile(r"\b(words?|characters?|concise|short|brief|only)\b|字", re.IGNORECASE)
TITLER = re.compile(
    r"\b(?:you are|act as|you're) (?:an? |the )?(?:[\w-]+ ){0,4}?(?:titl\w+|summar\w+)"
    r" (?:\w+ )?(?:generator|assistant|writer|maker|creator|bot|agent|expert|model|ai|tool|system"
    r")\b",
    re.IGNORECASE,
)
KEY = re.compile(r'\{\s*"(\w+)"\s*:\s*(\[?)')
LABEL = re.compile(
    r"(?im)^[^\w\n]{0,20}(?:user|human|用户)(?:['’]?s? (?:message|query|prompt|request|input))?"
    r"[^\w\n:：]{0,20}[:：]\s*+(\S.*)$"
)
FENCE = re.compile(r'<(/?)(\w++)>|-{5,}+|"{3}|`{3}')
QUOTED = re.compile(r'["“「]([^"“”「」]++)["”」]\W*$')
INTRODUCED = re.compile(
    r"\b(?:conversation|chat|messages?|query|question|request|prompt|text)\b[^:\n]{0,40}:\s*+(\S.*)$",
    re.IGNORECASE | re.MULTILINE,
)
NEXT = ["show more", "more like the first one", "only landscape ones"]
LONGEST = 60  # characters of a title


def task_of(messages: Sequence[Message]) -> TaskKind | None:
    """Return what is asked for about the conversation; None: the last message is part of it.

    It may be asked for in any message that nobody answered, and go on in the next ones.
    """
    runs = _unanswered(messages)
    for run in (runs[-1], *(one for one in runs[:-1] if len(one) > 1)):
        for text in (*reversed(run), "\n".join(run)):
            if kind := _task_in(text):
                return kind
    told = "\n".join(one.text for one in messages if one.role in ("system", "developer"))
    titles = _task_in(told) == "title" and SHORT.search(told)
    if TITLER.search(told):  # with examples of titles before what is to be named
        return "title" if len(runs) == 1 or titles else None
    return "title" if len(runs) == 1 and titles else None


def _unanswered(messages: Sequence[Message]) -> list[list[str]]:
    """Return what users said, in the messages that follow one another without an answer."""
    spoken = [one for one in messages if one.role not in ("system", "developer")]
    runs = groupby(spoken, key=lambda one: one.role == "user")
    return [[one.text for one in run] for users, run in runs if users]


def done(kind: TaskKind, messages: Sequence[Message], collection: str) -> str:
    """Answer in the form that the request shows: JSON with its key, else plain words."""
    subject = _subject(messages) or collection
    found: dict[TaskKind, str | list[str]] = {
        "title": subject,
        "tags": [collection],
        "follow_ups": NEXT,
        "queries": [],
        "text": "",
        "emoji": "🔍",
        "prompt": subject,
    }
    value = found[kind]
    asking = [one.text for one in reversed(messages) if one.role != "user" or _task_in(one.text)]
    if form := next((form for text in asking if (form := KEY.search(text))), None):
        if form[2] and isinstance(value, str):
            value = [value]
        return json.dumps({form[1]: value}, ensure_ascii=False)
    return value if isinstance(value, str) else "\n".join(value)


def _task_in(text: str) -> TaskKind | None:
    if not ABOUT.search(text) and "autocompletion" not in text and "image generation" not in text:
        return None
    for sentence in re.split(r"[.!?。！？]\s|\n", text):
        if not ASKS.search(sentence):
            continue
        for kind, words in KINDS.items():
            fits = re.search(words, sentence, re.IGNORECASE)
            if fits and (kind == "prompt" or not OF_PICTURES.search(sentence)):
                return kind
    return None


def _spoken(text: str) -> str:
    """Return what a message says, if it is a request what stands within that."""
    if not _task_in(text):
        label = LABEL.match(text)
        return str(label[1]) if label else _first_of(text)
    if spoken := LABEL.search(text):
        return str(spoken[1])
    if fenced := _fenced(text):
        return re.split(r"\n-{5,}+", fenced)[0]
    found = QUOTED.search(text) or INTRODUCED.search(text)
    return str(found[1]) if found else ""


def _first_of(text: str) -> str:
    """Return what users say first in a conversation written as JSON; else the text itself."""
    try:
        told = json.loads(text) if text.lstrip()[:1] in ("[", "{") else None
    except (ValueError, RecursionError):
        return text
    turns = [one for one in (told if isinstance(told, list) else [told]) if isinstance(one, dict)]
    spoken = [one for one in turns if one.get("role", "user") == "user"]
    said = (value for one in spoken for key, value in one.items() if key != "role")
    return next((value for value in said if isinstance(value, str) and value.strip()), text)


def _fenced(text: str) -> str:
    """Return what stands within the first fence that is closed: a tag, dashes or three quotes."""
    began: dict[str, int] = {}
    held: dict[str, str] = {}
    for mark in FENCE.finditer(text):
        closing, tag = mark.groups()
        kind = tag or mark[0][0]
        if kind not in began and not closing:
            began[kind] = mark.end()
        elif kind in began and (closing or not tag):
            held.setdefault(kind, text[began[kind] : mark.start()].strip())
    return next((held[kind] for kind in began if held.get(kind)), "")


def _subject(messages: Sequence[Message]) -> str:
    """Return what the conversation began with, as a title."""
    told = "\n".join(one.text for one in messages if one.role in ("system", "developer"))
    said = [one.text for one in messages if one.role == "user"]
    if TITLER.search(told) and not _task_in(said[-1]):
        said.reverse()  # what is before are examples
    first = next(filter(str.strip, map(_spoken, map(unwrapped, said))), "")
    words = " ".join(re.sub(r"[#*_`\"<>\[\]{}]", " ", first).split())
    return words if len(words) <= LONGEST else words[:LONGEST].rsplit(" ", 1)[0] + " …"
