# ruff: noqa: E501 - prompts as they are sent
"""What front ends ask for on the side, a title and its kin, is no search and leaves no session."""

import json
from typing import Any

import httpx
import pytest

from app.server.compatible.chat_schema import Message
from app.server.compatible.tasks import done, task_of
from tests.app.server.running import Server

HISTORY = """### Chat History:
<chat_history>
USER: two dogs on a beach, photos of 2019
ASSISTANT: *two dogs on a beach* 1. ![dog](http://x/y.webp) title page of a chat.jpg
</chat_history>"""
OPEN_WEBUI = {
    "title": """### Task:
Generate a concise, 3-5 word title with an emoji summarizing the chat history.
### Guidelines:
- The title should clearly represent the main theme or subject of the conversation.
### Output:
JSON format: { "title": "your concise title here" }
""",
    "tags": """### Task:
Generate 1-3 broad tags categorizing the main themes of the chat history, along with 1-3 more specific subtopic tags.
### Output:
JSON format: { "tags": ["tag1", "tag2", "tag3"] }
""",
    "follow_ups": """### Task:
Suggest 3-5 relevant follow-up questions or prompts that the user might naturally ask next in this conversation as a **user**, based on the chat history, to help continue or deepen the discussion.
### Output:
JSON format: { "follow_ups": ["Question 1?", "Question 2?", "Question 3?"] }
""",
    "queries": """### Task:
Analyze the chat history to determine the necessity of generating search queries, in the given language. By default, **prioritize generating 1-3 broad and relevant search queries** unless it is absolutely certain that no additional information is required.
### Output:
Strictly return in JSON format:
{
  "queries": ["query1", "query2"]
}
""",
    "text": """### Task:
You are an autocompletion system. Continue the text in `<text>` based on the **completion type** in `<type>` and the given language.
### Output
{ "text": "<your_completion>" }
""",
    "prompt": """### Task:
Generate a detailed prompt for am image generation task based on the given language and context. Describe the image as if you were explaining it to someone who cannot see it.
### Output:
JSON format: { "prompt": "Your detailed prompt here." }
""",
}
PLAIN = {
    "Provide a concise, 5-word-or-less title for the conversation, using title case conventions. "
    "Only return the title itself.\n\nConversation:\nUser: two dogs on a beach\nAI: found": "title",
    "Please generate a concise title (max 40 characters) for a conversation that starts with:\n"
    "User: two dogs on a beach\nAssistant: 1. a.jpg": "title",
    "Here is the query:\n\n--------------\n\ntwo dogs on a beach\n\n--------------\n\nCreate a "
    "concise, 3-5 word phrase as a title for the previous query. RESPOND ONLY WITH THE TITLE "
    "TEXT.": "title",
    "Your task is to reflect the speaker's likely facial expression through a fitting emoji. "
    'Interpret emotions from the message.\n\nMessage: """two dogs on a beach"""': "emoji",
    "Based on the chat history, give this conversation a name.\nKeep it short - 10 characters "
    "max, no quotes.\n\nUser: two dogs on a beach": "title",
    "Based on the chat history, give this conversation a name.\nKeep it short - 10 characters "
    "max, no quotes.\nUse English.\nJust provide the name, nothing else.\n\nHere's the "
    "conversation:\n\n```\ntwo dogs on a beach\n---------\n1. a.jpg\n```\n\nName this conversation "
    "in 10 characters or less.\nUse English.\nOnly give the name, nothing else.": "title",
    "Please generate a concise, 5-word-or-less title for the conversation, using its same "
    'language, with no punctuation.\n\n||>User:\n"two dogs on a beach"\n||>Response:\n"1. a.jpg"'
    "\n\n||>Title:": "title",
    'Summarize in a 10-word Title. Give the title only. "two dogs on a beach"': "title",
    "Summarize this message into a short title of 5 words or less: two dogs on a beach": "title",
}
AFTERWARDS = (
    "Please generate a four to five word title summarizing our conversation without any lead-in, "
    "punctuation, quotation marks, periods, symbols, bold text, or additional text.",
    "Summarize the discussion briefly in 200 words or less to use as a prompt for future context.",
    "What would be a short and relevant title for this chat? Return only the title, no other text.",
    "使用四到五个字直接返回这句话的简要主题，不要解释、不要标点、不要语气词、不要多余文本",
)
SYSTEMS = (
    "You are a chat thread titling assistant. Goal: Produce a very short, descriptive title (2-4 "
    "words) that names the topic of the user's first message.",
    "Create a precise, descriptive title (2-5 words) for a conversation. RESPOND WITH ONLY THE "
    "TITLE.",
    "你是一名擅长会话的助理，你需要将用户的会话总结为 10 个字以内的标题",
    "You are a summarization AI. Summarize the user's request into a single short sentence of four "
    "words or less. Do not try to answer it, only summarize the user's query. Always start your "
    "answer with an emoji relevant to the summary",
    "You are a summarisation tool. Reply with at most five words.",
)
SEARCHES = (
    "a cover with a title",
    "show me photos of a conversation with a title card",
    "give me pictures of two people in a chat, with a caption that is their names",
    "Please provide pictures of my dog with tags for the summer party",
    "name tags at the summer party",
    "screenshots of chat messages",
    "a message in a bottle",
    "find the photo whose title is Conversation with a Stone",
    "an emoji cushion",
    "return to the beach, without people",
    "images I could give as a title picture to a discussion group",
    "### Task:\nRespond to the user query using the provided context, incorporating inline "
    "citations in the format [id].\n<context>none</context>\n<user_query>dogs</user_query>",
)


