"""What is read of a chat completion; nothing else that a server sends is looked at."""

from pydantic import BaseModel, Field


class Token(BaseModel):
    """A token that could have come, and its log-probability."""

    token: str
    logprob: float


class ChosenToken(Token):
    """The token that came, with the likeliest in its place."""

    top_logprobs: list[Token] | None = None


class Logprobs(BaseModel):
    """Of each token of a reply."""

    content: list[ChosenToken] | None = None


class ReplyMessage(BaseModel):
    """What was said."""

    content: str | None = None


class Choice(BaseModel):
    """One reply."""

    message: ReplyMessage
    logprobs: Logprobs | None = None


class Tokens(BaseModel):
    """How many were paid for."""

    prompt_tokens: int | None = Field(default=None, ge=0)
    completion_tokens: int | None = Field(default=None, ge=0)


class Completion(BaseModel):
    """A chat completion."""

    choices: list[Choice] = Field(min_length=1)
    usage: Tokens | None = None
