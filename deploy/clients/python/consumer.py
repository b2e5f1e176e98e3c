"""Reads buymode's decisions and handles each exactly once: a sequencer's side of the hand-off.

What was handled, what it changed and the position in each partition are written in one transaction of
one SQLite file; your own database takes its place, shared by all instances. The position of the store
counts, not that of the consumer group. Settings come from the environment, see docs/src/sequencer.md.
"""

import io
import json
import os
import re
import signal
import sqlite3
import sys
import time
from pathlib import Path
from uuid import UUID

from confluent_kafka import OFFSET_BEGINNING, Consumer
from confluent_kafka.schema_registry import SchemaRegistryClient, SchemaRegistryError
from fastavro import parse_schema, schemaless_reader

TABLES = """
CREATE TABLE IF NOT EXISTS decisions (id TEXT PRIMARY KEY, kind TEXT NOT NULL, account TEXT NOT NULL, did TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS episodes (id TEXT, account TEXT, state TEXT NOT NULL, priority TEXT NOT NULL,
  sequence INTEGER NOT NULL, PRIMARY KEY (id, account));
CREATE TABLE IF NOT EXISTS rejected (topic TEXT, partition INTEGER, position INTEGER, reason TEXT NOT NULL,
  PRIMARY KEY (topic, partition, position));
CREATE TABLE IF NOT EXISTS positions (topic TEXT, partition INTEGER, next INTEGER NOT NULL, PRIMARY KEY (topic, partition));
"""

# Decisions about one episode may lie in several topics: of one account's the one with the highest sequence counts.
# Each account has numbers of its own, and a merge hands an episode on to another account.
EPISODE = """
INSERT INTO episodes VALUES (?, ?, ?, ?, ?) ON CONFLICT (id, account) DO UPDATE SET
  state = excluded.state, priority = excluded.priority, sequence = excluded.sequence WHERE excluded.sequence > sequence
"""

# A stop under one of its accounts is a stop under all of them, whatever was read first.
STOP = """
UPDATE episodes SET state = 'stopped' WHERE id = ? AND state <> 'stopped'
  AND EXISTS (SELECT 1 FROM episodes AS other WHERE other.id = episodes.id AND other.state = 'stopped')
"""

POSITION = """
INSERT INTO positions VALUES (?, ?, ?) ON CONFLICT (topic, partition) DO UPDATE SET next = max(next, excluded.next)
"""


class Rejected(Exception):
    """No repetition will make this record readable."""


said = {}


def say(what, text):
    """A line for people, of each kind at most one in ten seconds."""
    if time.monotonic() - said.get(what, -10) >= 10:
        said[what] = time.monotonic()
        print(" ".join(str(text).split()), file=sys.stderr, flush=True)


def setting(name, default=None):
    return os.environ.get(name) or default


def kafka_settings():
    settings = {
        "bootstrap.servers": setting("KAFKA_BOOTSTRAP", "localhost:9092"),
        "group.id": setting("GROUP", "my-sequencer"),
        "security.protocol": setting("KAFKA_SECURITY_PROTOCOL", "plaintext"),
        # A decision counts once its transaction is committed.
        "isolation.level": "read_committed",
        "auto.offset.reset": "earliest",
        "session.timeout.ms": int(setting("KAFKA_SESSION_TIMEOUT_MS", "10000")),
        # For those who look at the group's lag: sent now and then, after the store has it.
        "enable.auto.offset.store": False,
        # What goes wrong is said once, by error_cb, and not by the library's log as well.
        "log_level": 0,
    }
    settings["error_cb"] = lambda error: say("broker", f"broker {settings['bootstrap.servers']}: {error.str()}")
    if setting("KAFKA_SASL_USERNAME"):
        settings["sasl.mechanism"] = setting("KAFKA_SASL_MECHANISM", "SCRAM-SHA-512")
        settings["sasl.username"] = setting("KAFKA_SASL_USERNAME")
        settings["sasl.password"] = setting("KAFKA_SASL_PASSWORD")
    if setting("KAFKA_CA"):
        settings["ssl.ca.location"] = setting("KAFKA_CA")
    return settings


def shown(url):
    """Without a password in it."""
    return re.sub("//[^/@]*@", "//", url)


