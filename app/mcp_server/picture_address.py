"""Where an agent reads a picture."""

from urllib.parse import quote

from app.server.contract.picture_names import placed
from retrievers.hit import Picture

ADDRESS = "dialens://{collection}/{picture}"


def picture_address(picture: Picture, collection: str) -> str:
    """Return the address of a picture's resource."""
    return ADDRESS.format(collection=quote(collection, safe=""), picture=placed(picture))
