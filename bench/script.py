"""A polars script over an export, as somebody would write it who has no such product.

Run as `python -m bench.script FOLDER LIMIT` it prints the ids of the first by persistence.
"""

import sys
from pathlib import Path

import polars as pl

_HALF_LIFE_SECONDS = 182.625 * 86_400


def first_by_persistence(folder: Path, limit: int) -> list[str]:
    """Return the ids, as hexadecimal digits, of those with the highest score."""

    def table(name: str) -> pl.LazyFrame:
        return pl.scan_parquet(folder / f"{name}-*.parquet")

    rejected = (
        table("rejections")
        .filter(pl.col("undone_at").is_null())
        .group_by("candidate_id")
        .agg(first_at=pl.col("rejected_at").min())
    )
    advised = table("advice").group_by("candidate_id").agg(advised_at=pl.col("given_at").min())
    aims = table("follow_up_advice").unique().with_columns(aims=pl.lit(0.4))
    reports = (
        table("milestones")
        .filter(pl.col("status") != "refuted")
        .select("follow_up_id")
        .unique()
        .with_columns(reports=pl.lit(value=True))
    )
    milestone = (
        pl.when(pl.col("reports").is_null())
        .then(0.0)
        .when(pl.col("advised_at") <= pl.col("occurred_at"))
        .then(0.3)
        .otherwise(0.7)
    )
    since = pl.lit("2000-01-01 00:00:00").str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us")
    half_lives = (pl.col("last_at") - since).dt.total_seconds() / _HALF_LIFE_SECONDS
    credit = pl.min_horizontal(1.0, 0.3 + pl.col("aims") + pl.col("milestone"))
    scores = (
        table("follow_ups")
        .filter(
            pl.col("direction") == "inbound",
            pl.col("automated").is_null(),
            pl.col("deleted_at").is_null(),
        )
        .join(rejected, on="candidate_id")
        .filter(pl.col("occurred_at") >= pl.col("first_at"))
        .join(aims, left_on="id", right_on="follow_up_id", how="left")
        .join(reports, left_on="id", right_on="follow_up_id", how="left")
        .join(advised, on="candidate_id", how="left")
        .with_columns(
            month=pl.col("occurred_at").dt.truncate("1mo"),
            aims=pl.col("aims").fill_null(0.0),
            milestone=milestone,
        )
        .group_by("candidate_id", "month")
        .agg(
            last_at=pl.col("occurred_at").max(),
            aims=pl.col("aims").max(),
            milestone=pl.col("milestone").max(),
        )
        .with_columns(credited=credit * pl.lit(2.0).pow(half_lives))
        .group_by("candidate_id")
        .agg(score=pl.col("credited").sum())
        .top_k(limit, by="score")
        .collect()
    )
    return [each.hex() for each in scores["candidate_id"]]


if __name__ == "__main__":
    print("\n".join(first_by_persistence(Path(sys.argv[1]), int(sys.argv[2]))))
