"""The door: frames whole or not at all, errors in words, and two processes that do not notice each other."""

from __future__ import annotations

import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pytest

import regulars
import shops
from regulars import door as doors
from regulars.door import Caller, Closed, Door, pack, unpack
from regulars.errors import Busy, UsageError


def echo(name, arguments, request):
    if name == "request":
        return request
    if name == "wrong":
        raise UsageError.unknown("segment", "vpi", ["vip"])
    if name == "broken":
        raise ZeroDivisionError("by zero")
    if name == "slow":
        time.sleep(0.3)
    if name == "table":
        return {"rows": pa.table({"n": [1, 2]}), "more": [pa.table({"s": ["x"]})]}
    return dict(arguments)


@pytest.fixture(params=["socket", "port"])
def door(request, tmp_path, monkeypatch):
    if request.param == "port":
        monkeypatch.delattr(socket, "AF_UNIX")
    opened = Door.open(tmp_path / "state" / "door", echo)
    yield opened
    opened.close()


def test_plain_values_and_tables_cross(door):
    caller = Caller.connect(door.address)
    assert caller.call("echo", {"a": [1, None, "ø"], "b": {"c": 1.5}}) == {"a": [1, None, "ø"], "b": {"c": 1.5}}
    answer = caller.call("table", {})
    assert answer["rows"].to_pydict() == {"n": [1, 2]}
    assert answer["more"][0].to_pydict() == {"s": ["x"]}
    caller.close()


def test_errors_cross_in_words(door):
    caller = Caller.connect(door.address)
    with pytest.raises(UsageError, match="unknown segment: 'vpi'; did you mean vip"):
        caller.call("wrong", {})
    with pytest.raises(Busy, match="ZeroDivisionError"):
        caller.call("broken", {})
    assert caller.call("echo", {"still": "here"}) == {"still": "here"}
    caller.close()


def test_callers_do_not_wait_for_each_other(door):
    def ask(name):
        caller = Caller.connect(door.address)
        caller.call(name, {})
        caller.close()
        return time.monotonic()

    with ThreadPoolExecutor(2) as pool:
        slow, quick = pool.submit(ask, "slow"), pool.submit(ask, "quick")
        assert quick.result() < slow.result()


def test_a_closing_door_finishes_what_was_asked(door):
    caller = Caller.connect(door.address)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(caller.call, "slow", {"a": 1})
        time.sleep(0.1)
        door.close()
        assert asked.result() == {"a": 1}
    with pytest.raises(Closed):
        caller.call("echo", {})
    caller.close()
    with pytest.raises(Closed):
        Caller.connect(door.address)
    assert not door.path.exists()


@pytest.mark.parametrize("frame", [b"\xff" * 8, b"\0" * 8, struct.pack("!Q", 12) + b"\xff" * 12, b"\0\0"])
def test_nonsense_closes_the_line_and_nothing_else(door, frame):
    line = Caller.connect(door.address).line
    line.sendall(frame)
    line.shutdown(socket.SHUT_WR)
    assert line.recv(1) == b""
    line.close()
    caller = Caller.connect(door.address)
    assert caller.call("echo", {"a": 1}) == {"a": 1}
    caller.close()


def test_a_port_needs_the_secret(tmp_path, monkeypatch):
    monkeypatch.delattr(socket, "AF_UNIX")
    door = Door.open(tmp_path / "door", echo)
    assert (tmp_path / "door").stat().st_mode & 0o777 == 0o600
    wrong = tmp_path / "guess"
    wrong.write_text("0" * 64)
    guessing = Caller.connect(door.address.replace(str(tmp_path / "door"), str(wrong)))
    with pytest.raises(Closed):
        guessing.call("echo", {})
    guessing.close()
    door.close()


def test_the_socket_is_the_owners_alone(tmp_path):
    door = Door.open(tmp_path / "door", echo)
    assert (tmp_path / "door").stat().st_mode & 0o777 == 0o600
    door.close()


def test_a_long_path_gets_a_short_door(tmp_path):
    deep = tmp_path / ("x" * 60) / ("y" * 60) / "door"
    door = Door.open(deep, echo)
    assert len(door.address) < doors.LONGEST_PATH
    assert door.private is not None
    assert door.private.stat().st_mode & 0o777 == 0o700
    caller = Caller.connect(door.address)
    assert caller.call("echo", {"a": 1}) == {"a": 1}
    caller.close()
    door.close()
    assert not door.private.exists()


