"""What the process counts, for Prometheus: requests by route, method and status, and their time."""

import time
from collections.abc import Iterator

from fastapi import Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.replicas import Replicas, State

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """One application's counters; an application of its own in every test has its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.requests = Counter(
            "firstinline_requests",
            "Requests answered.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "firstinline_request_seconds",
            "Time from the first byte of a request to the last of its answer, in seconds.",
            ("method", "route"),
            buckets=_BUCKETS,
            registry=self.registry,
        )

    def tell_of(self, replicas: Replicas) -> None:
        """Tell of the replicas too, where there are any."""
        if replicas.all:
            self.registry.register(OfReplicas(replicas))


class OfReplicas(Collector):
    """What became of reads that replicas were to answer, and how each was found last."""

    def __init__(self, replicas: Replicas) -> None:
        self._replicas = replicas

    def collect(self) -> Iterator[Metric]:
        """Yield the numbers as they stand."""
        reads = CounterMetricFamily(
            "firstinline_replica_reads",
            "Reads that a replica was to answer; what it did not, the primary did.",
            labels=("replica", "outcome"),
        )
        in_use = GaugeMetricFamily(
            "firstinline_replica_in_use",
            "1 while reads are sent to the replica.",
            labels=("replica",),
        )
        behind = GaugeMetricFamily(
            "firstinline_replica_behind_bytes",
            "What the replica had not replayed yet when it was asked last.",
            labels=("replica",),
        )
        for each in self._replicas.all:
            number = str(each.number)
            for outcome, count in each.reads.items():
                reads.add_metric((number, outcome), count)
            in_use.add_metric((number,), each.state is State.IN_USE)
            if each.behind_bytes is not None:
                behind.add_metric((number,), each.behind_bytes)
        yield from (reads, in_use, behind)


class Measured:
    """ASGI middleware that counts what passes; routes go by template, not by path."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, status = time.perf_counter(), "500"

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
            await send(message)

        try:
            await self.app(scope, receive, watched)
        finally:
            route = getattr(scope.get("route"), "path", "(none)")
            method = scope["method"] if route != "(none)" else "(any)"
            self.metrics.requests.labels(method, route, status).inc()
            self.metrics.seconds.labels(method, route).observe(time.perf_counter() - started)


def exposition(request: Request) -> Response:
    """Return the counters in Prometheus's text form."""
    metrics: Metrics = request.app.state.metrics
    return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)
