"""The collections and sessions of the home folder: found, indexed, searched, looked after."""
