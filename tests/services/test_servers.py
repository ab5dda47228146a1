"""Each server that tests may ask for really stores and gives back, stops and starts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from amqp import Connection, Message

from fixtures.processes import wait_until
from fixtures.rabbitmq import RabbitMQ
from fixtures.valkey import Valkey

pytestmark = pytest.mark.services


def tables(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return {row[0] for row in rows}


def test_a_postgresql_database_is_migrated_and_takes_rows(postgresql: str) -> None:
    assert {"alembic_version", "organisation"} <= tables(postgresql)
    with psycopg.connect(postgresql) as connection:
        connection.execute("CREATE TABLE note (text varchar)")
        connection.execute("INSERT INTO note VALUES ('çok iyi')")
    with psycopg.connect(postgresql) as connection:
        assert connection.execute("SELECT text FROM note").fetchall() == [("çok iyi",)]


def test_the_next_postgresql_database_is_fresh(postgresql: str, blank_postgresql: str) -> None:
    assert "note" not in tables(postgresql)
    assert tables(blank_postgresql) == set()


def test_redis_keeps_data_over_a_stop_and_a_crash(redis: Valkey) -> None:
    redis.execute("SET", "colour", "green")
    redis.stop()
    assert not redis.running
    redis.start()
    assert redis.execute("INCR", "visits") == ":1"
    redis.kill()
    redis.start()
    assert redis.execute("STRLEN", "colour") == ":5"
    assert redis.execute("INCR", "visits") == ":2"
    redis.stop()


def test_the_next_test_finds_redis_running_and_empty(redis: Valkey, redis_url: str) -> None:
    assert redis.url == redis_url
    assert redis.execute("DBSIZE") == ":0"


def test_rabbitmq_keeps_a_message_over_a_stop(rabbitmq: RabbitMQ) -> None:
    with Connection(f"127.0.0.1:{rabbitmq.port}") as connection:
        channel = connection.channel()
        channel.queue_declare("kept", durable=True, auto_delete=False)
        channel.confirm_select()
        channel.basic_publish_confirm(Message("hello", delivery_mode=2), routing_key="kept")
    rabbitmq.stop()
    with pytest.raises(ConnectionRefusedError):
        Connection(f"127.0.0.1:{rabbitmq.port}").connect()
    rabbitmq.start()
    with Connection(f"127.0.0.1:{rabbitmq.port}") as connection:
        channel = connection.channel()
        message = channel.basic_get("kept", no_ack=True)
        assert message is not None
        assert message.body == "hello"


CHILD = """
import sys
from pathlib import Path
from fixtures import valkey
server = valkey.Valkey(Path(sys.argv[1]), valkey.binary())
server.start()
print(server.process.pid, flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a server with its killed parent")
def test_no_server_outlives_a_killed_test_run(redis_server: Valkey, tmp_path: Path) -> None:
    tests = Path(__file__).parent.parent
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, tmp_path], cwd=tests, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert is_alive(pid)
        parent.kill()
        wait_until(lambda: not is_alive(pid), "ending the orphan", timeout=10)


def is_alive(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"
