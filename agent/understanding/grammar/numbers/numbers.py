"""Numbers in words and digits."""

UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen twenty"
).split()
TENS = {"thirty": 30, "forty": 40, "fifty": 50, "hundred": 100}
ORDINALS = (
    "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth "
    "thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
).split()
LOOSE = {
    "a": 1,
    "an": 1,
    "couple": 2,
    "a couple": 2,
    "few": 3,
    "a few": 3,
    "dozen": 12,
    "a dozen": 12,
}

CARDINAL = r"(?:\d{1,4}|" + "|".join([*reversed(UNITS[1:]), *TENS]) + ")"
COUNT = rf"(?:{CARDINAL}|(?:a )?(?:couple|few|dozen)(?: of)?)"
ORDINAL = r"(?:\d{1,3}(?:st|nd|rd|th)|" + "|".join(reversed(ORDINALS[1:])) + ")"


def number(text: str) -> int:
    """Read what `CARDINAL`, `COUNT` or `ORDINAL` matched.

    Raises:
        ValueError: it is no number.
    """
    word = text.casefold().removesuffix(" of")
    digits = word.removesuffix("st").removesuffix("nd").removesuffix("rd").removesuffix("th")
    if digits.isdecimal():
        return int(digits)
    for table in (UNITS, ORDINALS):
        if word in table:
            return table.index(word)
    if word in TENS or word in LOOSE:
        return {**TENS, **LOOSE}[word]
    raise ValueError(f"not a number: {text!r}")
