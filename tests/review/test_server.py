"""The interface over HTTP, and who may use it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import httpx
import pytest
from jsonschema import Draft202012Validator

from captioner.glossary import parse
from captioner.review.editing.operations import OPERATIONS
from captioner.review.server.security import Access, hosts_of
from tests.review.places import Running, put_captions, running

pytestmark = pytest.mark.integration

MEDIA = Path(__file__).resolve().parents[2] / "fixtures" / "interview-en.mp4"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("served")
    put_captions(folder)
    put_captions(folder, "zh", "interview-zh")
    shutil.copy(MEDIA, folder / "talk.mp4")
    with running(folder, tmp_path_factory.mktemp("cache")) as made:
        yield made


@pytest.fixture
def client(served: Running) -> Iterator[httpx.Client]:
    with served.client() as made:
        yield made


def api(served: Running, path: str = "", title: str = "talk") -> str:
    return f"/api/v1/files/{served.id(title)}{path}"


def test_captions_are_read_changed_and_written(served: Running, client: httpx.Client) -> None:
    assert {each["title"] for each in client.get("/api/v1/files").json()["files"]} == {"talk", "zh"}
    found = client.get(api(served, "/captions?offset=3&limit=1"))
    (caption,) = found.json()["captions"]
    operation = {"op": "text", "caption": caption["id"], "lines": ["Dr. Chan, is this really the end", "of captions?"]}
    answer = client.patch(
        api(served, "/captions"), json={"operations": [operation]}, headers={"If-Match": found.headers["ETag"]}
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["splices"][0]["captions"][0]["lines"][0]["text"] == "Dr. Chan, is this really the end"
    stale = client.patch(
        api(served, "/captions"),
        json={"operations": [{**operation, "lines": ["x"]}]},
        headers={"If-Match": found.headers["ETag"]},
    )
    assert (stale.status_code, stale.json()["code"]) == (412, "conflict")
    assert client.post(api(served, "/write"), json={}).json()["files"] == ["talk.srt", "talk.vtt"]
    history = client.get(api(served, "/history")).json()["revisions"]
    assert history[-1]["from"] == "review"
    compared = client.get(api(served, "/compare")).json()["captions"]
    assert {"caption": caption["id"], "heard": "Dr. Chen, is this really the end of captions typed by hand?",
            "shown": "Dr. Chan, is this really the end\nof captions?"} in compared  # fmt: skip


def test_a_change_names_the_revision_that_was_read(served: Running, client: httpx.Client) -> None:
    assert client.patch(api(served, "/captions"), json={"operations": []}).status_code == 428


def test_findings_come_with_the_draft(served: Running, client: httpx.Client) -> None:
    found = client.put(
        api(served, "/drafts/7"), json={"lines": ["A line that is far too long for any house style there is"]}
    )
    assert "cpl" in [each["rule"] for each in found.json()["findings"]]
    assert client.request("DELETE", api(served, "/drafts/7")).json()["findings"] == []
    findings = client.get(api(served, "/findings")).json()
    assert findings["doubtful"]
    assert findings["findings"]


def test_a_word_is_remembered_for_the_next_runs(served: Running, client: httpx.Client) -> None:
    answer = client.post(api(served, "/remember"), json={"heard": "Chen", "written": "Chan"})
    assert answer.json() == {"file": "glossary.toml"}
    assert served.library.folder is not None
    path = served.library.folder / "glossary.toml"
    for heard, written in (("Chen", "Chan"), ("harbour", "Harbor")):
        assert client.post(api(served, "/remember"), json={"heard": heard, "written": written}).status_code == 200
    known = parse(path.read_text(), "glossary.toml")
    assert [(term.text, term.heard) for term in known.terms] == [("Chan", ("Chen",)), ("Harbor", ("harbour",))]
    for wrong in ({"heard": "", "written": "x"}, {"heard": "x", "written": "x"}, {"heard": 1, "written": "x"}):
        assert client.post(api(served, "/remember"), json=wrong).status_code == 400


def test_media_comes_in_ranges(served: Running, client: httpx.Client) -> None:
    whole = MEDIA.read_bytes()
    part = client.get(api(served, "/media"), headers={"Range": "bytes=1000-1999"})
    assert (part.status_code, part.content, part.headers["Content-Type"]) == (206, whole[1000:2000], "video/mp4")
    assert client.get(api(served, "/media"), headers={"Range": f"bytes={len(whole)}-"}).status_code == 416
    assert client.get(api(served, "/media", "zh")).status_code == 404


def test_a_file_is_known_by_its_id_and_never_by_a_path(served: Running, client: httpx.Client) -> None:
    for id in ("..", "%2e%2e%2ftalk.json", "talk.json", "/etc/passwd", "000000000000"):
        for path in ("", "/media", "/captions"):
            assert client.get(f"/api/v1/files/{id}{path}").status_code in (404, 405), (id, path)
    for path in ("/static/../__init__.py", "/static/%2e%2e/openapi.json", "/static/..%2fopenapi.json"):
        assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/", "/api/v1/files", "/api/v1/openapi.json", "/files/x", "/static/style.css"])
@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example", ""])
def test_another_name_for_this_machine_is_refused(served: Running, client: httpx.Client, path: str, host: str) -> None:
    assert client.get(path, headers={"Host": host}).status_code in (400, 421)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost"])
def test_pages_of_other_sites_are_refused(served: Running, client: httpx.Client, origin: str) -> None:
    for method, path in (
        ("GET", "/api/v1/files"),
        ("POST", api(served, "/write")),
        ("PATCH", api(served, "/captions")),
    ):
        assert client.request(method, path, headers={"Origin": origin}).status_code == 403
    own = client.get("/api/v1/files", headers={"Origin": served.url})
    assert own.status_code == 200
    cross = client.post(api(served, "/undo"), headers={"Sec-Fetch-Site": "cross-site"})
    assert cross.status_code == 403


def test_a_form_of_another_site_cannot_send_json(served: Running, client: httpx.Client) -> None:
    answer = client.post(api(served, "/write"), content=b'{"overwrite": true}', headers={"Content-Type": "text/plain"})
    assert answer.status_code == 415


def test_without_the_token_nothing_is_answered(served: Running) -> None:
    with httpx.Client(base_url=served.url) as stranger:
        for path in ("/", "/api/v1/files", api(served), api(served, "/media"), api(served, "/events")):
            assert stranger.get(path).status_code == 401
            assert stranger.get(path, headers={"Authorization": "Bearer x"}).status_code == 401
            assert stranger.get(f"{path}?token=x").status_code == 401


def test_the_token_in_the_address_becomes_a_cookie(served: Running) -> None:
    with httpx.Client(base_url=served.url) as browser:
        answer = browser.get(f"/?token={served.access.token}&x=1")
        assert (answer.status_code, answer.headers["Location"]) == (303, "/?x=1")
        cookie = answer.headers["Set-Cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert served.access.token not in cookie
        assert browser.get("/").status_code == 200


def test_every_answer_says_what_a_browser_may_do(served: Running, client: httpx.Client) -> None:
    for path in ("/", "/api/v1/files", "/static/editor.js", "/nowhere", f"/files/{served.id()}"):
        headers = client.get(path).headers
        assert headers["Content-Security-Policy"].startswith("default-src 'self';")
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["X-Frame-Options"] == "DENY"


def test_pages_have_no_script_style_or_address_of_their_own() -> None:
    folder = resources.files("captioner.review.pages")
    for place in ("templates", "static"):
        for file in (folder / place).iterdir():
            text = file.read_text(encoding="utf-8")
            assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", text), file.name
            if place == "templates":
                assert not re.search(r"<script(?![^>]*\bsrc=)|\bstyle=|<style|\bon\w+=|\|\s*safe", text), file.name
            if file.name.endswith(".js"):
                assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", text), (
                    file.name
                )


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    hostile = "<img src=x onerror=alert(1)>&\"'"
    put_captions(tmp_path / hostile, stem="a<b>")
    with running(tmp_path / hostile, tmp_path / "cache") as served, served.client() as client:
        page = client.get("/").text
        assert "<img" not in page
        assert "&lt;img src=x onerror=alert(1)&gt;" in page
        page = client.get(f"/files/{served.id('a<b>')}").text
        assert "a<b>" not in page
        assert "a&lt;b&gt;" in page


def test_a_password_opens_the_page_of_a_desk(tmp_path: Path) -> None:
    put_captions(tmp_path)
    access = Access(hosts_of(["desk.example"], 443), "", "correct horse battery", secure=True)
    with running(tmp_path, tmp_path / "cache", access) as served:
        headers = {"Host": "desk.example", "Origin": "https://desk.example"}
        with httpx.Client(base_url=served.url, headers=headers) as browser:
            assert browser.get("/").headers["Location"] == "/login?to=%2F"
            assert browser.get("/api/v1/files").status_code == 401
            form = {"Content-Type": "application/x-www-form-urlencoded"}
            wrong = browser.post("/login?to=//evil.example", content="password=x", headers=form)
            assert wrong.status_code == 403
            right = browser.post("/login?to=//evil.example", content="password=correct+horse+battery", headers=form)
            assert (right.status_code, right.headers["Location"]) == (303, "/")
            assert "secure" in right.headers["Set-Cookie"].lower()
            for _ in range(12):
                last = browser.post("/login", content="password=x", headers=form)
            assert last.status_code == 429


# --- The published description


def described() -> dict[str, dict[str, dict[str, object]]]:
    return json.loads((resources.files("captioner.review.pages") / "openapi.json").read_text())


def test_the_description_has_every_route_and_no_other(served: Running) -> None:
    paths = described()["paths"]
    told = {(method.upper(), path) for path, own in paths.items() for method in own if method != "parameters"}
    routes = {
        (method, re.sub(r":int\}", "}", route.path).removeprefix("/api/v1"))
        for route in served.served.app.routes
        if getattr(route, "path", "").startswith("/api/v1/") and not route.path.endswith("openapi.json")
        for method in route.methods - {"HEAD"}
    }
    assert told == routes


def test_the_description_has_every_operation() -> None:
    names = described()["components"]["schemas"]["Operation"]["properties"]["op"]["enum"]
    assert names == list(OPERATIONS)


def test_answers_are_as_described(served: Running, client: httpx.Client) -> None:
    document = described()
    for path, name in (("", "File"), ("/captions", "Captions"), ("/findings", "Findings"), ("/history", "History")):
        schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        errors = list(Draft202012Validator(schema).iter_errors(client.get(api(served, path, "zh")).json()))
        assert not errors, errors[0]