def message(role: str, text: str) -> Message:
    return Message.model_validate({"role": role, "content": text})


def said(*texts: str, system: str = "") -> list[Message]:
    head = [message("system", system)] if system else []
    return [*head, *(message("user", text) for text in texts)]


@pytest.mark.parametrize("kind", OPEN_WEBUI)
def test_open_webuis_tasks_are_known_and_answered_under_their_key(kind: str) -> None:
    asked = said(OPEN_WEBUI[kind] + HISTORY)
    found = task_of(asked)
    assert found == kind
    answer = json.loads(done(found, asked, "Shapes"))
    assert set(answer) == {kind}
    if kind == "title":
        assert answer["title"] == "two dogs on a beach, photos of 2019"
    if kind == "tags":
        assert answer["tags"] == ["Shapes"]


@pytest.mark.parametrize("text", PLAIN)
def test_other_front_ends_prompts_are_known_and_answered_in_plain_words(text: str) -> None:
    asked = said(text)
    found = task_of(asked)
    assert found is not None and found == PLAIN[text]
    assert done(found, asked, "Shapes") in ("two dogs on a beach", "🔍")


@pytest.mark.parametrize("text", AFTERWARDS)
def test_a_prompt_after_the_conversation_itself_is_known(text: str) -> None:
    asked = said("two dogs on a beach", text)
    found = task_of(asked)
    assert found == "title"
    assert done(found, asked, "Shapes") == "two dogs on a beach"


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_prompt_of_the_system_is_known(system: str) -> None:
    asked = said("two dogs on a beach", system=system)
    found = task_of(asked)
    assert found == "title"
    assert done(found, asked, "Shapes") == "two dogs on a beach"


@pytest.mark.parametrize(
    "written",
    [
        [{"role": "user", "mainText": "two dogs on a beach"}, {"role": "assistant", "text": "ok"}],
        [{"content": "two dogs on a beach", "role": "user"}],
        {"role": "user", "text": "two dogs on a beach"},
    ],
)
def test_a_conversation_as_json_is_no_form_to_answer_in(written: object) -> None:
    asked = "You need to summarize the user's conversation into a title within 10 words."
    messages = [message("system", asked), message("user", json.dumps(written))]
    assert task_of(messages) == "title"
    assert done("title", messages, "pictures") == "two dogs on a beach"


def test_examples_of_titles_before_the_message_are_no_conversation() -> None:
    system = SYSTEMS[3]
    for text in ("two dogs on a beach", 'User message: "two dogs on a beach"'):
        asked = said("Who is the president of Gabon?", text, system=system)
        asked.insert(2, message("assistant", "🇬🇦 President of Gabon"))
        assert task_of(asked) == "title"
        assert done("title", asked, "Shapes") == "two dogs on a beach"


QUERY = "<user_query>\na red circle\n</user_query>"
ASIDE = (
    f"### Task:\nRespond to the user query using the provided context, incorporating inline "
    f"citations.\n### Guidelines:\n- If unsure, ask the user.\n<context>\n{{}}\n</context>\n\n{QUERY}",
    f"<context>\n{{}}\n</context>\n\n{QUERY}",
    "### Task:\nRespond to the user query.\n<context>\n{}\n</context>\n\na red circle",
    "Use the following context, inside <context></context> XML tags.\n<context>{}</context>\n\nGiven "
    "the context information, answer the query.\nQuery: a red circle",
    "<source id='1'>{}</source>\n<query>a red circle</query>",
)


@pytest.mark.parametrize("text", ASIDE)
def test_of_words_with_documents_around_them_the_words_are_looked_for(
    text: str, api: httpx.Client, served: Server
) -> None:
    before = sessions(served)
    whole = text.format("yellow stripes <user_query>never</user_query>\nQuery: blue")
    talk = [{"role": "user", "content": whole}]
    turn = api.post("/v1/chat/completions", json={"model": "Shapes", "messages": talk}).json()
    assert turn["dialens"]["understood"] == "a red circle"
    talk = [{"role": "user", "content": said} for said in ("a red circle", "no blue")]
    turn = api.post("/v1/chat/completions", json={"model": "Shapes", "messages": talk}).json()
    assert turn["dialens"]["understood"] == "a red circle; not blue"
    assert sessions(served) <= before + 1


