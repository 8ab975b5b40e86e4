"""How sure a share, a median or a difference of two shares is."""

from __future__ import annotations

from math import ceil, sqrt


def median_ranks(n: int, z: float) -> tuple[int | None, int, int | None]:
    """The ranks of a median's lower bound, the median and its upper bound; None where n is too small for a bound.

    >>> median_ranks(100, 1.96), median_ranks(3, 1.96)
    ((40, 50, 61), (None, 2, None))
    """
    low, high = int((n - z * sqrt(n)) / 2), ceil(1 + (n + z * sqrt(n)) / 2)
    return (low if low >= 1 else None, ceil(n / 2), high if high <= n else None)


def wilson(hits: int, n: int, z: float) -> tuple[float, float]:
    """Wilson's interval of a share (Journal of the American Statistical Association 22, 1927).

    >>> [round(bound, 3) for bound in wilson(81, 263, 1.96)]
    [0.255, 0.366]
    """
    share, spread = hits / n, z * z / n
    middle = (share + spread / 2) / (1 + spread)
    half = z * sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


def newcombe(hits: int, n: int, other_hits: int, other_n: int, z: float) -> tuple[float, float]:
    """The interval of a difference of two shares, from the Wilson intervals of each.

    >>> [round(bound, 4) for bound in newcombe(56, 70, 48, 80, 1.96)]
    [0.0524, 0.3339]
    """
    share, other = hits / n, other_hits / other_n
    (low, high), (other_low, other_high) = wilson(hits, n, z), wilson(other_hits, other_n, z)
    below = sqrt((share - low) ** 2 + (other_high - other) ** 2)
    above = sqrt((high - share) ** 2 + (other - other_low) ** 2)
    return share - other - below, share - other + above
