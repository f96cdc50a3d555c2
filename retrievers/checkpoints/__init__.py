"""Generative checkpoints of transformers, opened for whoever thinks or encodes with them."""

import logging

logging.getLogger("bitsandbytes").setLevel(logging.ERROR)  # it speaks up when peft looks for it
