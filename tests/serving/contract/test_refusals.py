"""Refusals: when to come back is one number, whoever says it."""

from __future__ import annotations

import re

import pytest

from instructerc.serving.contract.refusals import QueueFull, Refused


@pytest.mark.parametrize(("after_s", "said"), [(0.01, 1), (1.0, 1), (1.2, 2), (1.5, 2), (2.5, 3), (59.4, 60)])
def test_text_and_header_agree(after_s, said):
    for refused in (QueueFull(after_s), Refused(429, "busy", "too much", retry_after_s=after_s)):
        assert refused.headers["Retry-After"] == str(said)
        assert re.search(r"; try again in (\d+) s$", refused.detail)[1] == str(said)
        assert str(refused) == refused.detail
