"""Months and days of the week by their English names."""

MONTHS = (
    "january february march april may june july august september october november december"
).split()
DAYS = "monday tuesday wednesday thursday friday saturday sunday".split()

MONTH = r"(?:" + "|".join(f"{m}|{m[:4]}|{m[:3]}" for m in MONTHS) + r")\.?"
DAY_NAME = rf"(?:{'|'.join(DAYS)})"


def month_number(name: str) -> int:
    """Return 1 for january, jan. and the like."""
    return [month[:3] for month in MONTHS].index(name[:3]) + 1
