"""From the bytes of a picture to its pixels, here or in a process of its own."""
