from __future__ import annotations

import hashlib

import pytest

from sealwax.pages.assets import STATIC_PATH, asset_path, assets


def test_names_tell_the_content() -> None:
    assert {name.split(".")[0] for name in assets()} == {"sealwax", "seal", "form_post"}
    for name, asset in assets().items():
        assert hashlib.sha256(asset.body).hexdigest()[:12] in name
        assert asset.name == name


def test_paths() -> None:
    path = asset_path("sealwax.css")

    assert path.startswith(f"{STATIC_PATH}sealwax.")
    assert assets()[path.removeprefix(STATIC_PATH)].content_type == "text/css; charset=utf-8"
    with pytest.raises(KeyError):
        asset_path("../contexts.py")
