"""One running tour for all the tests of a module that only look at it."""

from collections.abc import Iterator

import pytest

from tests.tour.running import RunningTour, running_tour


@pytest.fixture(scope="module")
def tour(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningTour]:
    with running_tour(tmp_path_factory.mktemp("tour")) as running:
        yield running
