"""What the tour prints works when it is pasted, and so does what its page offers to copy."""

import html
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tour.running import RunningTour, get

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("curl") is None, reason="no curl on the path"),
]


def bash(script: str, folder: Path) -> str:
    """Paste a text into a shell."""
    pasted = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=folder,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
    )
    assert pasted.returncode == 0, pasted.stderr
    return pasted.stdout


def snippet(tour: RunningTour, name: str) -> str:
    """Give what a Copy button of the page copies."""
    page = get(f"{tour.web}/").decode()
    found = re.search(rf'<pre[^>]* id="{name}"[^>]*><code>(.*?)</code>', page, re.DOTALL)
    assert found is not None, name
    return html.unescape(found[1])


def test_the_three_lines_work_pasted(tour: RunningTour, tmp_path: Path) -> None:
    assert len(tour.lines) == 3
    sign_in, notes, parcels = tour.lines

    token = bash(f'{sign_in}\necho "$TOKEN"', tmp_path).strip()
    assert re.fullmatch(r"eyJ[\w-]+\.[\w-]+\.[\w-]+", token)

    answers = bash(f"{sign_in}\n{notes}", tmp_path)
    assert json.loads(answers)["notes"][0] == "Buy sealing wax, the red one."

    # The third stands by itself: the other company's API takes no token for the notes API.
    answer = json.loads(bash(parcels, tmp_path))
    assert answer.get("vouched_for_by") == tour.issuer, answer


def test_the_announcement_says_what_to_open_and_who_may_sign_in(tour: RunningTour) -> None:
    for address in (tour.issuer, tour.notes, tour.parcels, tour.web, f"{tour.web}/app"):
        assert address in tour.said
    assert re.search(r"^ +demo account +ada$", tour.said, re.MULTILINE)
    assert len(tour.password) >= 15
    ports = range(tour.port, tour.port + 4)
    assert " ".join(f"-L {port}:localhost:{port}" for port in ports) in tour.said


def test_the_lines_of_the_readme(tour: RunningTour, tmp_path: Path) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    found = re.search(r"```sh\n(PASSWORD=.*?)```", readme, re.DOTALL)
    assert found is not None
    lines = found[1].replace(".venv/bin/sealwax", "sealwax")
    lines = re.sub(r"PASSWORD='.*'", f"PASSWORD={tour.password}", lines)
    lines = re.sub(r":800([0-3])", lambda match: f":{tour.port + int(match[1])}", lines)

    said = bash(lines, tmp_path)

    assert "Buy sealing wax, the red one." in said
    assert "HTTP/1.1 401" in said
    assert "the token is for another audience" in said
    assert tour.issuer in said.partition("another audience")[2], "the inspector explains it"


def test_step_1_3_and_8_from_a_terminal(tour: RunningTour, tmp_path: Path) -> None:
    sign_in = snippet(tour, "snippet-sign-in")
    assert bash(sign_in, tmp_path).startswith("eyJ")
    assert '"notes"' in bash(f"{sign_in}\n{snippet(tour, 'snippet-sending')}", tmp_path)

    taken_back = bash(f"{sign_in}\n{snippet(tour, 'snippet-taking-back')}", tmp_path)
    statuses = re.findall(r"^[0-9]{3}$", taken_back, re.MULTILINE)
    assert statuses[-1] == "401"
    assert set(statuses) <= {"200", "401"}
    assert statuses == sorted(statuses), "what was taken back stays so"


def test_step_2_from_a_terminal(tour: RunningTour, tmp_path: Path) -> None:
    answer = bash(snippet(tour, "snippet-keeping-bff"), tmp_path)

    assert answer.startswith('{"signed_in":true}')
    assert '"notes"' in answer
    assert "eyJ" not in answer + (tmp_path / "jar").read_text()


def test_step_4_from_a_terminal(tour: RunningTour, tmp_path: Path) -> None:
    (tmp_path / "forge.py").write_text(snippet(tour, "snippet-tampering"))

    answer = bash(f"{tour.lines[0]}\nexport TOKEN\npython forge.py", tmp_path)

    assert answer.startswith("401 Bearer ")
    assert "the signature does not fit" in answer


def test_step_5_from_a_terminal(tour: RunningTour, tmp_path: Path) -> None:
    assert '"parcels"' in bash(snippet(tour, "snippet-strangers"), tmp_path)


def test_step_7_from_a_terminal(tour: RunningTour, tmp_path: Path) -> None:
    answer = json.loads(bash(snippet(tour, "snippet-forgery"), tmp_path))

    assert answer["moved"] is False


def test_step_8_as_an_administrator(tour: RunningTour, tmp_path: Path) -> None:
    bash(tour.lines[0], tmp_path)

    said = bash(snippet(tour, "snippet-taking-back-cli"), tmp_path)

    assert re.match(r"ended [1-9][0-9]* sessions? of ada", said)


def test_step_9_from_a_terminal_and_in_a_service(tour: RunningTour, tmp_path: Path) -> None:
    assert json.loads(bash(snippet(tour, "snippet-services"), tmp_path))["people"] == 2

    (tmp_path / "service.py").write_text(snippet(tour, "snippet-services-python"))
    before = json.loads(get(f"{tour.notes}/demo-only/evidence"))["requests_answered"]
    answers = bash("python service.py", tmp_path).splitlines()
    assert len(answers) == 3
    assert len(set(answers)) == 1
    after = json.loads(get(f"{tour.notes}/demo-only/evidence"))["requests_answered"]
    assert after - before == 3


def test_step_10_measures(tour: RunningTour, tmp_path: Path) -> None:
    (tmp_path / "measure.py").write_text(snippet(tour, "snippet-when-not"))

    assert bash("python measure.py", tmp_path).count("µs") == 2


@pytest.mark.parametrize("name", ["snippet-sending-python", "snippet-strangers-python"])
def test_the_apis_shown_are_apis_that_run(tour: RunningTour, tmp_path: Path, name: str) -> None:
    (tmp_path / "shown.py").write_text(snippet(tour, name))

    bash("python -W error -c 'import shown; shown.app'", tmp_path)


def test_no_log_holds_a_secret(tour: RunningTour, tmp_path: Path) -> None:
    token = bash(f'{tour.lines[0]}\necho "$TOKEN"', tmp_path).strip()
    bash("\n".join(tour.lines), tmp_path)
    service = snippet(tour, "snippet-services")
    bash(service, tmp_path)
    secret = re.search(r"sws_[\w-]+", service)
    assert secret is not None

    logs = {file.name: file.read_text() for file in tour.folder.glob("*.log")}

    assert set(logs) == {"issuer.log", "notes_api.log", "parcels_api.log"}
    assert '"signed_in"' in logs["issuer.log"]
    for text in logs.values():
        for hidden in (token, token.split(".")[2], tour.password, secret[0], "eyJhbGci"):
            assert hidden not in text
