import json

from hypothesis import given
from hypothesis import strategies as st

from agent.conversation.serialise import deserialise, serialise
from agent.understanding.acts import Act, Filter
from retrievers.query import Filters, Query

HOUR = st.integers(0, 96).map(lambda quarter: quarter / 4)
MONTH_DAY = st.tuples(st.integers(1, 12), st.integers(1, 28))
FILTERS = st.builds(
    Filters,
    places=st.lists(st.text(max_size=9), max_size=2).map(tuple),
    not_places=st.lists(st.text(max_size=9), max_size=2).map(tuple),
    weekdays=st.lists(st.integers(1, 7), max_size=7).map(tuple),
    hours=st.lists(st.tuples(HOUR, HOUR), max_size=3).map(tuple),
    month_days=st.lists(st.tuples(MONTH_DAY, MONTH_DAY), max_size=3).map(tuple),
)


@given(FILTERS)
def test_places_and_times_that_come_again_survive_a_journal(filters: Filters) -> None:
    for kind, value in ((Query, Query(filters=filters)), (Act, Filter(filters))):
        assert deserialise(kind, json.loads(json.dumps(serialise(value)))) == value


def test_a_query_of_an_older_journal_asks_for_none_of_them() -> None:
    old = json.loads('{"wanted": ["a dog"], "filters": {"after": "2019-01-01", "tags": ["sea"]}}')
    query = deserialise(Query, old)
    assert (query.filters.weekdays, query.filters.hours, query.filters.month_days) == ((), (), ())
