"""The field's figures, each with its source and its trap. Ties always go against the system.

Written here for that: torchmetrics, ranx and trec_eval, which the tests compare with, let an order
that the scores do not give decide.
"""
