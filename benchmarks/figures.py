"""What was measured, and how it is written down."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """So many of something in so long; ``target`` is per second of the server's CPU."""

    name: str
    count: int
    seconds: float
    cpu_s: float
    target: float

    @property
    def per_second(self) -> float:
        return self.count / self.seconds

    @property
    def per_cpu_second(self) -> float:
        return self.count / self.cpu_s

    def row(self) -> str:
        return (
            f"| {self.name} | {self.per_second:,.0f} | {self.per_cpu_second:,.0f} |"
            f" {self.target:,.0f} | {self.per_cpu_second / self.target:.0%} |"
        )