SPLIT = (
    (
        "system: You are a title generator. You output ONLY a thread title. Nothing else.",
        "user: Generate a title for this conversation:\n",
        "user: a leopard",
    ),
    ("user: Generate a title for this conversation:\n", "user: a leopard"),
    ("user: Generate a title for this conversation:", "user: a leopard", "assistant: 1. a.jpg"),
    ("developer: Summarize the conversation in a short title.", "user: a leopard"),
    ("system: You are a title generator.", "user: a leopard"),
    (
        "system: You are a helpful assistant.",
        "user: Summarize the following conversation in 5 words:",
        "user: a leopard",
        "assistant: 1. a.jpg",
        "user: at night",
    ),
)


@pytest.mark.parametrize("told", SPLIT)
def test_a_request_that_is_spread_over_messages_is_known_and_leaves_no_session(
    told: tuple[str, ...], api: httpx.Client, served: Server
) -> None:
    before = sessions(served)
    messages = [dict(zip(("role", "content"), one.split(": ", 1), strict=True)) for one in told]
    answer = api.post("/v1/chat/completions", json={"model": "Shapes", "messages": messages})
    out = answer.json()
    assert out["dialens"] is None
    assert "leopard" in out["choices"][0]["message"]["content"]
    assert sessions(served) == before


def test_a_search_after_a_title_that_was_answered_is_a_search() -> None:
    asked = said("Generate a title for this conversation", "a leopard")
    asked.insert(1, message("assistant", "Shapes"))
    assert task_of(asked) is None


@pytest.mark.parametrize("text", SEARCHES)
def test_what_a_person_looks_for_is_no_task(text: str) -> None:
    assert task_of(said(text)) is None
    assert task_of(said("dogs", text, system="You are helpful; answer in a few words.")) is None
    pirate = "You are a pirate. Suggest follow-up questions at the end of each message."
    assert task_of(said(text, system=pirate)) is None


def sessions(served: Server) -> int:
    return len(list((served.home / "sessions").glob("*.jsonl")))


def test_a_client_that_asks_for_all_of_it_leaves_one_session(
    api: httpx.Client, served: Server
) -> None:
    def ask(messages: list[dict[str, str]], **more: Any) -> str:
        asked = {"model": "Shapes", "messages": messages, **more}
        answer = api.post("/v1/chat/completions", json=asked)
        assert answer.status_code == 200, answer.text
        return answer.text

    before = sessions(served)
    talk = [{"role": "user", "content": "a small circle"}]
    for _ in range(3):  # asked for again and again
        reply = json.loads(ask(talk))["choices"][0]["message"]["content"]
    for prompt in (*OPEN_WEBUI.values(), *PLAIN):
        out = json.loads(ask([{"role": "user", "content": prompt + HISTORY}]))
        assert out["dialens"] is None and out["usage"]["total_tokens"]
        assert "data: [DONE]" in ask([{"role": "user", "content": prompt}], stream=True)
    ask(
        [*talk, {"role": "assistant", "content": reply}, {"role": "user", "content": AFTERWARDS[0]}]
    )
    assert sessions(served) == before
    talk += [{"role": "assistant", "content": reply}, {"role": "user", "content": "red"}]
    assert "*a small circle" in ask(talk)
    assert sessions(served) == before + 1


def test_messages_that_are_edited_or_asked_again_stay_in_one_session(
    api: httpx.Client, served: Server
) -> None:
    def ask(*said: str) -> tuple[str, str]:
        messages = [{"role": "user", "content": text} for text in said]
        asked = {"model": "Shapes", "messages": messages}
        answer = api.post("/v1/chat/completions", json=asked)
        assert answer.status_code == 200, answer.text
        return answer.json()["id"].rpartition("-")[0], answer.json()["dialens"]["understood"]

    before = sessions(served)
    told = [
        ask("an odd circle"),
        ask("an odd circle", "red"),
        ask("an odd circle", "red", "no blue"),
        ask("an odd circle", "red", "no yellow"),  # edited
        ask("an odd circle", "red", "no yellow"),  # asked for again
        ask("an odd circle", "green"),
        ask("an odd circle", "green", "no red", "large"),  # two at once
        ask("an odd circle", "red", "no blue", "undo"),
        ask("an odd circle", "red", "no blue", "undo", "only small ones"),
    ]
    assert len({session for session, _ in told}) == 1
    assert sessions(served) == before + 1
    assert [understood for _, understood in told][3:7] == [
        "an odd circle + red; not yellow",
        "an odd circle + red; not yellow",
        "an odd circle + green",
        "an odd circle + green + large; not red",
    ]
    assert told[8][1] == "an odd circle + red + small"
