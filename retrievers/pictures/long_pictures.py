"""Pictures so long that resizing their short side alone would take gigabytes."""

from PIL.Image import Image

LONGEST = 16


def shorten(image: Image) -> Image:
    """Cut the middle out of a picture more than 16 times as long as wide.

    For networks that look at the middle square only: a strip of 10 x 30,000 pixels would become
    one of 224 x 672,000 before all but 224 x 224 is thrown away.
    """
    width, height = image.size
    longest = LONGEST * min(width, height)
    if max(width, height) <= longest:
        return image
    new_width, new_height = min(width, longest), min(height, longest)
    left, top = (width - new_width) // 2, (height - new_height) // 2
    return image.crop((left, top, left + new_width, top + new_height))
