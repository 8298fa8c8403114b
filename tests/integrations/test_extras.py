"""An integration whose framework is not installed says which extra brings it."""

from pathlib import Path

import pytest

from tests.core_install import run_on_core_install


@pytest.mark.parametrize(
    ("module", "framework", "extra"),
    [
        ("fastapi", "starlette", "fastapi"),
        ("starlette", "starlette", "fastapi"),
        ("flask", "flask", "flask"),
        ("django", "django", "django"),
        ("prometheus", "prometheus_client", "prometheus"),
        ("opentelemetry", "opentelemetry", "opentelemetry"),
    ],
)
def test_the_missing_extra_is_named(
    module: str, framework: str, extra: str, tmp_path: Path
) -> None:
    result = run_on_core_install(["-c", f"import sealwax.integrations.{module}"], tmp_path)
    assert result.returncode != 0
    assert result.stderr.splitlines()[-1].endswith(
        f"MissingExtra: {framework} is not installed, and this integration needs it: "
        f"pip install 'sealwax[{extra}]'"
    )


def test_what_knows_no_framework_needs_no_extra(tmp_path: Path) -> None:
    modules = "sealwax.integrations.api_request, sealwax.integrations.protected_resource"
    result = run_on_core_install(["-c", f"import {modules}, sealwax.testing"], tmp_path)
    assert result.returncode == 0, result.stderr
