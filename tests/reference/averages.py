"""Averages and their crosses by pandas, for tests/averages.rs to be compared with.

    python3 -m venv env && env/bin/pip install pandas==3.1.1
    env/bin/python tests/reference/averages.py > tests/reference/averages.json

`adjust=False` seeds an average with the first close, as Leash does; it counts as warm after as many closes as its
span. The closes are a walk in hundredths, so that both sides read the same numbers.
"""

import json

import numpy as np
import pandas as pd

SEED = 20_260_101
CLOSES = 2_000
PAIRS = [(2, 3), (3, 8), (5, 15), (12, 26), (50, 200)]


def main() -> None:
    steps = np.random.default_rng(SEED).integers(-900, 901, CLOSES)
    hundredths = np.maximum(250_000 + np.cumsum(steps), 10_000)
    closes = pd.Series(hundredths / 100.0)
    pairs = []
    for fast, slow in PAIRS:
        averages = pd.DataFrame({n: closes.ewm(span=n, adjust=False).mean() for n in (fast, slow)})
        above = np.sign(averages[fast] - averages[slow])
        # A cross needs a warm candle before it: from index `slow` on.
        crosses = [
            [index, "buy" if above[index] > 0 else "sell"]
            for index in range(slow, CLOSES)
            if above[index] != 0 and above[index] * above[index - 1] <= 0
        ]
        pairs.append(
            {
                "fast": fast,
                "slow": slow,
                "fast_averages": averages[fast][::100].tolist(),
                "slow_averages": averages[slow][::100].tolist(),
                "crosses": crosses,
            }
        )
    print(json.dumps({"hundredths": hundredths.tolist(), "every": 100, "pairs": pairs}))


if __name__ == "__main__":
    main()
