"""Every fault the service knows: a passing one ends well, a lasting one is one line and paid at most once."""

from __future__ import annotations

import pytest

from captioner.emulator import Emulator, Faults, TaskTiming
from tests.flows.conftest import FIXTURES, KEY, Journey

STEREO = FIXTURES / "stereo-two-tracks.wav"
INTERVIEW = FIXTURES / "interview-en.mp4"


def service(spec: str, **pace: float) -> Emulator:
    return Emulator(transcripts=FIXTURES / "transcripts", key=KEY, faults=Faults.parse(spec), timing=TaskTiming(**pace))


@pytest.mark.parametrize(
    ("spec", "submissions"),
    [
        ("throttle=2,retry_after=0.2", 1),
        ("throttle=2", 1),
        ("server_error=2,server_error_status=503,at=query", 1),
        ("server_error=1,server_error_status=500,at=query", 1),
        ("non_json=2,at=query", 1),
        ("lost_query=2", 1),
        pytest.param("lost_answer=1", 1, marks=pytest.mark.short),
        ("lost_answer=1,lost_answer_status=502", 1),
        ("refuse_submit=1", 1),
        ("slow_queue=2", 1),
        ("reversed_results", 1),
        ("no_usage", 1),
        pytest.param("unknown_fields", 1, marks=pytest.mark.short),
        ("expired_links=1", 1),
        ("slow_body=1", 1),
        ("workspace", 1),
        ("unknown_task=1", 2),
    ],
)
def test_a_passing_fault_ends_in_captions_and_is_paid_once(journey: Journey, spec: str, submissions: int) -> None:
    with service(spec) as emulator:
        done = journey.captioner("run", STEREO, "-o", "out", *journey.place(emulator))
        assert done.returncode == 0, done.stderr
        assert (journey.folder / "out" / "stereo-two-tracks.srt").stat().st_size > 0
        assert emulator.submissions == submissions
    assert journey.objects() == []


@pytest.mark.parametrize(
    ("spec", "code", "shown"),
    [
        ("money=PostpaidBillOverdue", 3, "PostpaidBillOverdue"),
        ("money=Arrearage", 3, "Arrearage"),
        ("only_file_failed=failed", 1, "InvalidFile.DownloadFailed"),
        ("only_file_failed=succeeded", 1, "InvalidFile.DownloadFailed"),
        ("partial_failure=0,partial_failure_code=DECODE_ERROR", 1, "DECODE_ERROR"),
    ],
)
def test_a_refusal_is_one_line_with_its_code_and_leaves_no_caption(
    journey: Journey, spec: str, code: int, shown: str
) -> None:
    with service(spec) as emulator:
        done = journey.captioner("run", STEREO, "-o", "out", *journey.place(emulator))
        submitted = [exchange for exchange in emulator.requests if exchange.path.endswith("/transcription")]
        if spec.startswith("money"):
            assert len(submitted) == 1
    assert done.returncode == code, done.stderr
    assert shown in done.stderr
    assert "stereo-two-tracks.wav" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list((journey.folder / "out").glob("*.srt"))
    assert journey.objects() == []


def test_no_speech_by_the_services_word_is_a_done_file(journey: Journey) -> None:
    with service("no_speech=ASR_RESPONSE_HAVE_NO_WORDS") as emulator:
        done = journey.captioner("run", STEREO, "-o", "out", *journey.place(emulator))
    assert done.returncode == 0, done.stderr
    assert (journey.folder / "out" / "stereo-two-tracks.srt").exists()


def test_one_file_of_a_task_fails_and_the_others_finish(journey: Journey) -> None:
    with service("partial_failure=0,partial_failure_code=DECODE_ERROR,reversed_results") as emulator:
        done = journey.captioner(
            "run", STEREO, INTERVIEW, "-o", "out", "--files-per-task", "2", *journey.place(emulator)
        )
    assert done.returncode == 1
    assert len(list((journey.folder / "out").glob("*.srt"))) == 1
    assert journey.objects() == []


@pytest.mark.short
def test_a_missing_key_is_exit_2_and_a_refused_one_exit_3(journey: Journey, emulator: Emulator) -> None:
    del journey.environment["DASHSCOPE_API_KEY"]
    missing = journey.captioner("run", STEREO, "-o", "out", *journey.place(emulator))
    assert missing.returncode == 2
    assert "DASHSCOPE_API_KEY" in missing.stderr
    journey.environment["DASHSCOPE_API_KEY"] = "sk-somebody-else"
    refused = journey.captioner("run", STEREO, "-o", "out", *journey.place(emulator))
    assert refused.returncode == 3
    assert "sk-somebody-else" not in refused.stderr


def test_refused_storage_credentials_are_exit_3(journey: Journey, emulator: Emulator) -> None:
    journey.environment["AWS_SECRET_ACCESS_KEY"] = "wrong"
    done = journey.captioner("run", STEREO, "-o", "out", *journey.place(emulator))
    assert done.returncode == 3, done.stderr
    assert emulator.submissions == 0


@pytest.mark.short
def test_usage_and_configuration_faults_are_exit_2(journey: Journey, emulator: Emulator) -> None:
    place = journey.place(emulator)
    for wrong in (["--model", "whisper"], ["--format", "doc"], ["--style", "nobody"], ["--channels", "left"]):
        done = journey.captioner("run", STEREO, *wrong, *place)
        assert done.returncode == 2, (wrong, done.stderr)
        assert done.stderr.count("\n") == 1, done.stderr
