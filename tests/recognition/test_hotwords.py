from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from captioner.errors import AsrRejected, AsrUnavailable, ConfigError, CredentialsRefused
from captioner.recognition.funasr.hotwords import (
    Hotword,
    Vocabularies,
    check_hotwords,
    check_vocabulary,
    parse_text,
    parse_toml,
)
from captioner.recognition.funasr.options import RecognitionOptions
from tests.recognition.doubles import BASE_URL, Script, answer, client, sample

EXCHANGES = sample("vocabulary-exchanges")
WORDS = (Hotword("阿里云百炼", 4, "zh"), Hotword("Paraformer", 4, "en"))
ID = "vocab-team-0123456789abcdef0123456789abcdef"


def exchange(name: str) -> tuple[Vocabularies, Script]:
    script = Script(answer(EXCHANGES[name]["response"]))
    return Vocabularies(client(script)), script


def sent(script: Script) -> Any:
    (request,) = script.requests
    assert (request.method, str(request.url)) == ("POST", f"{BASE_URL}/services/audio/asr/customization")
    assert "X-DashScope-Async" not in request.headers
    return json.loads(request.content)


def test_create() -> None:
    vocabularies, script = exchange("create")
    assert vocabularies.create(WORDS, "fun-asr", "team") == ID
    assert sent(script) == EXCHANGES["create"]["request"]


def test_list() -> None:
    vocabularies, script = exchange("list")
    (found,) = vocabularies.list("team")
    assert (found.id, found.status, found.created) == (ID, "OK", "2026-03-24 10:00:00")
    assert sent(script) == EXCHANGES["list"]["request"]


def test_show() -> None:
    vocabularies, script = exchange("query")
    found = vocabularies.show(ID)
    assert (found.id, found.target_model, found.words) == (ID, "fun-asr", WORDS)
    assert sent(script) == EXCHANGES["query"]["request"]


def test_update() -> None:
    vocabularies, script = exchange("update")
    vocabularies.update(ID, WORDS[:1], "fun-asr")
    assert sent(script) == EXCHANGES["update"]["request"]


def test_update_asks_for_the_model_when_it_is_not_given() -> None:
    script = Script(answer(EXCHANGES["query"]["response"]), answer(EXCHANGES["update"]["response"]))
    Vocabularies(client(script)).update(ID, WORDS)
    assert len(script.requests) == 2


def test_delete() -> None:
    vocabularies, script = exchange("delete")
    vocabularies.delete(ID)
    assert sent(script) == EXCHANGES["delete"]["request"]


def test_every_page_of_the_list_is_read() -> None:
    pages = [[{"vocabulary_id": f"v{i}"} for i in range(start, stop)] for start, stop in ((0, 10), (10, 13))]
    script = Script(*(answer({"output": {"vocabulary_list": page}}) for page in pages))
    assert [item.id for item in Vocabularies(client(script)).list()] == [f"v{i}" for i in range(13)]
    assert [json.loads(r.content)["input"]["page_index"] for r in script.requests] == [0, 1]


def test_too_many_lists_is_refused_in_the_service_s_words() -> None:
    body = {"code": "Throttling.AllocationQuota", "message": "quota", "request_id": "r"}
    with pytest.raises(AsrRejected, match=r"Throttling\.AllocationQuota"):
        Vocabularies(client(Script(answer(body, 400)))).create(WORDS, "fun-asr")


def test_what_is_over_a_limit_is_never_sent() -> None:
    script = Script()
    with pytest.raises(ConfigError):
        Vocabularies(client(script)).create([], "fun-asr")
    with pytest.raises(ConfigError):
        Vocabularies(client(script)).delete(" ")
    assert script.requests == []


TEXT = "\ufeff# team words\n阿里云百炼,4,zh\nParaformer\t4\tEN\n\n  Model Studio  \n"
TOML = """
words = ["Model Studio", {text = "阿里云百炼", weight = 4, lang = "zh"}]
"""


def test_text_and_toml_are_read() -> None:
    assert parse_text(TEXT) == (*WORDS, Hotword("Model Studio"))
    assert parse_toml(TOML) == (Hotword("Model Studio"), WORDS[0])
    assert parse_toml("[[words]]\ntext = 'a'\n[[words]]\ntext = 'b'\nweight = 5\n") == (Hotword("a"), Hotword("b", 5))


