"""The catalogue keeps what it is told, gives each name one number for life, and shows tampering."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from regulars.catalogue import Catalogue, Version
from regulars.catalogue import lease as leases
from regulars.catalogue.tables import SCHEMA
from regulars.errors import Busy, ShopError


@pytest.fixture
def path(tmp_path):
    return tmp_path / ".regulars" / "catalogue.sqlite"


@pytest.fixture
def catalogue(path):
    opened = Catalogue.open(path)
    yield opened
    opened.close()


def delivery(n=1, **changes):
    return {
        "source": "till",
        "rows_kind": "orders",
        "files": ["a.csv"],
        "rows": 3,
        "digest": f"d{n}",
        "path": f"till/{n}.parquet",
        "mapping": "m",
    } | changes


def test_codes_are_given_once_and_for_life(catalogue, path):
    assert catalogue.codes("store", ["Utrecht", "Aarhus"]) == {"Aarhus": 1, "Utrecht": 2}
    assert catalogue.codes("store", ["Oslo", "Aarhus", "Aarhus"]) == {"Aarhus": 1, "Oslo": 3}
    assert catalogue.codes("category", ["Aarhus"]) == {"Aarhus": 1}
    assert catalogue.codes("category", []) == {}
    again = Catalogue.open(path)
    assert again.all_codes() == {"category": {"Aarhus": 1}, "store": {"Aarhus": 1, "Utrecht": 2, "Oslo": 3}}
    again.close()


def test_codes_asked_for_at_once_agree(path):
    shops = [Catalogue.open(path) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda shop: shop.codes("store", [f"s{n}" for n in range(50)]), shops))
    assert all(answer == answers[0] for answer in answers)
    assert sorted(answers[0].values()) == list(range(1, 51))
    for shop in shops:
        shop.close()


def test_a_slot_stays_with_its_segment(catalogue):
    assert catalogue.slots(["vip", "inactive"]) == {"vip": 0, "inactive": 1}
    assert catalogue.slots(["inactive", "bargain", "vip"]) == {"inactive": 1, "bargain": 2, "vip": 0}
    assert catalogue.all_slots() == {"vip": 0, "inactive": 1, "bargain": 2}


def test_the_same_delivery_is_written_down_once(catalogue):
    first = catalogue.add_load(**delivery())
    assert catalogue.add_load(**delivery()) == first
    other = catalogue.add_load(**delivery(mapping="m2", path="till/1b.parquet"))
    assert [load.id for load in catalogue.loads()] == [first.id, other.id]
    assert first.files == ("a.csv",)


def test_a_run_without_an_end_is_buried(catalogue):
    done = catalogue.end_run(catalogue.start_run("load"), "done", {"rows": 3})
    lost = catalogue.start_run("refresh")
    assert [run.id for run in catalogue.bury_runs()] == [lost.id]
    assert [(run.id, run.status) for run in catalogue.runs()] == [(lost.id, "dead"), (done.id, "done")]
    assert done.detail == {"rows": 3}
    assert catalogue.bury_runs() == []


def test_a_version_is_written_down_once(catalogue):
    one = Version(1, 17532, 1514869200, 1514869300, 2, "defs", "pars", 300, "digest")
    catalogue.add_version(one)
    catalogue.add_version(replace(one, customers=1))
    assert catalogue.versions() == [one]
    assert catalogue.last_version() == 1


def test_one_holder_at_a_time(catalogue, path):
    mine, held = catalogue.acquire()
    assert held
    catalogue.show_door(mine, "unix:door")
    mine = replace(mine, door="unix:door")
    assert catalogue.acquire() == (mine, False)
    assert catalogue.holder() == mine
    assert catalogue.beat(mine)
    catalogue.release(mine)
    assert catalogue.holder() is None
    assert not catalogue.beat(mine)


@pytest.mark.parametrize(
    ("change", "still", "gone"),
    [
        ({}, 0, False),
        ({"pid": 2**22 + 1}, 0, True),
        ({"born": "1"}, 0, True),
        ({"host": "elsewhere"}, 2 * leases.HEARTBEAT, False),
        ({"host": "elsewhere"}, 2 * leases.HEARTBEAT + 1, True),
        ({}, 1000, False),
    ],
)
def test_a_holder_is_dead_when_its_process_or_its_heart_is(catalogue, change, still, gone):
    mine, _ = catalogue.acquire()
    assert leases.dead(replace(mine, **change), still) is gone


def held_elsewhere(catalogue, beat_at):
    with catalogue.store.write() as connection:
        connection.exec_driver_sql(f"UPDATE lease SET host = 'elsewhere', token = 'theirs', beat_at = {beat_at}")


@pytest.mark.parametrize("off", [-3600, 3600])
def test_another_hosts_clock_is_never_compared_with_ours(catalogue, path, monkeypatch, off):
    """A challenger watches the heart for two beats by its own clock, however far the other's is off."""
    mine, _ = catalogue.acquire()
    now = [1000.0]
    monkeypatch.setattr(leases.time, "monotonic", lambda: now[0])
    challenger = Catalogue.open(path)
    for beat in range(4):
        held_elsewhere(catalogue, mine.beat_at + off + beat * leases.HEARTBEAT)
        assert challenger.acquire()[1] is False
        assert challenger.holder() is not None
        now[0] += leases.HEARTBEAT
    now[0] += leases.HEARTBEAT + 1
    assert challenger.holder() is None
    assert challenger.acquire()[1] is True
    challenger.close()


