"""Both implementations of the hot path answer every test in whose module tokens are read or made.

`[python]` and `[native]` stand behind the name of such a test. Where the native core is not built,
its half is skipped with the reason.
"""

from collections.abc import Iterator

import pytest

from sealwax.jose import native

BOTH = frozenset(
    {
        *("test_attacks_claims", "test_attacks_exhaustion", "test_attacks_key_confusion"),
        *("test_attacks_laxness", "test_attacks_mathematics", "test_attacks_no_signature"),
        *("test_attacks_supplied_keys", "test_interop", "test_jwt", "test_nested_jwt"),
        *("test_properties", "test_rfc_examples", "test_vectors_signatures"),
    }
)
"""The modules whose tests build a verifier or signer of tokens; the rest has one implementation."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test of those modules once with each implementation."""
    if metafunc.module.__name__.rpartition(".")[2] in BOTH:
        metafunc.parametrize("implementation", ("python", "native"), indirect=True)


@pytest.fixture(autouse=True)
def implementation(request: pytest.FixtureRequest) -> Iterator[str]:
    """Use the implementation the test is run with; what is prepared before it keeps its own."""
    which: native.Choice = getattr(request, "param", "automatic")
    if which == "native" and not native.state().is_available:
        pytest.skip(f"the native core is not used: {native.state().reason}")
    with native.using(which):
        yield which
