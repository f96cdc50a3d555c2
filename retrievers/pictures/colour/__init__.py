"""Colours: ICC profiles, stated colour spaces, grey levels; all becomes 8-bit sRGB."""
