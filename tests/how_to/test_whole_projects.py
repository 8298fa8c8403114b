"""The projects of the guides, as they stand there, over HTTP: whom they let in, what they say."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sealwax.jose import Key
from sealwax.testing import FAULTS, dpop_headers, faulty_token, token_headers
from tests.how_to.snippets import DOCS
from tests.how_to.whole_projects import Reply, RunningProject, files_of, running

AUDIENCE = "https://api.example.com"
NOTES_URL = f"{AUDIENCE}/notes"
METADATA_PATH = "/.well-known/oauth-protected-resource"
FRAMEWORKS = ("fastapi", "flask", "django")
MAX_LINES = 25
ANSWER = re.compile(
    r'^```http title="(?P<request>[^"]+)"\nHTTP/1\.1 (?P<status>\d+)\n'
    r"WWW-Authenticate: (?P<challenge>.*?)\n```$",
    re.MULTILINE | re.DOTALL,
)
ANSWERS = {
    match["request"]: (int(match["status"]), re.sub(r"\n +", " ", match["challenge"]))
    for match in ANSWER.finditer((DOCS / "reference/challenges.md").read_text(encoding="utf-8"))
}


@pytest.fixture(scope="module", params=FRAMEWORKS)
def project(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningProject]:
    folder: Path = tmp_path_factory.mktemp(request.param)
    with running(f"how-to/protect-{request.param}.md", folder) as project:
        yield project


def get(project: RunningProject, headers: dict[str, str]) -> Reply:
    return project.ask("GET", "/notes", headers)


def drop(project: RunningProject, headers: dict[str, str]) -> Reply:
    """Django chooses a view by the path alone, so its guide gives that one a path of its own."""
    is_django = project.page == "how-to/protect-django.md"
    return project.ask(*(("POST", "/notes/drop") if is_django else ("DELETE", "/notes")), headers)


def drop_after(project: RunningProject, seconds: int) -> Reply:
    signed_in_at = project.issuer.clock.now() - seconds
    token = project.issuer.token(
        AUDIENCE, scopes=["notes:write"], claims={"auth_time": signed_in_at}
    )
    return drop(project, token_headers(token))


def get_bound(project: RunningProject, key: Key, prover: Key) -> Reply:
    token = project.issuer.token(AUDIENCE, scopes=["notes:read"], bound_to=key)
    return get(project, dpop_headers(token, prover, method="GET", url=NOTES_URL))


def get_bound_without_proof(project: RunningProject) -> Reply:
    key = Key.generate("ES256")
    return get(
        project,
        token_headers(project.issuer.token(AUDIENCE, scopes=["notes:read"], bound_to=key)),
    )


def get_faulty(project: RunningProject, fault: str) -> Reply:
    token = faulty_token(project.issuer, fault, AUDIENCE, scopes=["notes:read"])
    return get(project, token_headers(token))


REQUESTS: dict[str, Callable[[RunningProject], Reply]] = {
    "GET /notes without a token": lambda project: get(project, {}),
    "GET /notes with a token that has expired": lambda project: get_faulty(project, "expired"),
    "GET /notes with a token that was changed": lambda project: get_faulty(project, "changed"),
    "GET /notes with a bound token and no proof": get_bound_without_proof,
    "GET /notes with a bound token and the proof of another key": lambda project: get_bound(
        project, Key.generate("ES256"), Key.generate("ES256")
    ),
    "GET /notes with a token without the scope": lambda project: get(
        project, token_headers(project.issuer.token(AUDIENCE, scopes=["notes:write"]))
    ),
    "drop the notes after a sign-in of yesterday": lambda project: drop_after(project, 86_400),
    "GET /notes with two words behind Bearer": lambda project: get(
        project, {"Authorization": "Bearer two words"}
    ),
}


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_it_has_less_than_25_lines(framework: str) -> None:
    files = files_of(f"how-to/protect-{framework}.md")
    assert set(files) == {"api.py"}
    assert sum(len(code.splitlines()) for code in files.values()) < MAX_LINES


def test_it_lets_a_reader_in(project: RunningProject) -> None:
    token = project.issuer.token(AUDIENCE, subject="alice", scopes=["notes:read"])
    reply = get(project, token_headers(token))
    assert (reply.status, reply.body.strip('"')) == (200, "the notes of alice")


def test_it_lets_an_owner_in_who_signed_in_just_now(project: RunningProject) -> None:
    reply = drop_after(project, 60)
    assert (reply.status, reply.body.strip('"')) == (200, "user-1 has no notes any more")


def test_it_lets_the_holder_of_a_bound_token_in(project: RunningProject) -> None:
    key = Key.generate("ES256")
    assert get_bound(project, key, key).status == 200


def test_every_answer_is_shown() -> None:
    assert ANSWERS.keys() == REQUESTS.keys()


@pytest.mark.parametrize("request_name", REQUESTS)
def test_the_answer_is_the_one_that_is_shown(project: RunningProject, request_name: str) -> None:
    reply = REQUESTS[request_name](project)
    assert (reply.status, reply.headers["www-authenticate"]) == ANSWERS[request_name]
    assert reply.headers["content-type"] == "application/json"
    assert reply.headers["cache-control"] == "no-store"
    members = json.loads(reply.body)
    assert members.keys() <= {"error", "error_description"}
    for name in members.keys() - {"error_description"}:
        assert f'{name}="{members[name]}"' in reply.headers["www-authenticate"]


@pytest.mark.parametrize("fault", FAULTS)
def test_no_faulty_token_gets_in(project: RunningProject, fault: str) -> None:
    assert get_faulty(project, fault).status == 401


def test_it_drops_nothing_without_a_token(project: RunningProject) -> None:
    assert drop(project, {}).status == 401


def test_it_says_who_issues_its_tokens(project: RunningProject) -> None:
    reply = project.ask("GET", METADATA_PATH)
    assert reply.status == 200
    assert json.loads(reply.body)["authorization_servers"] == [project.issuer.issuer]
    assert json.loads(reply.body)["resource"] == AUDIENCE