def test_who_lost_the_lease_writes_nothing_more(catalogue):
    catalogue.acquire()
    catalogue.check_lease()
    held_elsewhere(catalogue, 0)
    with pytest.raises(Busy, match="taken over"):
        catalogue.check_lease()
    with pytest.raises(Busy, match="taken over"):
        catalogue.add_version(Version(1, 17532, 1514869200, 1514869300, 2, "defs", "pars", 300, "digest"))
    with pytest.raises(Busy, match="taken over"):
        catalogue.add_load(**delivery())
    assert (catalogue.versions(), catalogue.loads()) == ([], [])


def test_a_run_whose_version_was_published_is_done_though_its_process_died(catalogue):
    first = catalogue.start_run("learn", "abc")
    catalogue.add_version(Version(1, 17532, 1514869200, 1514869300, 2, "defs", "pars", 300, "digest"))
    assert [run.id for run in catalogue.bury_runs()] == [first.id]
    found = catalogue.run_of("abc")
    assert (found.id, found.status, found.detail) == (first.id, "done", {"request": "abc", "published": 1})
    assert catalogue.run_of("other") is None


def test_a_dead_holder_is_superseded_at_once(catalogue):
    mine, _ = catalogue.acquire()
    with catalogue.store.write() as connection:
        connection.exec_driver_sql(f"UPDATE lease SET pid = {2**22 + 1}")
    assert catalogue.holder() is None
    next_one, held = catalogue.acquire()
    assert held
    assert next_one.token != mine.token
    assert not catalogue.beat(mine)


def test_the_audit_shows_an_edit_and_a_gap(catalogue, path):
    for n in range(4):
        catalogue.audit("export", segment=f"s{n}")
    assert catalogue.audit_broken_at() is None
    raw = sqlite3.connect(path)
    for statement in ("UPDATE audit SET detail = '{}' WHERE id = 2", "DELETE FROM audit WHERE id = 2"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            raw.execute(statement)
    raw.execute("DROP TRIGGER audit_no_update")
    raw.execute("UPDATE audit SET detail = '{}' WHERE id = 3")
    raw.commit()
    assert catalogue.audit_broken_at() == 3
    raw.execute("DROP TRIGGER audit_no_delete")
    raw.execute("DELETE FROM audit WHERE id = 1")
    raw.commit()
    raw.close()
    assert catalogue.audit_broken_at() == 2


def test_the_file_is_durable_and_knows_its_schema(catalogue):
    with catalogue.store.read() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "user_version")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "user_version": SCHEMA}


def test_a_newer_schema_is_refused(catalogue, path):
    catalogue.close()
    raw = sqlite3.connect(path)
    raw.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    raw.close()
    with pytest.raises(ShopError, match="newer version"):
        Catalogue.open(path)


def test_a_file_of_the_first_schema_is_brought_up(path):
    opened = Catalogue.open(path)
    first = opened.add_load(**delivery(landed="abc"))
    opened.close()
    raw = sqlite3.connect(path)
    raw.execute("ALTER TABLE loads DROP COLUMN landed")
    raw.execute("PRAGMA user_version = 1")
    raw.close()
    again = Catalogue.open(path)
    assert again.loads() == [replace(first, landed="")]
    again.close()


def test_a_migration_that_fails_leaves_the_old_schema(path, monkeypatch):
    from regulars.catalogue import tables

    Catalogue.open(path).close()

    def half(connection):
        connection.exec_driver_sql("CREATE TABLE half (x)")
        raise RuntimeError("power")

    monkeypatch.setattr(tables, "STEPS", {**tables.STEPS, SCHEMA + 1: half})
    monkeypatch.setattr(tables, "SCHEMA", SCHEMA + 1)
    monkeypatch.setattr("regulars.catalogue.store.SCHEMA", SCHEMA + 1)
    with pytest.raises(RuntimeError, match="power"):
        Catalogue.open(path)
    raw = sqlite3.connect(path)
    assert raw.execute("PRAGMA user_version").fetchone() == (SCHEMA,)
    assert raw.execute("SELECT count(*) FROM sqlite_master WHERE name = 'half'").fetchone() == (0,)
    raw.close()


def test_a_damaged_file_is_named(path):
    path.parent.mkdir()
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(ShopError, match="damaged"):
        Catalogue.open(path)
