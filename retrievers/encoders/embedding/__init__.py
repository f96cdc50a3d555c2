"""Single-tower embedders: a text, a picture or both become one vector, through one network."""
