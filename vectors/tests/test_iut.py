"""The live roles, talking to each other over the line protocol; what they said is judged by the judge of conversations."""

import pathlib

import pytest

from iut_support import (CAROL, GTGK, GTGK_SALT, KMS, SUITES, TEK, TEK_SALT, TGK, TGK_SALT, InProcess, Process, Talk, key, other,
                         srtp)

ROOT = pathlib.Path(__file__).resolve().parent.parent
MEDIA = "DEFGHINO"


@pytest.fixture
def iut():
    return InProcess()


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("flags", ["DFGHNO", "DEFHINO", "DEFGIJLMNO", "DEHNO"])
@pytest.mark.parametrize("mode", [1, 2, 3, 4])
def test_every_mode_with_every_suite(iut, mode, suite, flags):
    talk = Talk(iut, mode, suite, flags=flags)
    talk.run()
    talk.assert_good()
    steps = {1: 6, 2: 4, 3: 4, 4: 2}[mode] - ("F" not in flags)
    assert len(talk.transcript) == steps
