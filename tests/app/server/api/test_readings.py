"""Words that can mean several things come back with readings, one of which is taken."""

import httpx

from tests.app.server.running import Server
from tests.app.server.state.offered_readings import offered


def test_a_reading_is_offered_and_taken_by_its_number(api: httpx.Client, served: Server) -> None:
    offered(served.home, "read by number")
    at = "/api/v1/sessions/read by number"
    turn = api.get(at).json()["turns"][-1]
    assert turn["readings"] == [
        {"number": 1, "words": "only portraits"},
        {"number": 2, "words": "a portrait of someone"},
    ]
    assert turn["edits"] == [] and turn["head"] == 1
    taken = api.post(f"{at}/turns", json={"reading": 1}).json()
    assert taken["said"] == "only portraits"
    added = {"mark": "added", "number": 2, "words": "portrait", "before": ""}
    assert taken["edits"] == [added]


def test_a_reading_that_is_not_offered_is_refused(api: httpx.Client, served: Server) -> None:
    offered(served.home, "read once")
    at = "/api/v1/sessions/read once/turns"
    refused = api.post(at, json={"reading": 3})
    assert (refused.status_code, refused.json()["fields"][0]["field"]) == (409, "reading")
    assert "must be in 1..2; got 3" in refused.text
    assert api.post(at, json={"reading": 2, "said": "blue"}).status_code == 422
    assert api.post(at, json={"said": "2"}).json()["understood"] == "circle + a portrait"
    assert "it offers none" in api.post(at, json={"reading": 1}).text
