"""What the tests share: the package on the path, the committed vectors, the reference data where it is at hand."""

import json
import os
import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


def load_vectors():
    return [vector for path in sorted((ROOT / "data").glob("*.json")) for vector in json.loads(path.read_text())["vectors"]]


VECTORS = load_vectors()


@pytest.fixture(scope="session")
def vectors():
    return VECTORS


@pytest.fixture(scope="session")
def reference():
    """The folder with messages and PRF outputs that others made; skipped, visibly, where it is not at hand."""
    folder = os.environ.get("TICKETGATE_REFERENCE_DATA")
    if not folder or not pathlib.Path(folder).is_dir() or not any(pathlib.Path(folder).iterdir()):
        pytest.skip("TICKETGATE_REFERENCE_DATA is not set or empty")
    return pathlib.Path(folder)
