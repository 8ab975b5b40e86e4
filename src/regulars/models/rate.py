"""How often each of many buyers returns: Poisson counts whose rates differ from buyer to buyer by a gamma law.

x returns in T days, the rate λ of each buyer drawn from Gamma(shape r, rate α): x is negative binomial,

    P(x | T) = Γ(r + x) / (Γ(r) x!) · (α / (α + T))^r · (T / (α + T))^x

(Ehrenberg 1959). T is the exposure: a buyer seen for a month tells less than one seen for a year. The parameters are
those of maximum likelihood over unique (x, T) rows; the derivatives are our own derivation. Fitted in log r and
log(r / α), the mean rate: the two are nearly uncorrelated, so that the search is short and the intervals are honest.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

FEWEST = 30
"""So many buyers must have returned before anything is said."""
EVEN = 1e4
"""The largest shape: rates that differ less than this cannot be told from equal ones."""
UNEVEN = 1e-3
"""The smallest shape."""
Z95 = 1.959963984540054
STEPS = 200
TIGHT = 1e-8


@dataclass(frozen=True, slots=True)
class Prior:
    """Gamma(r, α): r without unit, α in days; `spread` are the standard errors of log r and log(r / α).

    `even` says that the rates could not be told apart, so that r stands at its bound.
    """

    r: float
    alpha: float
    buyers: int
    returning: int
    spread: tuple[float, float]
    correlation: float
    even: bool = False

    @property
    def mean(self) -> float:
        """The mean number of returns a day."""
        return self.r / self.alpha

    def interval(self) -> dict[str, tuple[float, float]]:
        """95 % intervals of r, α and the mean rate, by the delta method on the log scale."""
        shape, mean = self.spread
        scale = (shape**2 + mean**2 - 2 * self.correlation * shape * mean) ** 0.5
        pairs = {"r": (self.r, shape), "alpha": (self.alpha, scale), "mean": (self.mean, mean)}
        return {name: (value * exp(-Z95 * se), value * exp(Z95 * se)) for name, (value, se) in pairs.items()}


def silence_chance(prior: Prior, returns: float, seen: float, days: float) -> float:
    """The chance that a buyer who is still active stays away from day `seen` to day `days`, having returned before.

    >>> prior = Prior(r=1.0, alpha=10.0, buyers=99, returning=50, spread=(0.1, 0.1), correlation=0.0)
    >>> round(silence_chance(prior, returns=1, seen=10, days=30), 4)
    0.25
    """
    return float(((prior.alpha + seen) / (prior.alpha + days)) ** (prior.r + returns))


class Rows:
    """Unique (x, T) rows with their weights, time scaled so that the longest is 10."""

    def __init__(self, returns: ArrayLike, days: ArrayLike, buyers: ArrayLike) -> None:
        import numpy as np

        x, t, n = (np.asarray(column, dtype=np.float64) for column in (returns, days, buyers))
        kept = (t > 0) & (n > 0)
        if not (np.isfinite(x[kept]).all() and np.isfinite(t[kept]).all() and (x[kept] >= 0).all()):
            raise ValueError("returns and days must be finite, and returns at least 0")
        self.scale = float(t[kept].max()) / 10.0 if kept.any() else 1.0
        self.x, self.t, self.n = x[kept], t[kept] / self.scale, n[kept]
        self.counts, self.which = np.unique(self.x, return_inverse=True)

    def per_count(self, function: Any, shape: float) -> Floats:
        """A function of r + x, evaluated once per distinct x."""
        values: Floats = function(shape + self.counts) - function(shape)
        return values[self.which]

    def loss(self, point: Floats) -> tuple[float, Floats]:
        """The mean negative log-likelihood and its gradient in (log r, log mean), constants left out."""
        import numpy as np
        from scipy.special import digamma, gammaln

        r, mean = np.exp(point)
        ratio = mean * self.t / r
        both = np.log1p(ratio)
        value = self.per_count(gammaln, r) - (r + self.x) * both + self.x * (point[1] - point[0])
        surplus = (self.x - mean * self.t) / (1.0 + ratio)
        slope_mean = surplus
        slope_r = r * (self.per_count(digamma, r) - both) - surplus
        weight = self.n / self.n.sum()
        return -float(weight @ value), -np.array([weight @ slope_r, weight @ slope_mean])


def start(rows: Rows) -> Floats:
    """Moments: the mean rate, and the shape from the variance beyond Poisson's."""
    import numpy as np

    weight = rows.n
    mean = float(weight @ rows.x) / float(weight @ rows.t)
    expected = mean * rows.t
    beyond = float(weight @ ((rows.x - expected) ** 2 - expected))
    shape = float(weight @ expected**2) / beyond if beyond > 0 else EVEN
    point: Floats = np.log(np.array([min(max(shape, 10 * UNEVEN), EVEN / 10), mean], dtype=np.float64))
    return point


def curvature(rows: Rows, point: Floats) -> NDArray[Any]:
    """The observed information by central differences of the gradient."""
    import numpy as np

    step, columns = 1e-4, []
    for axis in np.eye(2):
        ahead, behind = rows.loss(point + step * axis)[1], rows.loss(point - step * axis)[1]
        columns.append((ahead - behind) / (2 * step) * rows.n.sum())
    hessian: NDArray[Any] = np.array(columns)
    symmetric: NDArray[Any] = (hessian + hessian.T) / 2
    return symmetric


def errors(rows: Rows, point: Floats) -> tuple[tuple[float, float], float]:
    """Standard errors of (log r, log mean) and their correlation; infinite where the data is flat."""
    import numpy as np

    hessian = curvature(rows, point)
    if not np.isfinite(hessian).all() or np.linalg.eigvalsh(hessian)[0] <= 0:
        return (float("inf"), float("inf")), 0.0
    covariance = np.linalg.inv(hessian)
    shape, mean = np.sqrt(np.diag(covariance))
    return (float(shape), float(mean)), float(covariance[0, 1] / (shape * mean))


def fit(returns: ArrayLike, days: ArrayLike, buyers: ArrayLike | None = None) -> Prior | None:
    """The gamma prior of the buyers' rates, or None where fewer than `FEWEST` returned or the search did not end.

    `returns` and `days` are the unique rows, `buyers` how many buyers each stands for (1 unless given); rows of no days
    say nothing and are left out. Raises ValueError on negative or infinite values.
    """
    import numpy as np
    from scipy.optimize import minimize

    weights = np.ones(len(np.asarray(returns))) if buyers is None else buyers
    rows = Rows(returns, days, weights)
    returning = int(rows.n[rows.x > 0].sum())
    if returning < FEWEST:
        return None
    origin = start(rows)
    bounds = [(np.log(UNEVEN), np.log(EVEN)), (origin[1] - 20, origin[1] + 20)]
    options = {"maxiter": STEPS, "ftol": 1e-15, "gtol": TIGHT}
    found = minimize(rows.loss, origin, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    r, mean = (float(value) for value in np.exp(found.x))
    even = r >= EVEN * 0.99
    slope = found.jac[1:] if even else found.jac
    if not np.isfinite(found.x).all() or np.abs(slope).max() > 1e-4 or r <= UNEVEN * 1.01:
        return None
    spread, correlation = errors(rows, found.x)
    alpha = r / mean * rows.scale
    return Prior(r, alpha, int(rows.n.sum()), returning, spread, correlation, even)