def test_a_door_leaves_anothers_door_alone(tmp_path):
    first = Door.open(tmp_path / "door", echo)
    second = Door.open(tmp_path / "door", echo)
    first.close()
    caller = Caller.connect(second.address)
    assert caller.call("echo", {"a": 1}) == {"a": 1}
    caller.close()
    second.close()


def test_pack_refuses_what_is_not_plain():
    with pytest.raises(TypeError, match="cannot pass the door"):
        pack({"a": object()})
    assert unpack(pack({"__arrow__": 1, "b": 2})) == {"__arrow__": 1, "b": 2}


CHILD = """
import json, sys, time
import regulars
with regulars.open(sys.argv[1]) as shop:
    print(json.dumps(shop.segments()["version"]), flush=True)
    for line in sys.stdin:
        name, arguments = json.loads(line)
        answer = getattr(shop, name)(**arguments)
        print(json.dumps(answer), flush=True)
"""


class Other:
    """A second process with the shop open."""

    def __init__(self, root: Path, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
        )
        self.version = json.loads(self.process.stdout.readline())

    def start(self, name, **arguments):
        self.process.stdin.write(json.dumps([name, arguments]) + "\n")
        self.process.stdin.flush()

    def answer(self):
        return json.loads(self.process.stdout.readline())

    def ask(self, name, **arguments):
        self.start(name, **arguments)
        return self.answer()

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture
def other(shop_root):
    process = Other(shop_root)
    yield process
    process.close()


def test_the_second_process_is_a_client(shop_root, other):
    with regulars.open(shop_root) as shop:
        mine = shop.segments()
        assert shop.owner is None
        assert shop.catalogue.holder().pid == other.process.pid
        assert mine == other.ask("segments")
        assert shop.export("regulars_here", traits=["revenue"]).num_rows == shop.members("regulars_here")["members"]
        with pytest.raises(UsageError, match="did you mean regulars_here"):
            shop.members("regular_here")


def test_without_unix_sockets_a_port_does(shop_root, monkeypatch):
    monkeypatch.delattr(socket, "AF_UNIX")
    with regulars.open(shop_root) as shop, regulars.open(shop_root) as client:
        mine = shop.segments()
        assert shop.owner.door.address.startswith("port:")
        assert client.segments() == mine
        assert client.owner is None


def test_a_client_takes_over_when_the_owner_stops(shop_root, other):
    with regulars.open(shop_root) as shop:
        before = shop.segments()
        other.close()
        assert shop.segments() == before
        assert shop.owner is not None


def test_a_client_takes_over_when_the_owner_is_killed(shop_root, other):
    with regulars.open(shop_root) as shop:
        before = shop.segments()
        os.kill(other.process.pid, signal.SIGKILL)
        other.process.wait()
        started = time.monotonic()
        assert shop.segments() == before
        assert time.monotonic() - started < 10
        assert shop.owner is not None
    other.process.stdin.close()


def test_a_refresh_of_the_client_is_cut_off_and_done_anew(shop_root, other):
    shops.add_orders(shop_root, "till_2.csv", first=shops.LAST, last=shops.LAST, customers=80, seed=2, per_customer=0.3)
    with regulars.open(shop_root) as shop:
        shop.segments()
        killer = threading.Timer(0.3, os.kill, (other.process.pid, signal.SIGKILL))
        killer.start()
        told = shop.refresh()
        killer.join()
        assert told["version"] == 2
        assert shop.owner is not None
        assert [row["status"] for row in shop.runs()["rows"]][:2] == ["done", "dead"]
    other.process.wait()
    other.process.stdin.close()


@pytest.mark.parametrize("step", ["write_history", "done"])
def test_what_an_owner_committed_before_it_died_is_not_done_twice(shop_root, step):
    """It died after COMMIT and before it answered; the client's second call finds what came of the first."""
    other = Other(shop_root, REGULARS_FAULT=step)
    with regulars.open(shop_root) as shop:
        told = shop.learn()
        assert shop.owner is not None
        assert (told["kind"], told["version"]) == ("learn", 2)
        assert told["value"]["published"] is told["value"]["learned"] is True
        assert next((row["verb"], row["status"]) for row in shop.runs()["rows"]) == ("learn", "done")
        assert shop.segments()["version"] == 2
        assert shop.learn()["version"] == 3
    other.process.wait()
    other.process.stdin.close()
    other.process.stdout.close()


