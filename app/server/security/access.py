"""Who may come in: the host that a request is addressed to, where it comes from, and its token.

A name that leads to this machine by a trick of the name server (DNS rebinding) is refused by its
Host header, a page of another site that sends forms here (CSRF), or measures what is here, by its
Origin and by what the browser itself says of the two sites (Sec-Fetch-Site), which no page can
forge. It is refused before anything is looked for. Links to pictures with a key are for pages of
other sites, such as a chat's.
"""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.server.contract.errors import body
from app.server.contract.settings import Settings
from app.server.security.sign_ins import SignIns
from app.server.security.signed_links import opens
from app.server.security.token_guesses import Guesses

COOKIE = "dialens_session"
_OURS = re.compile(COOKIE.encode() + rb"=[\w-]{1,100}")
WRONG = "/login?wrong=1"
"""Where a browser that brought a wrong token is led."""

OPEN = {"/health", "/login", "/logout"}
HARMLESS = {"GET", "HEAD", "OPTIONS"}
HEADERS = {
    "content-security-policy": "default-src 'self'; img-src 'self' data: blob:; object-src 'none';"
    " base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "same-origin",  # with no-referrer a form's own Origin is null
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


class Access:
    """Let a request in, with its user in `scope["user"]`, or refuse it."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app, self.settings = app, settings
        self.sign_ins, self.guesses = SignIns(settings), Guesses()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope["headers"] = _with_one_cookie(scope["headers"])
        headers = Headers(scope=scope)
        address = (scope.get("client") or ("",))[0]
        guesses = bool(self.settings.tokens) and _brings_a_token(scope, headers)
        linked = opens(scope["path"], scope["query_string"].decode("latin-1"), self.settings)
        refused = self._too_many(scope, address) if guesses else None
        refused = refused or self._refused(scope, headers, linked=linked)
        kept = not self.settings.tokens or scope["path"].startswith("/static/")
        own = HEADERS if kept else HEADERS | {"cache-control": "no-store"}  # no way back once out
        own = own | ({"cross-origin-resource-policy": "cross-origin"} if linked else {})

        async def sending(message: Message) -> None:
            if guesses and _is_wrong(message):
                self.guesses.wrong(address)
            await send(message)

        await (refused or self.app)(scope, receive, _with_headers(sending, own))

    def _too_many(self, scope: Scope, address: str) -> Response | None:
        if not (wait := self.guesses.wait(address)):
            return None
        line = f"too many wrong tokens came from your address; try again in {wait} s"
        return problem_response(429, line, scope["path"], {"retry-after": str(wait)})

    def _refused(self, scope: Scope, headers: Headers, *, linked: bool) -> Response | None:
        hosts = headers.getlist("host")
        if len(hosts) != 1 or host_name(hosts[0]) not in self.settings.hosts:
            return problem_response(
                400, "this server does not answer to that host name; see --name", scope["path"]
            )
        if not (linked or _from_here(headers, hosts[0]) or _is_navigation(scope, headers)):
            return problem_response(
                403, "requests of other sites' pages are refused", scope["path"]
            )
        user = self.user(headers)
        scope["user"] = user or ""
        open_ = scope["path"] in OPEN or scope["path"].startswith("/static/")
        if linked or open_ or user is not None:
            return None
        if "text/html" in headers.get("accept", "") and scope["method"] == "GET":
            return RedirectResponse(f"/login?next={quote(_path_and_query(scope), safe='')}", 303)
        due = "a token is due: Authorization: Bearer TOKEN"
        return problem_response(401, due, scope["path"], {"www-authenticate": "Bearer"})

    def user(self, headers: Headers) -> str | None:
        """Return the user whose token a request brings; `""` where there are no tokens."""
        if not self.settings.tokens:
            return ""
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self.sign_ins.owner(given.strip())
        return self.sign_ins.user(cookie_of(headers))


def cookie_of(headers: Headers) -> str:
    """Return the cookie by which a request says who is signed in; empty without one."""
    return headers.get("cookie", "").removeprefix(f"{COOKIE}=")


def place_here(address: str) -> str:
    """Return the address that was asked for, if it is one of this server; else the first page's."""
    return address if re.fullmatch(r"/([^/\\\s\0-\x20\x7f][^\\\s\0-\x20\x7f]*)?", address) else "/"


def host_name(host: str) -> str:
    """Return the name of a Host header, without its port."""
    try:
        return "" if "@" in host else urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def problem_response(
    status: int, detail: str, path: str, headers: Mapping[str, str] | None = None
) -> Response:
    """Answer a request for that path with one line."""
    return JSONResponse(body(status, detail, path), status_code=status, headers=headers)


def _from_here(headers: Headers, host: str) -> bool:
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if origin == "null" and site == "same-origin":  # the browser hides the address, not the site
        origin = None
    if origin is not None and origin.lower() not in (
        f"http://{host}".lower(),
        f"https://{host}".lower(),
    ):
        return False
    return site in (None, "none", "same-origin")


def _is_navigation(scope: Scope, headers: Headers) -> bool:
    """Whether a person follows a link of another site, in a window and not in a frame of it."""
    address = headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")
    return scope["method"] in HARMLESS and address == ("navigate", "document")


def _brings_a_token(scope: Scope, headers: Headers) -> bool:
    if scope["path"] in OPEN:
        return (scope["path"], scope["method"]) == ("/login", "POST")
    return "authorization" in headers


def _is_wrong(message: Message) -> bool:
    """Whether an answer says that a token is nobody's."""
    led = Headers(raw=message.get("headers", [])).get("location", "")
    return message.get("status") == 401 or led.startswith(WRONG)


def _with_one_cookie(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Leave no cookie but ours, if it can be: to read hostile ones takes `http.cookies` seconds."""
    others = [one for one in headers if one[0] != b"cookie"]
    given = b";".join(value for name, value in headers if name == b"cookie").split(b";")
    ours = (one.strip() for one in given if one.strip().startswith(COOKIE.encode() + b"="))
    kept = next(filter(_OURS.fullmatch, ours), None)
    return [*others, (b"cookie", kept)] if kept else others


def _path_and_query(scope: Scope) -> str:
    path = scope.get("raw_path") or quote(scope["path"]).encode()
    query = b"?" * bool(scope["query_string"]) + scope["query_string"]
    return bytes(path + query).decode("latin-1")


def _with_headers(send: Send, own: Mapping[str, str]) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            held = list(message.get("headers", []))
            given = {name for name, _ in held}
            new = [(k.encode(), v.encode()) for k, v in own.items() if k.encode() not in given]
            message["headers"] = held + new
        await send(message)

    return sending