@pytest.mark.parametrize(
    ("parse", "text", "message"),
    [
        (parse_text, "a\nb,heavy", "line 2"),
        (parse_text, "a,4,zh,more", "line 1"),
        (parse_toml, "words = 3", "no list named words"),
        (parse_toml, "word = []", "no list named words"),
        (parse_toml, "words = [", "not TOML"),
        (parse_toml, "words = [3]", "item 1"),
        (parse_toml, "words = [{text = 'a', wieght = 4}]", "item 1"),
        (parse_toml, "words = ['a', {text = 'b', weight = '4'}]", "item 2"),
    ],
)
def test_a_file_that_cannot_be_read_names_the_place(parse: Any, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse(text)


@pytest.mark.parametrize(
    ("words", "model", "message"),
    [
        ([], "fun-asr", "1 to 500"),
        ([Hotword(f"w{i}") for i in range(501)], "fun-asr", "501"),
        ([Hotword("十六个字的热词太长了不能用啊真的")], "fun-asr", "16 characters"),
        ([Hotword("one two three four five six seven eight")], "fun-asr", "8 words"),
        ([Hotword("a", 0)], "fun-asr", "weight 0"),
        ([Hotword("a", 6)], "fun-asr", "weight 6"),
        ([Hotword("안녕", 4, "ko")], "fun-asr", "'ko'"),
        ([Hotword("hello", 4, "en")], "paraformer-8k-v2", "'en'"),
        ([Hotword(" ")], "fun-asr", "empty"),
        ([Hotword("a\tb")], "fun-asr", "cannot be spoken"),
        ([Hotword("a"), Hotword("a", 5)], "fun-asr", "twice"),
        ([Hotword("a")], "whisper", "not known"),
    ],
)
def test_the_first_thing_over_a_limit_is_named(words: list[Hotword], model: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        check_hotwords(words, model)


def test_a_list_at_the_limits_passes() -> None:
    words = [Hotword("十五个字的热词刚刚好可以用了呢"), Hotword("a b c d e f g", 5), Hotword("안녕", 1, "ko")]
    check_hotwords(words + [Hotword(f"w{i}") for i in range(497)], "paraformer-v2", "abcdefgh9")


@pytest.mark.parametrize("prefix", ["Team", "abcdefghij", "a-b", "ä"])
def test_an_impossible_prefix_is_refused(prefix: str) -> None:
    with pytest.raises(ConfigError, match="prefix"):
        check_hotwords(WORDS, "fun-asr", prefix)


def looked_up(body: dict[str, object], *, status: int = 200, model: str = "fun-asr") -> str:
    script = Script(httpx.Response(status, json=body))
    return check_vocabulary(Vocabularies(client(script)), RecognitionOptions(model=model, vocabulary_id="vocab-x-1"))


def state(**changes: str) -> dict[str, object]:
    return {"output": {"status": "OK", "target_model": "fun-asr", "vocabulary": [], **changes}}


def test_a_list_of_the_model_is_what_is_meant() -> None:
    assert looked_up(state()) == ""
    assert looked_up(state(target_model="")) == ""


@pytest.mark.parametrize(("target", "model"), [("paraformer-v2", "fun-asr"), ("fun-asr-2025-11-07", "fun-asr")])
def test_a_list_of_another_model_is_refused_with_that_model(target: str, model: str) -> None:
    said = f"hotword list vocab-x-1 was made for {target}, and {model} ignores it; use --model {target}, or make"
    with pytest.raises(ConfigError, match=said):
        looked_up(state(target_model=target), model=model)


@pytest.mark.parametrize(("status", "code"), [(400, "InvalidParameter"), (400, "BadRequest.IllegalInput")])
def test_a_list_that_is_gone_is_refused(status: int, code: str) -> None:
    with pytest.raises(ConfigError, match="does not know it"):
        looked_up({"code": code, "message": "vocabulary not found"}, status=status)


def test_a_list_that_is_not_deployed_is_for_later() -> None:
    with pytest.raises(AsrUnavailable, match="not deployed yet"):
        looked_up(state(status="UNDEPLOYED"))


def test_an_account_in_debt_says_nothing_about_the_list() -> None:
    with pytest.raises(CredentialsRefused, match="settle the account"):
        looked_up({"code": "Arrearage", "message": "overdue"}, status=400)


def test_a_key_without_the_right_to_look_is_told_and_a_wrong_one_refused() -> None:
    assert "could not be looked up with this key" in looked_up({"code": "Workspace.AccessDenied"}, status=403)
    with pytest.raises(CredentialsRefused):
        looked_up({"code": "InvalidApiKey"}, status=401)
