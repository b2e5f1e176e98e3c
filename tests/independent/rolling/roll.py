"""A rolling restart by what the chart renders, as local processes."""

import datetime
import json
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request

import yaml

ROOT, BINARY, WORK, ROUNDS = pathlib.Path(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3]), int(sys.argv[4])
PARTITIONS, SESSION_S = 24, 15.0
PORTS = [18480, 18481, 18482]
addresses = (WORK / "addresses").read_text()
bootstrap = re.search(r"(127\.0\.0\.1|localhost):\d+", addresses).group(0)
chart = {(one["kind"], one["metadata"]["name"]): one
         for one in yaml.safe_load_all((ROOT / "tests/it/cli/chart/default.yaml").read_text()) if one}
stateful = chart["StatefulSet", "buymode-run"]["spec"]
(container,) = stateful["template"]["spec"]["containers"]
grace = stateful["template"]["spec"]["terminationGracePeriodSeconds"]
etc = WORK / "etc"
etc.mkdir()
for name, text in chart["ConfigMap", "buymode"]["data"].items():
    settings = yaml.safe_load(text)
    settings["kafka"]["bootstrap"] = bootstrap
    settings["profile"] = str(ROOT / "deploy/profiles/starter.yaml")
    assert settings.get("topics", {}).get("partitions", PARTITIONS) == PARTITIONS
    (etc / name).write_text(yaml.safe_dump(settings))


def arguments(of):
    return [BINARY] + [arg.replace("/etc/buymode", str(etc)) for arg in of["args"]]


def tool(*args):
    done = subprocess.run([BINARY, *args, "--config", str(etc / "buymode.yaml")], capture_output=True, text=True)
    assert done.returncode == 0, (args, done.stdout, done.stderr)
    return done.stdout


class Pod:
    def __init__(self, number):
        self.number, self.name, self.port = number, f"buymode-run-{number}", PORTS[number]
        self.process = None

    def start(self):
        environment = {"PATH": os.environ["PATH"]}
        for entry in container["env"]:
            value = entry.get("value", self.name)
            environment[entry["name"]] = value.replace("0.0.0.0:8080", f"127.0.0.1:{self.port}")
        with open(WORK / f"{self.name}.log", "ab") as log:
            self.process = subprocess.Popen(arguments(container), env=environment, stdout=log, stderr=log)
        probe = container["startupProbe"]
        for _ in range(probe["failureThreshold"]):
            if self.get(probe["httpGet"]["path"]) is not None:
                return
            assert self.process.poll() is None, (WORK / f"{self.name}.log").read_text()[-2000:]
            time.sleep(probe["periodSeconds"] / 4)
        raise AssertionError(f"{self.name} is not ready")

    def get(self, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=2) as answer:
                return answer.read().decode()
        except OSError:
            return None

    def stop(self):
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=grace)
        return time.monotonic() - began


class Watch(threading.Thread):
    """Every partition's own word on its lag: an age, or its absence while no instance has it."""

    def __init__(self, pods):
        super().__init__(daemon=True)
        self.pods, self.done = pods, False
        self.seen, self.absent, self.lag = {}, {}, {}

    def run(self):
        while not self.done:
            now = time.monotonic()
            for pod in self.pods:
                page = pod.get("/metrics") or ""
                for partition, age in re.findall(r'^buymode_lag_seconds\{partition="(\d+)"\} (\S+)', page, re.M):
                    self.lag[partition] = max(self.lag.get(partition, 0.0), float(age))
                    since = now - self.seen.get(partition, now)
                    self.absent[partition] = max(self.absent.get(partition, 0.0), since)
                    self.seen[partition] = now
            time.sleep(0.1)

    def begin(self):
        self.seen, self.absent, self.lag = dict.fromkeys(self.seen, time.monotonic()), {}, {}


class Load(threading.Thread):
    def __init__(self):
        super().__init__(daemon=True)
        self.done, self.rows, self.failed = False, 0, None

    def run(self):
        try:
            random.seed(7)
            while not self.done:
                self.write()
        except AssertionError as failed:
            self.failed = failed

    def write(self):
        file, today = WORK / f"rows-{self.rows}.jsonl", datetime.date.today()
        with open(file, "w") as out:
            for _ in range(400):
                n, i = random.randrange(2_000), self.rows
                self.rows += 1
                account = f"company{n}.example.com" if n % 2 else f"company{n}.com"
                day = (today - datetime.timedelta(days=i % 30)).isoformat()
                row = {"source": "load", "account": account, "source_record_id": f"r-{i}", "occurred_at": day}
                if i % 5 == 0:
                    row |= {"record": "company", "as_of": day, "name": f"Company {n}", "employees": 100 + n,
                            "industries": ["SaaS"], "country": "US", "funding_stage": "Series B", "tools": ["HubSpot"]}
                    del row["occurred_at"]
                elif i % 5 == 1:
                    row |= {"record": "funding", "round": "Series C", "amount": "4M", "currency": "USD"}
                else:
                    row |= {"record": "hiring", "action": "posted", "title": f"Account Executive {i % 9}"}
                out.write(json.dumps(row) + "\n")
        tool("import", "--mapping", str(ROOT / "deploy/mappings/canonical.yaml"), str(file))
        file.unlink()


(job,) = chart["Job", "buymode-topics"]["spec"]["template"]["spec"]["containers"]
subprocess.run(arguments(job), check=True, stdout=subprocess.DEVNULL)
pods = [Pod(number) for number in range(3)]
for pod in pods:
    pod.start()
load = Load()
load.start()
watch = Watch(pods)
watch.start()
deadline = time.monotonic() + 120
while len(watch.seen) < PARTITIONS or load.rows < 4_000:
    assert time.monotonic() < deadline and load.failed is None, (len(watch.seen), load.rows, load.failed)
    time.sleep(0.5)
time.sleep(5)
watch.begin()
began, stops = time.monotonic(), []
for _ in range(ROUNDS):
    # A StatefulSet goes from its highest pod down.
    for pod in reversed(pods):
        stops.append(pod.stop())
        pod.start()
        time.sleep(stateful["minReadySeconds"])
took = time.monotonic() - began
time.sleep(3)
lag, absent, rows = max(watch.lag.values()), max(watch.absent.values()), load.rows
load.done = True
load.join()
assert load.failed is None, load.failed
deadline = time.monotonic() + 120
while not all(re.search(r"^buymode_ready 1", pod.get("/metrics") or "", re.M) for pod in pods) or any(
        int(n) for pod in pods for n in re.findall(r'^buymode_lag_records\{[^}]*\} (\d+)', pod.get("/metrics") or "", re.M)):
    assert time.monotonic() < deadline, "inputs are left"
    time.sleep(0.5)
watch.done = True
audit = json.loads(tool("audit", "--json"))
for pod in pods:
    pod.stop()
differences = audit.get("differences")
print(f"rolling restart: {len(stops)} replacements of 3 scorers on {PARTITIONS} partitions in {took:.0f} s, "
      f"{load.rows} rows; a stop took at most {max(stops):.1f} s; a partition stood still for at most {lag:.1f} s by its "
      f"lag, and no instance had one for at most {absent:.1f} s (session time-out {SESSION_S:.0f} s); "
      f"audit: {differences} differences in {audit.get('inputs')} inputs")
assert differences == 0, audit
assert max(lag, absent) < SESSION_S and max(stops) <= grace
