"""How an encoder is to run, as the caller wishes it; nothing here needs torch."""

from typing import NamedTuple


class Options(NamedTuple):
    """See `load_encoder`; None leaves the choice to the machine."""

    device: str | None = None
    threads: int | None = None
    dtype: str | None = None
    batch: int = 32
