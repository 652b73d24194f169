"""The store of runs: SQLite by default, any database by its URL."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa

from evalfirst.database import BadStore, open_engine, writing
from evalfirst.trend.schema import bring_up_to_date
from evalfirst.trend.tables import ALL, Annotation, Count, Run, SampleScore, Version

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd
    from sqlalchemy.engine import Connection

    from evalfirst.evals.eval_run import ErrorsCount, EvalRun
    from evalfirst.evals.sample_result import SampleResult
    from evalfirst.trend.alarms import Alarm, AlarmPolicy

__all__ = ["BadStore", "TrendStore"]

Period = Literal["run", "day", "week"]

# Rows in one statement.
_BATCH = 2000


class TrendStore:
    """Runs of features over eval sets, and what happened meanwhile.

    ```python
    store = TrendStore()                      # quality.sqlite in this folder
    store.record(run, release="1.4")
    store.annotate("2026-03-02", "index rebuilt")
    store.trend("triage")                     # one row a run
    ```

    Several processes may write at once: each run is one transaction, and the same run recorded
    twice is one run.
    """

    def __init__(self, url: str = "sqlite:///quality.sqlite") -> None:
        """Open a store; it is made on first use, and an older one is brought up to date.

        Before its tables change, an SQLite file is copied beside itself.

        Args:
            url: SQLAlchemy database URL, such as `postgresql+psycopg://user@host/quality`.

        Raises:
            BadStore: the URL, the folder or the tables cannot be used; the message says why.
        """
        self._engine = open_engine(url)
        bring_up_to_date(self._engine)

    def record(
        self,
        run: EvalRun,
        *,
        release: str | None = None,
        at: datetime | str | None = None,
    ) -> int:
        """Add a run with all its samples, in one transaction.

        Args:
            run: the run. A failed sample is kept as what it is.
            release: what was live when it ran, such as `1.4`.
            at: when it ran; by default the run's own start. Without a time zone it is UTC.

        Returns:
            The run's number. The same run at the same time is recorded once; if a release is
            named the second time, the run gets it.

        Raises:
            ValueError: the run is empty or holds a sample twice, or `at` is no time.
            BadStore: the database cannot be written; nothing of the run is kept then.
        """
        if not len(run.results):
            raise ValueError("the run is empty: there is nothing to record")
        key = _key(run, at)
        when = _utc(at or run.started or datetime.now(UTC))
        feature, _, feature_version = run.feature.partition(" ")
        eval_set, _, eval_set_version = run.eval_set.rpartition(" ")
        row = {
            "key": key,
            "at": when,
            "feature": feature,
            "feature_version": feature_version,
            "eval_set": eval_set or run.eval_set,
            "eval_set_version": eval_set_version,
            "scorer": run.scorers[0],
            "release": release,
            "dollars": run.totals()["dollars"],
        }
        try:
            with writing(self._engine) as connection:
                known = sa.select(Run.id).where(Run.key == key)
                if (number := connection.execute(known).scalar()) is not None:
                    if release is not None:
                        named = sa.update(Run).where(Run.id == number).values(release=release)
                        connection.execute(named)
                    return int(number)
                number = connection.execute(sa.insert(Run).returning(Run.id), row).scalar_one()
                self._add_details(connection, number, run)
                return int(number)
        except sa.exc.IntegrityError as error:
            # another writer was quicker with the same run
            with self._engine.connect() as connection:
                found = connection.execute(sa.select(Run.id).where(Run.key == key)).scalar()
            if found is None:
                raise ValueError(
                    f"the run was not recorded: it holds a sample twice ({error.orig}). Give every "
                    "sample an id of its own."
                ) from error
            return int(found)
        except sa.exc.DBAPIError as error:
            raise _not_written("the run was not recorded", error) from error

    def _add_details(self, connection: Connection, number: int, run: EvalRun) -> None:
        if run.versions:
            versions = [
                {"run_id": number, "name": name, "value": str(value)}
                for name, value in run.versions.items()
            ]
            connection.execute(sa.insert(Version), versions)
        counts = _Counts(run.scorers)
        rows = _sample_rows(number, run, counts)
        while batch := list(islice(rows, _BATCH)):
            connection.execute(sa.insert(SampleScore), batch)
        connection.execute(sa.insert(Count), counts.rows(number))

    def annotate(
        self,
        at: datetime | str,
        text: str,
        *,
        kind: str = "note",
        feature: str | None = None,
    ) -> None:
        """Note that something happened, such as a release or an outage.

        Args:
            at: when; without a time zone it is UTC.
            text: a few words; they stand in figures.
            kind: `release` is drawn as a line with its name; any other kind as a mark.
            feature: the feature it concerns; all by default.

        Raises:
            ValueError: `at` is no time, or `text` is empty.
            BadStore: the database cannot be written.
        """
        if not text.strip():
            raise ValueError("say in a few words what happened: text is empty")
        row = {"at": _utc(at), "text": text.strip(), "kind": kind, "feature": feature}
        try:
            with writing(self._engine) as connection:
                connection.execute(sa.insert(Annotation), row)
        except sa.exc.DBAPIError as error:
            raise _not_written("nothing was noted", error) from error

    def features(self) -> pd.DataFrame:
        """Return one row for each feature and eval set: runs, first and last time."""
        chosen = (
            sa.select(
                Run.feature,
                Run.eval_set,
                sa.func.count().label("runs"),
                sa.func.min(Run.at).label("first"),
                sa.func.max(Run.at).label("last"),
            )
            .group_by(Run.feature, Run.eval_set)
            .order_by(Run.feature, Run.eval_set)
        )
        return self._frame(chosen)

    def annotations(self, feature: str | None = None) -> pd.DataFrame:
        """Return what happened, in order: `at`, `text`, `kind`, `feature`.

        With a feature, its own annotations and those that concern all. A run's `release` that
        differs from the run before counts as one, too.
        """
        chosen = sa.select(Annotation.at, Annotation.text, Annotation.kind, Annotation.feature)
        runs = sa.select(Run.at, Run.release, Run.feature).order_by(Run.at, Run.id)
        if feature is not None:
            chosen = chosen.where(
                sa.or_(Annotation.feature == feature, Annotation.feature.is_(None))
            )
            runs = runs.where(Run.feature == feature)
        noted = self._frame(chosen)
        released = self._frame(runs.where(Run.release.is_not(None)))
        first = released[released.groupby("feature")["release"].transform(_changes).astype(bool)]
        first = first.assign(kind="release").rename(columns={"release": "text"})
        import pandas as pd

        both = [frame for frame in (noted, first) if len(frame)]
        if not both:
            return noted
        together = pd.concat(both, ignore_index=True)[list(noted.columns)]
        return together.sort_values("at", kind="stable", ignore_index=True)

    def trend(
        self,
        feature: str | None = None,
        *,
        eval_set: str | None = None,
        slice: str | None = None,  # noqa: A002  (the field's word)
        scorer: str | None = None,
        errors: ErrorsCount = "wrong",
        by: Period = "run",
    ) -> pd.DataFrame:
        """Return the share of right answers over time, oldest first.

        Args:
            feature: by default the only one in the store.
            eval_set: by default the only one that the feature was run on.
            slice: only samples of this slice.
            scorer: by default the first of the newest run.
            errors: `wrong` counts failed samples as wrong answers; `excluded` leaves them out.
            by: one row a run, or the sums of each day or week (Monday to Sunday, UTC).

        Returns:
            Columns `at` (UTC), `n`, `passes`, `failed`, `share`, `low`, `high` (95% Wilson
            interval), `release`, `feature_version`, `eval_set_version`, and for `by="run"` also
            `run`, `model` and `prompt`. Shares are fractions; NaN where nothing counts.

        Raises:
            LookupError: there is no such feature, set, scorer or slice, or more than one to
                choose from; the message lists them.
            ValueError: `errors` or `by` has another value.
        """
        from evalfirst.trend.frames import trend_frame

        feature, eval_set = self._chosen(feature, eval_set)
        scorer = scorer or self._newest_scorer(feature, eval_set)
        rows = self._frame(
            sa.select(
                Run.id.label("run"),
                Run.at,
                Count.n,
                Count.passes,
                Count.failed,
                Run.release,
                Run.feature_version,
                Run.eval_set_version,
            )
            .join(Count, Count.run_id == Run.id)
            .where(
                Run.feature == feature,
                Run.eval_set == eval_set,
                Count.scorer == scorer,
                Count.slice == (slice or ALL),
            )
            .order_by(Run.at, Run.id)
        )
        if rows.empty:
            raise LookupError(self._nothing(feature, eval_set, scorer, slice))
        versions = self._frame(
            sa.select(Version.run_id, Version.name, Version.value).where(
                Version.name.in_(("model", "prompt")),
                Version.run_id.in_(
                    sa.select(Run.id).where(Run.feature == feature, Run.eval_set == eval_set)
                ),
            )
        )
        return trend_frame(
            rows, versions, errors=errors, by=by, title=(feature, eval_set, scorer, slice or "")
        )

    def slices(self, feature: str | None = None, *, eval_set: str | None = None) -> pd.DataFrame:
        """Return the newest run by slice: `n`, `passes`, `failed`, `share`, `low`, `high`.

        Raises:
            LookupError: there is no such feature or set, or more than one to choose from.
        """
        from evalfirst.trend.frames import with_interval

        feature, eval_set = self._chosen(feature, eval_set)
        newest = (
            sa.select(Run.id, Run.scorer)
            .where(Run.feature == feature, Run.eval_set == eval_set)
            .order_by(Run.at.desc(), Run.id.desc())
            .limit(1)
            .subquery()
        )
        rows = self._frame(
            sa.select(Count.slice, Count.n, Count.passes, Count.failed)
            .join(newest, sa.and_(newest.c.id == Count.run_id, newest.c.scorer == Count.scorer))
            .order_by(Count.slice)
        )
        rows["slice"] = rows["slice"].replace(ALL, "all")
        return with_interval(rows, errors="wrong").set_index("slice")

    def samples(self, run: int) -> pd.DataFrame:
        """Return the samples of one run: `sample`, `scorer`, `value`, `failed`, `seconds`.

        Raises:
            LookupError: there is no such run.
        """
        rows = self._frame(
            sa.select(
                SampleScore.sample,
                SampleScore.scorer,
                SampleScore.value,
                SampleScore.failed,
                SampleScore.seconds,
            )
            .where(SampleScore.run_id == run)
            .order_by(SampleScore.sample, SampleScore.scorer)
        )
        if rows.empty:
            raise LookupError(f"there is no run {run}; the column `run` of a trend has the numbers")
        return rows

    def alarms(
        self, feature: str | None = None, *, policy: AlarmPolicy | None = None, **choice: Any
    ) -> tuple[Alarm, ...]:
        """Return the lasting changes in a trend, oldest first; `choice` as for `trend`."""
        from evalfirst.trend.alarms import AlarmPolicy

        return (policy or AlarmPolicy()).alarms(self.trend(feature, **choice))

    def _chosen(self, feature: str | None, eval_set: str | None) -> tuple[str, str]:
        known = self.features()
        if known.empty:
            raise LookupError("the store is empty: record a run first, with store.record(run)")
        feature = _one_of("feature", feature, known["feature"].unique().tolist())
        sets = known.loc[known["feature"] == feature, "eval_set"].unique().tolist()
        return feature, _one_of("eval set", eval_set, sets, of=f" of {feature}")

    def _newest_scorer(self, feature: str, eval_set: str) -> str:
        newest = (
            sa.select(Run.scorer)
            .where(Run.feature == feature, Run.eval_set == eval_set)
            .order_by(Run.at.desc(), Run.id.desc())
            .limit(1)
        )
        with self._engine.connect() as connection:
            return str(connection.execute(newest).scalar_one())

    def _nothing(self, feature: str, eval_set: str, scorer: str, name: str | None) -> str:
        here = (
            sa.select(Count.scorer, Count.slice)
            .join(Run, Run.id == Count.run_id)
            .where(Run.feature == feature, Run.eval_set == eval_set)
            .distinct()
        )
        found = self._frame(here)
        scorers = sorted(found["scorer"].unique())
        if scorer not in scorers:
            return f"no run of {feature} has the scorer {scorer!r}; there are: {', '.join(scorers)}"
        slices = sorted(set(found["slice"]) - {ALL})
        listed = ", ".join(slices) or "none"
        return f"no run of {feature} has samples of the slice {name!r}; slices: {listed}"

    def _frame(self, chosen: Any) -> pd.DataFrame:
        import pandas as pd

        with self._engine.connect() as connection:
            found = connection.execute(chosen)
            return pd.DataFrame(found.fetchall(), columns=list(found.keys()))

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()


def _not_written(what: str, error: sa.exc.DBAPIError) -> BadStore:
    return BadStore(
        f"{what}: {error.orig}. Check that the disk is not full and the database can be written, "
        "then do it again."
    )


def _utc(at: datetime | str) -> datetime:
    """Return a time as the database keeps it: UTC, without saying so."""
    if isinstance(at, str):
        try:
            at = datetime.fromisoformat(at)
        except ValueError as error:
            example = "write it as 2026-03-02 or 2026-03-02T09:30"
            raise ValueError(f"{at!r} is no time; {example}") from error
    return at if at.tzinfo is None else at.astimezone(UTC).replace(tzinfo=None)


def _key(run: EvalRun, at: datetime | str | None) -> str:
    digest = hashlib.sha256()
    time = at or run.started
    head = [run.feature, run.eval_set, list(run.scorers), run.started, time and str(_utc(time))]
    digest.update(json.dumps(head).encode())
    for result in run.results:
        verdicts = {name: score.value for name, score in result.scores.items()}
        kind = result.failure.kind if result.failure else None
        digest.update(json.dumps([result.id, verdicts, kind]).encode())
    return digest.hexdigest()[:32]


class _Counts:
    def __init__(self, scorers: Sequence[str]) -> None:
        self._scorers = scorers
        self._n: Counter[tuple[str, str]] = Counter()
        self._passes: Counter[tuple[str, str]] = Counter()
        self._failed: Counter[tuple[str, str]] = Counter()

    def add(self, scorer: str, result: SampleResult, value: float | None) -> None:
        for name in (ALL, *dict.fromkeys(result.slices)):
            self._n[scorer, name] += 1
            self._passes[scorer, name] += value is not None and value >= 1.0
            self._failed[scorer, name] += result.failure is not None

    def rows(self, number: int) -> list[dict[str, Any]]:
        return [
            {
                "run_id": number,
                "scorer": scorer,
                "slice": name,
                "n": n,
                "passes": self._passes[scorer, name],
                "failed": self._failed[scorer, name],
            }
            for (scorer, name), n in self._n.items()
        ]


def _sample_rows(number: int, run: EvalRun, counts: _Counts) -> Iterator[dict[str, Any]]:
    for result in run.results:
        for scorer in run.scorers:
            score = result.scores.get(scorer)
            value = None if score is None else float(score.value)
            counts.add(scorer, result, value)
            yield {
                "run_id": number,
                "scorer": scorer,
                "sample": result.id,
                "value": value,
                "failed": result.failure.kind if result.failure else None,
                "seconds": result.latency,
                "slices": json.dumps(list(result.slices)),
            }


def _changes(releases: Any) -> Any:
    return releases != releases.shift()


def _one_of(what: str, wanted: str | None, known: Sequence[str], of: str = "") -> str:
    names = ", ".join(sorted(known))
    if wanted is None:
        if len(known) > 1:
            raise LookupError(f"there is more than one {what}{of}: name one of {names}")
        return str(known[0])
    if wanted not in known:
        raise LookupError(f"no {what}{of} is called {wanted!r}; there are: {names}")
    return wanted