def test_an_owner_that_is_stopped_is_told_and_not_waited_for_for_ever(shop_root, other, monkeypatch):
    monkeypatch.setattr(regulars.shop, "PATIENCE", 3.0)
    with regulars.open(shop_root) as shop:
        shop.runs()
        os.kill(other.process.pid, signal.SIGSTOP)
        try:
            started = time.monotonic()
            with pytest.raises(Busy, match=f"process {other.process.pid} on"):
                shop.segments()
            assert time.monotonic() - started < 60
        finally:
            os.kill(other.process.pid, signal.SIGCONT)
        assert shop.segments()["version"] == 1


def test_a_slow_answer_of_a_living_owner_is_waited_for(door, monkeypatch):
    monkeypatch.setattr(doors, "LOOK", 0.05)
    caller, looks = Caller.connect(door.address), []
    assert caller.call("slow", {"a": 1}, look=lambda: looks.append(1)) == {"a": 1}
    assert looks
    assert caller.call("request", {}, "r1") == "r1"
    caller.close()


def test_who_lost_the_shop_lets_go_of_it_and_commits_nothing(shop_root):
    with regulars.open(shop_root) as shop:
        shop.runs()
        lost = shop.owner
        with shop.catalogue.store.write() as connection:
            connection.exec_driver_sql("UPDATE lease SET token = 'theirs'")
        with pytest.raises(Busy, match="taken over"):
            shop.learn()
        with lost.snapshot() as state:
            assert state.version.version == 1
        with shop.catalogue.store.write() as connection:
            connection.exec_driver_sql("DELETE FROM lease")
        lost.lost = True
        assert shop.learn()["version"] == 2
        assert shop.owner is not lost
        assert lost.stopping.is_set()
        assert lost.door.shut


def test_reading_goes_on_and_is_never_torn_while_refreshing(shop_root):
    """Each answer speaks of one version: its rows add up to what that version said of itself."""
    with regulars.open(shop_root) as shop, regulars.open(shop_root) as client:
        client.runs()
        refreshing = threading.Event()
        seen = set()

        def refresh():
            for number in range(2):
                last = shops.date(2025, 7, 5 + number)
                name = f"till_{number + 2}.csv"
                shops.add_orders(shop_root, name, first=last, last=last, customers=80, seed=number, per_customer=0.3)
                shop.refresh(as_of=last.isoformat())
            refreshing.set()

        def read():
            reads = 0
            while not refreshing.is_set():
                answer = client.history("lately")["rows"]
                members = client.members("lately")
                said = next(
                    row["members"] for row in client.history("lately")["rows"] if row["version"] == members["version"]
                )
                assert len(members["rows"]) == members["members"] == said
                assert sum(row["entered"] - row["left"] for row in answer) == answer[-1]["members"]
                seen.add(members["version"])
                reads += 1
            return reads

        with ThreadPoolExecutor(2) as pool:
            writer, reader = pool.submit(refresh), pool.submit(read)
            writer.result()
            assert reader.result() > 3
        assert seen & {1, 2}


def test_refreshes_asked_for_at_once_are_one(shop_root, other):
    shops.add_orders(shop_root, "till_2.csv", first=shops.LAST, last=shops.LAST, customers=80, seed=2, per_customer=0.3)
    clients = [regulars.open(shop_root) for _ in range(4)]
    for client in clients:
        client.runs()
    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(lambda client: client.refresh(), clients))
    assert {answer["version"] for answer in told} == {2}
    assert sum(run["verb"] == "refresh" for run in clients[0].runs()["rows"]) == 2
    for client in clients:
        client.close()


def test_many_starts_at_once_have_one_owner(shop_root):
    processes = [Other.__new__(Other) for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda process: process.__init__(shop_root), processes))
    assert {process.version for process in processes} == {1}
    for process in processes:
        process.close()