def decoder():
    url = setting("SCHEMA_REGISTRY_URL", "http://localhost:8081/apis/ccompat/v7").rstrip("/")
    settings = {"url": url}
    if setting("SCHEMA_REGISTRY_USERNAME"):
        login = f"{setting('SCHEMA_REGISTRY_USERNAME')}:{setting('SCHEMA_REGISTRY_PASSWORD', '')}"
        settings["basic.auth.user.info"] = login
    registry = SchemaRegistryClient(settings)
    reader = parse_schema(json.loads((Path(__file__).parent / "reader.avsc").read_text()))
    writers = {}

    def writer(number):
        if number not in writers:
            if number > 0x7FFFFFFF:  # Registries number with signed integers.
                raise Rejected(f"no registry has a schema {number}")
            try:
                schema = registry.get_schema(number).schema_str
            except SchemaRegistryError as error:
                if error.error_code == 40403:
                    raise Rejected(f"the registry has no schema {number}") from error
                # Away, a wrong login or a wrong path: not the record's fault.
                hint = "; check the path in SCHEMA_REGISTRY_URL" if error.http_status_code == 404 else ""
                raise OSError(f"schema registry {shown(url)}: status {error.http_status_code}{hint}") from error
            except Exception as error:
                raise OSError(f"schema registry {shown(url)}: {error}") from error
            try:
                writers[number] = parse_schema(json.loads(schema), named_schemas={})
            except Exception as error:
                raise Rejected(f"schema {number} is not Avro") from error
        return writers[number]

    def decision(value):
        """The record by the schema it was written with, as the fields of reader.avsc."""
        if value is None or len(value) < 5 or value[0] != 0:
            raise Rejected("not in the Confluent wire format")
        schema = writer(int.from_bytes(value[1:5], "big"))
        try:
            found = schemaless_reader(io.BytesIO(value[5:]), schema, reader)
        except Exception as error:
            raise Rejected(f"not a decision: {type(error).__name__}") from error
        # The library makes UUIDs of texts with that logical type.
        return {name: str(field) if isinstance(field, UUID) else field for name, field in found.items()}

    return decision


def is_test(message, decision):
    """Made by `buymode decisions send-sample`: to be seen, not to be acted on."""
    return decision["origin"] == "test" or any(name == "buymode-test" and value == b"true" for name, value in message.headers() or [])


def act(store, decision, test):
    """What a decision asks for. To call another system, write the call to a table here and send it from there,
    with the decision's id as its key."""
    kind, exit_ = decision["kind"], decision["exit"]
    if test:
        return "test"
    if kind in ("entered", "strengthened"):
        state = "enrolled"
    elif kind == "exited":
        state = "no_new_enrolment" if exit_ and exit_["advice"] == "no_new_enrolment" else "stopped"
    elif kind == "withdrawn":
        state = "stopped"
    elif kind == "triaged":
        return "enrich" if decision["missing"] else "answer"
    else:  # tier_changed, and kinds of the future
        return "nothing"
    episode = decision["episode_id"] or decision["id"]
    store.execute(EPISODE, (episode, decision["account"], state, decision["priority"], decision["sequence"]))
    store.execute(STOP, (episode,))
    return state


def handle(store, message, decision_of):
    """One record, in one transaction. A repeated one moves the position and nothing else."""
    place = (message.topic(), message.partition())
    try:
        decision, reason = decision_of(message.value()), None
    except Rejected as error:
        decision, reason = None, str(error)
    with store:
        store.execute("BEGIN IMMEDIATE")
        line = None
        if decision is None:
            store.execute("INSERT OR IGNORE INTO rejected VALUES (?, ?, ?, ?)", (*place, message.offset(), reason))
            line = {"rejected": [*place, message.offset()], "reason": reason}
        elif not store.execute("SELECT 1 FROM decisions WHERE id = ?", (decision["id"],)).fetchone():
            did = act(store, decision, is_test(message, decision))
            values = (decision["id"], decision["kind"], decision["account"], did)
            store.execute("INSERT INTO decisions VALUES (?, ?, ?, ?)", values)
            line = {"id": values[0], "kind": values[1], "account": values[2], "did": did}
        store.execute(POSITION, (*place, message.offset() + 1))
    if line:
        print(json.dumps(line), flush=True)


def main():
    stop = []
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.append(True))
    store = sqlite3.connect(setting("STORE", "handled.db"), timeout=10, isolation_level=None)
    store.execute("PRAGMA journal_mode = WAL")
    store.execute("PRAGMA synchronous = FULL")
    store.executescript(TABLES)
    decision_of = decoder()

    def assigned(consumer, partitions):
        for partition in partitions:
            query = "SELECT next FROM positions WHERE topic = ? AND partition = ?"
            row = store.execute(query, (partition.topic, partition.partition)).fetchone()
            partition.offset = row[0] if row else OFFSET_BEGINNING
        consumer.assign(partitions)

    consumer = Consumer(kafka_settings())
    consumer.subscribe(setting("TOPICS", "sequencer.sdr").split(","), on_assign=assigned)
    waiting = None  # A record that could not be handled yet.
    try:
        while not stop:
            message = waiting or consumer.poll(0.5)
            if message is None:
                continue
            if message.error():
                say("topic", f"broker {setting('KAFKA_BOOTSTRAP', 'localhost:9092')}: {message.error().str()}")
                continue
            try:
                handle(store, message, decision_of)
                consumer.store_offsets(message)
                waiting = None
            except Exception as error:  # The store or the registry is away: the same record again.
                say("again", f"again in a second: {error}")
                waiting = message
                time.sleep(1)
    finally:
        consumer.close()


if __name__ == "__main__":
    main()
