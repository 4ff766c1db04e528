"""What the tests of the ci scripts share."""
import pathlib
import subprocess

import pytest

CI = pathlib.Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def run():
    """Runs a program; gives what subprocess gives. A hang fails the test."""
    def call(*command, **more):
        return subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=60, check=False, **more)
    return call
