"""The closed grammar: `interpreter` reads an utterance, with a module per kind of phrase.

Written here, since what is not understood for certain has to stay a description: dateparser and its
like make a date of nearly anything.
"""
