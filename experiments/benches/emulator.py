"""How many reads and writes a second the local Graph API answers on one core, and what an account takes.

The server runs in a process of its own, on one core where the system lets processes choose; the client in another,
over one loopback connection, so rates per CPU second of the server say what the server could do for several clients.
"""

from __future__ import annotations

import http.client
import json
import multiprocessing
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any
from urllib.parse import urlencode

import numpy as np

from experiments.bench import Figure
from simulator.graph_api import EmulatorConfig, accounts_of, run_in_thread

SCENARIO, MANY = "medium", 20
PAGE, BIG_PAGE = 25, 500
PAGES, BIG_PAGES, CALLS = 150, 30, 600
ROUNDS = 3
COLUMNS = "adset_id,spend,impressions,clicks,actions,action_values"
DAYS = "last_28d"
START_SECONDS = 120.0
STATUS = Path("/proc/self/statm")


@dataclass(frozen=True, slots=True)
class Server:
    """An emulator in another process, and a connection to it."""

    facts: dict[str, Any]
    questions: Connection
    client: http.client.HTTPConnection

    def ask(self, question: str) -> float:
        """CPU seconds ("cpu") or resident bytes ("bytes") of the process."""
        self.questions.send(question)
        return float(self.questions.recv())

    def call(self, method: str, path: str, /, **params: Any) -> Any:
        """The JSON of an answer; parameters of a POST go into a form, as the SDK sends them."""
        token = {"access_token": self.facts["access_token"]}
        query, form = (token, params) if method == "POST" else ({**params, **token}, {})
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
        self.client.request(method, f"/v26.0/{path}?{urlencode(query)}", urlencode(form) or None, headers)
        answer = self.client.getresponse()
        found = json.loads(answer.read())
        if answer.status != http.client.OK:
            raise RuntimeError(f"{method} {path} was refused: {found}")
        return found


def bench(seed: int) -> tuple[Figure, ...]:
    """Insight rows, single reads and writes per CPU second; latencies; bytes per account."""
    with _served(seed) as server:
        read = _reads(server)
        written = _writes(server, "writes_per_cpu_second", "no state file")
        slow = _latencies(server)
    with TemporaryDirectory(prefix="caudal-bench-") as folder, _served(seed, state_file=Path(folder) / "s") as server:
        durable = _durable_writes(server)
    return (*read, written, *durable, *slow, *_memory(seed))


def _reads(server: Server) -> tuple[Figure, ...]:
    account = server.facts["ad_account_ids"][0]
    ad_sets = _ad_sets(server)

    def page(limit: int, _: int) -> int:
        asked = {"level": "adset", "time_increment": 1, "date_preset": DAYS, "fields": COLUMNS, "limit": limit}
        return len(server.call("GET", f"{account}/insights", **asked)["data"])

    def single(number: int) -> int:
        path = f"{ad_sets[number % len(ad_sets)]}/insights"
        return len(server.call("GET", path, date_preset=DAYS, fields=COLUMNS)["data"])

    def object_read(number: int) -> int:
        return len([server.call("GET", ad_sets[number % len(ad_sets)], fields="name,status,daily_budget")])

    how = f"per CPU second of the server, scenario {SCENARIO}, {len(ad_sets)} ad sets, best of {ROUNDS}"
    rows = f"rows of a daily report by ad set over {DAYS}"
    return (
        Figure(
            "insight_rows_per_cpu_second",
            _rate(server, partial(page, PAGE), PAGES),
            "1/s",
            1000.0,
            "higher",
            f"{rows}, in pages of {PAGE} (the default), {how}",
        ),
        Figure(
            "insight_rows_per_cpu_second_big_pages",
            _rate(server, partial(page, BIG_PAGE), BIG_PAGES),
            "1/s",
            None,
            "higher",
            f"{rows}, in pages of {BIG_PAGE}, {how}",
        ),
        Figure(
            "single_row_reads_per_cpu_second",
            _rate(server, single, CALLS),
            "1/s",
            1000.0,
            "higher",
            f"requests that read one row each, of an ad set over {DAYS}, {how}",
        ),
        Figure(
            "object_reads_per_cpu_second",
            _rate(server, object_read, CALLS),
            "1/s",
            None,
            "higher",
            f"requests that read an ad set's name, status and budget, {how}",
        ),
    )


