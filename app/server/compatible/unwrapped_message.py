"""What a person said, of a message into which a front end put what it found besides.

Open WebUI and its kin put documents around the last message: `<context>...</context>` before it, or
its words in `<user_query>`.
"""

import re

_NAMES = r"user_?(?:query|question|input|message|prompt|request)|query|question"
_OPENS = re.compile(rf"<({_NAMES})>", re.IGNORECASE)
_CONTEXT = re.compile(r"</(?:context|documents?|sources?|search_results)>", re.IGNORECASE)
_LABEL = re.compile(
    r"(?im)^[^\w\n]{0,20}(?:user(?:'s)? )?(?:query|question|message|input)\W{0,4}[:：]\s*"
)


def unwrapped(text: str) -> str:
    """Return the words of the person alone; all of the text if nothing was put around them."""
    held = text.strip()
    if opened := list(_OPENS.finditer(held)):
        last = opened[-1]
        end = f"</{last[1]}>".casefold()
        if held.casefold().endswith(end):
            return held[last.end() : -len(end)].strip() or text
    after = held
    if found := list(_CONTEXT.finditer(held)):
        after = held[found[-1].end() :].strip()
        if labels := list(_LABEL.finditer(after)):
            after = after[labels[-1].end() :].strip()
    return after or text
