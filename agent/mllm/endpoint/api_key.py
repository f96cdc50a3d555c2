"""The key of a served model: the environment's goes to the one host that it was given for.

An address may stand in a file that somebody else wrote, such as stages or a profile; a key that
went to any address would be theirs.
"""

import os
from urllib.parse import urlsplit

REMEDY = "check api_key, or $DIALENS_API_KEY, which goes to the host in $DIALENS_API_HOST alone"


def api_key(base_url: str, given: str | None) -> str:
    """Return the key to send there: the one given for it, or `$DIALENS_API_KEY` if it is for it.

    Args:
        base_url: where the endpoint begins.
        given: in the options, beside the address.
    """
    if given:
        return given
    named = os.environ.get("DIALENS_API_HOST", "").strip()
    key = os.environ.get("DIALENS_API_KEY", "")
    return key if key and named and _is_of(base_url, named) else "none"


def _is_of(url: str, named: str) -> bool:
    """Whether an address is of a host, written `HOST`, `HOST:PORT`, or as an address itself."""
    try:
        asked, meant = urlsplit(url), urlsplit(named if "//" in named else f"//{named}")
        return (
            asked.hostname == meant.hostname
            and meant.port in (None, asked.port)
            and meant.scheme in ("", asked.scheme)
        )
    except ValueError:
        return False