def _writes(server: Server, name: str, where: str) -> Figure:
    write = _writer(server)
    how = f"status changes of ad sets, per CPU second of the server, {where}, scenario {SCENARIO}, best of {ROUNDS}"
    return Figure(name, _rate(server, write, CALLS), "1/s", 300.0, "higher", how)


def _durable_writes(server: Server) -> tuple[Figure, Figure]:
    """With a state file; waiting for the disk takes real time and no CPU."""
    began = perf_counter()
    per_cpu_second = _writes(server, "durable_writes_per_cpu_second", "each on disk (fsync) before its answer")
    rate = ROUNDS * CALLS / (perf_counter() - began)
    how = f"status changes per real second, each on disk (fsync) before its answer, one client, mean of {ROUNDS}"
    return per_cpu_second, Figure("durable_writes_per_second", rate, "1/s", None, "higher", how)


def _latencies(server: Server) -> tuple[Figure, ...]:
    ad_sets, write = _ad_sets(server), _writer(server)
    figures: list[Figure] = []
    for name, call in (
        ("read", lambda number: server.call("GET", ad_sets[number % len(ad_sets)], fields="name,daily_budget")),
        ("write", write),
    ):
        seconds = np.array([_seconds(partial(call, number)) for number in range(CALLS)])
        for percentile in (50, 95, 99):
            value = float(np.percentile(seconds, percentile) * 1000)
            how = f"{name} of one ad set over one kept connection, percentile {percentile} of {CALLS}, no state file"
            figures.append(Figure(f"{name}_milliseconds_p{percentile}", value, "ms", None, "lower", how))
    return tuple(figures)


def _memory(seed: int) -> tuple[Figure, ...]:
    if not STATUS.exists():
        return ()
    sizes = []
    for accounts in (1, 1 + MANY):
        with _served(seed, accounts=accounts) as server:
            server.call("GET", "me/adaccounts", limit=MANY + 1)
            sizes.append(server.ask("bytes"))
    how = f"resident bytes of a server with {MANY} more accounts of {SCENARIO}, over {MANY}"
    return (Figure("bytes_per_account", (sizes[1] - sizes[0]) / MANY, "bytes", None, "lower", how),)


def _rate(server: Server, work: Callable[[int], int], times: int) -> float:
    """What `work` counts, per CPU second of the server: the best of several rounds, for others use the machine too."""
    work(0)
    best = 0.0
    for _ in range(ROUNDS):
        began = server.ask("cpu")
        done = sum(work(number) for number in range(times))
        best = max(best, done / (server.ask("cpu") - began))
    return best


def _seconds(work: Callable[[], object]) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began


def _ad_sets(server: Server) -> list[str]:
    account = server.facts["ad_account_ids"][0]
    return [row["id"] for row in server.call("GET", f"{account}/adsets", limit=PAGE)["data"]]


def _writer(server: Server) -> Callable[[int], int]:
    """Switches one ad set after the other, on the next turn back."""
    ad_sets = _ad_sets(server)

    def write(number: int) -> int:
        status = ("PAUSED", "ACTIVE")[number // len(ad_sets) % 2]
        return int(server.call("POST", ad_sets[number % len(ad_sets)], status=status)["success"])

    return write


@contextmanager
def _served(seed: int, accounts: int = 1, state_file: Path | None = None) -> Iterator[Server]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, seed, accounts, state_file), daemon=True)
    process.start()
    try:
        if not ours.poll(START_SECONDS):
            raise RuntimeError("the emulator did not start")
        facts = ours.recv()
        client = http.client.HTTPConnection(facts["url"].removeprefix("http://"), timeout=START_SECONDS)
        yield Server(facts, ours, client)
        client.close()
        ours.send("stop")
    finally:
        process.join(START_SECONDS)
        if process.is_alive():
            process.kill()


def _serve(questions: Connection, seed: int, accounts: int, state_file: Path | None) -> None:
    """The other process: serve, and say what that has cost so far."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    config = EmulatorConfig(accounts_of([SCENARIO], seed, accounts), state_file=state_file)
    with run_in_thread(config) as running:
        questions.send(running.facts)
        while (question := questions.recv()) != "stop":
            questions.send(process_time() if question == "cpu" else _resident_bytes())


def _resident_bytes() -> float:
    return float(STATUS.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


BENCH = bench
