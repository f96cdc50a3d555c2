"""What is asked of the program that it cannot do: said so, and not searched for."""

import re

from agent.understanding.acts import Unclear

_PLEASE = r"(?:(?:please|pls|hey|ok|okay|now|and|then|kindly|just)\b,? )*"
_CAN = r"(?:(?:can|could|would|will) you (?:please )?)?"
_ONE = (
    r"(?:it|this|that|them|these|those|all|everything|#? ?\d+|number|nr|no\.|picture|photo|me"
    r"|the (?:first|second|third|fourth|fifth|last|one))"
)
_DEEDS = re.compile(
    rf"{_PLEASE}{_CAN}(?P<deed>e?mail|text|send|whatsapp|print|delete|erase|crop|rotate|edit"
    r"|share|upload|post|buy|call|zoom(?: in| out)?|enlarge|brighten|sharpen|order|move|copy|rename"
    r"|flip|blur|play)"
    rf" (?:in |on |out )?{_ONE}\b.*",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"(?:is it|is this|does (?:it|this)|are you|who (?:are|made) you|do you (?:speak|understand"
    r"|know how|keep|store|have access|support)|can you (?:understand|speak|read|see|hear)"
    r"|why (?:do|does|is it so))\b.*",
    re.IGNORECASE,
)


_OTHER = re.compile(
    r"(?:\w+,? ){0,4}(?:the )?other (?:kind|sort|type|meaning|variety|one|version)(?: of .+)?", re.I
)


def unable(said: str) -> Unclear | None:
    """Say that something cannot be done; None if it may be."""
    if match := _DEEDS.fullmatch(said.strip(" .!?")):
        return Unclear(
            f"I can find, show, save and export pictures, not {match['deed'].casefold()} them."
        )
    if _OTHER.fullmatch(said.strip(" .!?")):
        return Unclear("Which other one? Say what it is like.")
    if _ABOUT.fullmatch(said.strip(" .!?")):
        return Unclear("I only search your pictures: say what they show, or ask for help.")
    return None
