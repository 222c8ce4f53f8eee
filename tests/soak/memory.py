"""What a process holds in memory, second by second, and what is called flat."""

import statistics
from pathlib import Path

import pytest

# The promise: megabytes of a worker, whatever the size of the data.
PROMISED_MB = 200
# Flat is: after the warm-up, the median of the last third is no more than so much above that of the
# third before it, and the line through both rises no more than so much in a minute. What may still
# rise are caches of a fixed size that a slow machine takes longer to fill.
_RISE_MB = 6.0
_SLOPE_MB = 8.0
_WARM_UP = 1 / 3


class Memory:
    """The resident set of a process, sampled every second, in megabytes."""

    def __init__(self) -> None:
        self.samples: list[float] = []

    def sample(self, process: int) -> None:
        """Read what it holds now, of its own and of files."""
        status = Path(f"/proc/{process}/status")
        if not status.exists():
            pytest.skip("This system does not tell what a process holds.")
        for line in status.read_text().splitlines():
            if line.startswith("VmRSS:"):
                self.samples.append(int(line.split()[1]) / 1024)

    @property
    def warm(self) -> list[float]:
        """The samples after the warm-up."""
        return self.samples[int(len(self.samples) * _WARM_UP) :]

    @property
    def slope(self) -> float:
        """Megabytes a minute, by least squares over the samples after the warm-up."""
        found = statistics.linear_regression(range(len(self.warm)), self.warm)
        return found.slope * 60

    def judge(self) -> None:
        """Hold it against the promise, and against what is called flat."""
        half = len(self.warm) // 2
        rise = statistics.median(self.warm[half:]) - statistics.median(self.warm[:half])
        assert max(self.samples) < PROMISED_MB, self
        assert rise <= _RISE_MB, self
        assert self.slope <= _SLOPE_MB, self

    def __str__(self) -> str:
        """Show every fifth second, and the numbers that are judged."""
        line = " ".join(f"{one:.0f}" for one in self.samples[::5])
        return f"MB: {line}; at most {max(self.samples):.0f}, slope {self.slope:.1f} a minute"
