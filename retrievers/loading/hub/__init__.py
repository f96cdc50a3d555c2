"""Downloads from the model hub: what is there, fetched with progress, resumed, and checked."""
