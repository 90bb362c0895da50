"""Figures of backtests by pandas, for src/backtest/tests.rs to be compared with.

    python3 -m venv env && env/bin/pip install pandas==3.1.1
    env/bin/python tests/reference/metrics.py > tests/reference/metrics.json

Candles of a minute; a year has 365.25 days. Deviations are those of a sample; the downside deviation is the root of
the mean square of losses, gains counting as nothing.
"""

import json

import numpy as np
import pandas as pd

A_YEAR = 365.25 * 86_400 / 60


def none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def figures(equity: pd.Series, held: pd.Series, results: pd.Series) -> dict:
    returns = equity.pct_change().dropna()
    downside = np.sqrt((returns.clip(upper=0) ** 2).mean())
    height = equity.cummax()
    below = equity < height
    streaks = below.groupby((~below).cumsum()).sum()
    won, lost = results[results > 0].sum(), -results[results < 0].sum()
    share = held / equity
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            "total_return": float(equity.iloc[-1] / equity.iloc[0] - 1),
            "win_rate": none((results > 0).mean()) if len(results) else None,
            "profit_factor": none(won / lost) if lost > 0 else None,
            "expectancy": none(results.mean()) if len(results) else None,
            "sharpe": none(returns.mean() / returns.std() * np.sqrt(A_YEAR)),
            "sortino": none(returns.mean() / downside * np.sqrt(A_YEAR)),
            "max_drawdown": float((1 - equity / height).max()),
            "drawdown_secs": float(streaks.max() * 60),
            "exposure": float(share.mean()),
            "time_in_market": float((share > 0.001).mean()),
        }


def case(seed: int, candles: int, sales: int, drift: float) -> dict:
    dice = np.random.default_rng(seed)
    equity = pd.Series(np.round(10_000 * np.cumprod(1 + dice.normal(drift, 0.002, candles)), 6))
    held = pd.Series(np.round(equity * np.clip(dice.normal(0.2, 0.4, candles), 0, 1), 6))
    results = pd.Series(np.round(dice.normal(2, 30, sales), 6), dtype=float)
    told = {"equity": equity.tolist(), "held": held.tolist(), "results": results.tolist()}
    return {**told, "figures": figures(equity, held, results)}


def main() -> None:
    cases = [case(1, 400, 40, 0.0001), case(2, 300, 25, -0.0004), case(3, 120, 0, 0.0), case(4, 90, 1, 0.001)]
    print(json.dumps(cases))


if __name__ == "__main__":
    main()
