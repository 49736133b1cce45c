"""Shares as reports print them, in percent."""

from __future__ import annotations


def percent(share: float | None, decimals: int = 2) -> str:
    """Returns a share in percent without the sign; empty where there is none.

    Example:
        >>> percent(0.5525), percent(0.5, 0), percent(None)
        ('55.25', '50', '')
    """
    return "" if share is None else f"{100 * share:.{decimals}f}"


def signed_percent(difference: float) -> str:
    """Returns a difference of two shares in percentage points, with its direction.

    Example:
        >>> signed_percent(0.0125), signed_percent(-0.5)
        ('+1.25', '-50.00')
    """
    return f"{100 * difference:+.2f}"
