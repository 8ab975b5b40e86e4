"""The prior of return rates: planted truth recovered, the published form of the likelihood, odd shops."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import nbinom

from regulars.models import rate


def simulated(seed: int, buyers: int, r: float, alpha: float) -> tuple[np.ndarray, np.ndarray]:
    """Returns and days of buyers whose rates are drawn from Gamma(r, α)."""
    draw = np.random.default_rng(seed)
    days = draw.integers(30, 730, buyers)
    return draw.poisson(draw.gamma(r, 1 / alpha, buyers) * days), days


def compressed(returns: np.ndarray, days: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rows, buyers = np.unique(np.stack([returns, days], axis=1), axis=0, return_counts=True)
    return rows[:, 0], rows[:, 1], buyers


@pytest.mark.parametrize(("r", "alpha"), [(0.6, 40.0), (2.5, 15.0), (0.25, 400.0), (8.0, 8.0)])
@pytest.mark.simulated
def test_planted_parameters_are_recovered(r: float, alpha: float) -> None:
    found = rate.fit(*compressed(*simulated(7, 40_000, r, alpha)))
    assert found is not None
    assert found.r == pytest.approx(r, rel=0.06)
    assert found.alpha == pytest.approx(alpha, rel=0.06)
    assert found.mean == pytest.approx(r / alpha, rel=0.03)


@pytest.mark.simulated
def test_intervals_cover_the_truth() -> None:
    """95 % intervals over 200 shops of 600 buyers cover as a binomial with p = 0.95 would: 183 or more, p < 0.01."""
    truth = {"r": 0.9, "alpha": 60.0, "mean": 0.015}
    covered = dict.fromkeys(truth, 0)
    for seed in range(200):
        found = rate.fit(*simulated(seed, 600, truth["r"], truth["alpha"]))
        assert found is not None
        for name, (low, high) in found.interval().items():
            covered[name] += low <= truth[name] <= high
    assert all(183 <= times <= 199 for times in covered.values()), covered


def test_the_likelihood_is_the_negative_binomial() -> None:
    """Differences of the loss equal those of an independent implementation of the same law."""
    returns, days = simulated(3, 500, 0.7, 30.0)
    rows = rate.Rows(returns, days, np.ones(500))

    def independent(r: float, alpha: float) -> float:
        return float(nbinom.logpmf(returns, r, alpha / (alpha + days)).mean())

    def ours(r: float, alpha: float) -> float:
        return -rows.loss(np.log([r, r / alpha * rows.scale]))[0]

    assert ours(0.7, 30.0) - ours(2.0, 90.0) == pytest.approx(
        independent(0.7, 30.0) - independent(2.0, 90.0), abs=1e-12
    )


def test_the_gradient_is_that_of_the_loss() -> None:
    rows = rate.Rows(*simulated(5, 300, 0.7, 30.0), np.ones(300))
    point = np.log([0.4, 0.9])
    for axis in np.eye(2):
        ahead, behind = rows.loss(point + 1e-6 * axis)[0], rows.loss(point - 1e-6 * axis)[0]
        assert rows.loss(point)[1] @ axis == pytest.approx((ahead - behind) / 2e-6, abs=1e-7)


def test_the_optimum_is_flat_and_the_same_from_compressed_rows() -> None:
    returns, days = simulated(11, 3000, 0.6, 40.0)
    one_by_one, grouped = rate.fit(returns, days), rate.fit(*compressed(returns, days))
    assert one_by_one is not None
    assert grouped is not None
    assert grouped.r == pytest.approx(one_by_one.r, rel=1e-5)
    rows = rate.Rows(returns, days, np.ones(3000))
    slope = rows.loss(np.log([grouped.r, grouped.mean * rows.scale]))[1]
    assert np.abs(slope).max() < 1e-5


def test_too_few_returning_buyers_say_nothing() -> None:
    assert rate.fit([], []) is None
    assert rate.fit([1] * 29 + [0] * 500, [100] * 529) is None
    assert rate.fit([1] * 30 + [0] * 500, [100] * 530) is not None


def test_buyers_of_no_days_are_left_out() -> None:
    returns, days = simulated(2, 2000, 0.6, 40.0)
    whole = rate.fit(np.append(returns, [0, 0]), np.append(days, [0, 0]))
    assert whole == rate.fit(returns, days)


def test_equal_rates_stand_at_the_bound_and_still_judge() -> None:
    """Nobody differs: the chance of silence becomes Poisson's, e^(−rate·days)."""
    found = rate.fit([5] * 400, [100] * 400)
    assert found is not None
    assert found.even
    assert found.mean == pytest.approx(0.05, rel=1e-3)
    assert rate.silence_chance(found, 5, 100, 120) == pytest.approx(np.exp(-1), rel=1e-2)


def test_huge_counts_and_long_spans_stay_finite() -> None:
    draw = np.random.default_rng(4)
    days = draw.integers(1, 20_000, 5000)
    returns = draw.poisson(draw.gamma(0.5, 4.0, 5000) * days)
    assert returns.max() > 50_000
    found = rate.fit(returns, days)
    assert found is not None
    assert found.r == pytest.approx(0.5, rel=0.08)
    assert found.mean == pytest.approx(2.0, rel=0.08)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -1.0])
def test_impossible_rows_are_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        rate.fit([1.0] * 50 + [bad], [10.0] * 51)


@pytest.mark.simulated
def test_how_many_active_buyers_are_called_too_silent() -> None:
    """Nobody here has stopped. The chance looks from the last visit; a day chosen by the calendar falls into long gaps
    more often than into short ones, which shows where returns are few: as the trait's documentation says.
    """
    draw = np.random.default_rng(9)
    returns = draw.poisson(draw.gamma(0.8, 1 / 20.0, 40_000) * 365)
    prior = rate.Prior(0.8, 20.0, 40_000, 40_000, (0.01, 0.01), 0.0)
    seen = {n: 365 * draw.uniform(size=(n, (returns == n).sum())).max(axis=0) for n in np.unique(returns[returns > 0])}
    beyond = {
        n: np.array([rate.silence_chance(prior, n, day, 365) <= 0.05 for day in days]) for n, days in seen.items()
    }
    assert np.concatenate(list(beyond.values())).mean() == pytest.approx(0.064, abs=0.006)
    assert beyond[1].mean() == pytest.approx(0.146, abs=0.02)
    assert np.concatenate([found for n, found in beyond.items() if n >= 10]).mean() == pytest.approx(0.047, abs=0.006)
