"""`dialens search`: one question, one list."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import typer

from app.commands.options.collection_names import Named
from app.commands.options.stage_options import Adapter, Budget, File, Llm, Reranker, Rewriter
from app.terminal.command_errors import door


class Orientation(StrEnum):
    """Which way a picture lies."""

    PORTRAIT = "portrait"
    LANDSCAPE = "landscape"
    SQUARE = "square"


class Order(StrEnum):
    """How what is found is listed."""

    BEST = "best"
    NEWEST = "newest"
    OLDEST = "oldest"


class Lacking(StrEnum):
    """What a picture can lack."""

    DATE = "date"
    TAGS = "tags"
    RATING = "rating"
    CAMERA = "camera"


class Thumbnails(StrEnum):
    """How pictures are drawn in the terminal."""

    AUTO = "auto"
    KITTY = "kitty"
    ITERM = "iterm"
    BLOCKS = "blocks"
    NONE = "none"


Words = Annotated[list[str] | None, typer.Argument(metavar="TEXT...", help="What to look for.")]
Count = Annotated[int, typer.Option("-k", metavar="N", min=1, help="How many pictures.")]
Images = Annotated[
    list[Path] | None, typer.Option("--image", metavar="FILE", help="Look like this file.")
]
Like = Annotated[
    list[str] | None,
    typer.Option(metavar="ID|PATH", help="Look like this picture of the collection."),
]
Not = Annotated[list[str] | None, typer.Option("--not", metavar="TEXT", help="Stay away from it.")]
Without = Annotated[
    list[str] | None,
    typer.Option("--exclude-id", metavar="ID|PATH", help="Leave it out."),
]
Globs = Annotated[
    list[str] | None,
    typer.Option(
        "--path", metavar="GLOB", help="Only where it matches: 'trips/**'; of several, all must."
    ),
]
NotGlobs = Annotated[
    list[str] | None,
    typer.Option("--not-path", metavar="GLOB", help="Not where it matches; of several, any."),
]
Places = Annotated[
    list[str] | None,
    typer.Option("--place", metavar="NAME", help="Taken in that town, region or country."),
]
NotPlaces = Annotated[
    list[str] | None, typer.Option("--not-place", metavar="NAME", help="Not taken there.")
]
After = Annotated[
    str | None,
    typer.Option(metavar="DATE", help="Taken in or after: 2019, 1.6.2019, 2019-06-01 16:00."),
]
Before = Annotated[
    str | None, typer.Option(metavar="DATE", help="Taken before that day, or that time of it.")
]
On = Annotated[
    str | None, typer.Option(metavar="DAYS", help="Of the week: weekends, sunday, mon-fri.")
]
At = Annotated[
    str | None, typer.Option(metavar="HOURS", help="Of the day: 6-12, 18:30-21, mornings.")
]
Season = Annotated[
    str | None, typer.Option(metavar="DAYS", help="Of any year: winter, may, 12-01/02-28.")
]
Lies = Annotated[
    Orientation | None,
    typer.Option(metavar="WAY", case_sensitive=False, help="portrait, landscape or square."),
]
MinMp = Annotated[
    float | None, typer.Option(metavar="MP", min=0, help="At least so many megapixels.")
]
MaxMp = Annotated[
    float | None, typer.Option(metavar="MP", min=0, help="At most so many megapixels.")
]
Camera = Annotated[str | None, typer.Option(metavar="TEXT", help="Part of the camera's name.")]
Tags = Annotated[list[str] | None, typer.Option("--tag", metavar="TEXT", help="Carries this tag.")]
Rating = Annotated[
    str | None, typer.Option(metavar="STARS", help="So many stars: 4+, 5, 2-3; -1 is rejected.")
]
Lacks = Annotated[
    list[Lacking] | None,
    typer.Option(metavar="FACT", help="Has none: date, tags, rating or camera."),
]
Listed = Annotated[
    Order, typer.Option(metavar="HOW", case_sensitive=False, help="best, newest or oldest first.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]
Html = Annotated[Path | None, typer.Option(metavar="FILE", help="Write a page with the pictures.")]
Open = Annotated[bool, typer.Option("--open", help="Write that page and open it.")]
Thumbs = Annotated[
    Thumbnails, typer.Option(metavar="HOW", help="auto, kitty, iterm, blocks, none.")
]
Reasons = Annotated[bool, typer.Option("--why", help="Say what put each picture there.")]
PathsOnly = Annotated[bool, typer.Option("--paths-only", help="One path a line, for pipes.")]
Nul = Annotated[bool, typer.Option("-0", help="Paths ended by NUL, for xargs -0.")]
Codes = Annotated[
    bool, typer.Option("--codes", help="Likewise, through codes of one bit a number.")
]
ProfileName = Annotated[
    str | None,
    typer.Option("--profile", metavar="NAME", help="Whose stages; else the collection's own."),
]
Nearly = Annotated[
    bool, typer.Option("--approximate", help="Through a graph, from 50,000 pictures on.")
]


@door
def search(
    text: Words = None,
    collection: Named = None,
    k: Count = 12,
    image: Images = None,
    like: Like = None,
    unwanted: Not = None,
    exclude_id: Without = None,
    path: Globs = None,
    not_path: NotGlobs = None,
    place: Places = None,
    not_place: NotPlaces = None,
    after: After = None,
    before: Before = None,
    on: On = None,
    at: At = None,
    season: Season = None,
    orientation: Lies = None,
    min_mp: MinMp = None,
    max_mp: MaxMp = None,
    camera: Camera = None,
    tag: Tags = None,
    rating: Rating = None,
    lacks: Lacks = None,
    order: Listed = Order.BEST,
    as_json: AsJson = False,
    html: Html = None,
    open_page: Open = False,
    thumbnails: Thumbs = Thumbnails.AUTO,
    why: Reasons = False,
    paths_only: PathsOnly = False,
    nul: Nul = False,
    approximate: Nearly = False,
    codes: Codes = False,
    stages: File = None,
    rewriter: Rewriter = None,
    reranker: Reranker = None,
    budget: Budget = None,
    llm: Llm = None,
    adapter: Adapter = None,
    profile: ProfileName = None,
) -> None:
    """Find pictures by words, by example and by facts.

    dialens search a boat at dusk -k 20
    dialens search "a dog on grass" --not people --after 2019 --orientation landscape
    dialens search --image sketch.png "in colour" --html found.html
    dialens search a lake --season winter --on weekends --at 6-12
    dialens search a birthday cake --order newest
    dialens search a harbour --place Lisbon
    dialens search --like IMG_2041.jpg --path 'trips/**'
    dialens search sunset --path 'trips/**' -0 | xargs -0 cp -t ~/chosen
    dialens search a receipt --json | jq -r '.hits[].path'
    dialens search a dog at night --reranker yesno --budget 3
    dialens search a dog at night --adapter runs/dialogue-1

    Options with a list can be given several times; conditions all hold at once.
    """
    from agent.understanding.grammar.dates.days import doubt
    from app.library import query_options, search_output
    from app.library.profile_stages import behind as of_profile
    from app.library.stages_chosen import chosen

    behind = chosen(
        stages,
        rewriter=rewriter,
        reranker=reranker,
        budget=budget,
        llm=llm,
        adapter=adapter,
        base=None if stages else of_profile(profile, collection),
    )
    conditions = query_options.filters(
        paths=path or (),
        not_paths=not_path or (),
        places=place or (),
        not_places=not_place or (),
        after=after,
        before=before,
        on=on,
        at=at,
        season=season,
        orientation=orientation.value if orientation else None,
        megapixels=(min_mp, max_mp),
        camera=camera,
        tags=tag or (),
        rating=rating,
        lacks=[one.value for one in lacks or ()],
    )
    for line in filter(None, map(doubt, filter(None, (after, before)))):
        typer.echo(line, err=True)
    nearly: Literal["codes"] | bool = "codes" if codes else approximate
    with query_options.opened_collection(collection) as opened:
        query = query_options.query(
            opened.collection,
            " ".join(text or ()),
            unwanted=unwanted or (),
            images=image or (),
            like=like or (),
            excluded=exclude_id or (),
            filters=conditions,
            order=order.value,
        )
        form = search_output.form(as_json=as_json, paths_only=paths_only, nul=nul)
        staged = bool(behind.rewriter or behind.reranker)
        with search_output.preview(form, opened.collection.roots(), staged=staged) as preview:
            found = query_options.ask(
                opened, query, k, approximate=nearly, stages=behind, on_better=preview
            )
        search_output.found(found, form, thumbnails=thumbnails.value, why=why)
        if html or open_page:
            search_output.page(found, html, browse=open_page)
