"""Injects each fault, waits for its alert, ends the fault, and waits until it is resolved."""

import collections
import datetime
import itertools
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import threading
import time

from place import Place, Received

TITLES = ["VP of Sales", "Head of Revenue Operations", "Account Executive", "Sales Development Representative"]
FIRES_MAX, RESOLVES_MAX = 300, 240
place = Place(*sys.argv[1:4])
broker, registry = place.root / "deploy/kafka/broker", place.root / "deploy/kafka/registry"


class Load(threading.Thread):
    """Companies and what happens at them, so that decisions are made all the time."""

    def __init__(self, door, also=()):
        super().__init__(daemon=True)
        self.door, self.also, self.done, self.sent, self.refused, self.many = door, list(also), False, 0, 0, 1

    def run(self):
        random.seed(7)
        made = collections.defaultdict(itertools.count)
        while not self.done:
            for source in ["steady", *self.also]:
                rows = [self.row(source, next(made[source])) for _ in range(self.many)]
                told = place.post(source, rows, self.door)
                self.sent, self.refused = self.sent + told, self.refused + (not told)
            time.sleep(0.5)

    @staticmethod
    def row(source, i):
        today = datetime.date.today()
        account = f"company{source}{i // 4}.com"
        row = {"source": source, "account": account, "source_record_id": f"{source}-{os.getpid()}-{i}"}
        if i % 4 == 0:
            return row | {"record": "company", "as_of": today.isoformat(), "name": f"Company {i}", "industries": ["SaaS"],
                          "employees": 200, "country": "US", "funding_stage": "Series B", "tools": ["HubSpot"],
                          "departments": {"revenue_operations": 3}}
        if i % 4 == 1:
            return row | {"record": "funding", "round": "Series C", "amount": "40M", "currency": "USD",
                          "occurred_at": today.isoformat()}
        return row | {"record": "hiring", "action": "hired", "title": TITLES[i % 2], "occurred_at": today.isoformat()}


def until(what, most, look):
    deadline = time.monotonic() + most
    while not look():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {most} s")
        time.sleep(0.25)


def start(kind, folder, command):
    out = subprocess.run([kind, command, folder], capture_output=True, text=True)
    assert out.returncode == 0, out.stderr


def pid(folder):
    return int((place.work / folder / "pid").read_text())


def registry_away():
    os.kill(pid("registry"), signal.SIGSTOP)


def registry_back():
    os.kill(pid("registry"), signal.SIGCONT)


def twin():
    place.role("twin", "run", instance="run")
    until("one of the two ends", 120, lambda: any(place.running[one].poll() is not None for one in ("run", "twin")))


def one_alone():
    if place.running["run"].poll() is None:
        place.forget("twin")
        return
    code = place.running.pop("run").returncode
    assert code == 78, (code, place.log("run"))
    place.forget("twin")
    place.role("run", "run")


def stale_profile():
    place.profile(200)
    place.tool("icp", "publish", str(place.work / "profile.yaml"), "--force")


def reviewed():
    place.profile(0)
    place.tool("icp", "publish", str(place.work / "profile.yaml"), "--force")


def wrong_clock():
    """Of one more scorer, on a machine of its own as it were."""
    library = place.work / "clock.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, pathlib.Path(__file__).parent / "clock.c"], check=True)
    place.role("behind", "run", LD_PRELOAD=str(library), CLOCK_OFF_S="-90")


def silent():
    load.also.remove("quiet")


def speaks():
    load.also.append("quiet")


def answers(status):
    Received.status = status


def poison():
    row = {"source": "steady", "account": "poison.com", "source_record_id": f"p-{time.time()}", "record": "funding",
           "round": "Series C", "amount": "many", "currency": "USD", "occurred_at": "never"}
    assert place.post("steady", [row]), "the row was refused"


class Disk:
    """A log in a folder on a file system of 96 MiB, with roles of its own."""

    def __init__(self):
        self.folder, self.load = place.work / "disk", None

    def start(self):
        self.folder.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96m", "none", self.folder], check=True)
        door = place.door + 1
        place.settings("folder.yaml", {"embedded": {"folder": str(self.folder / "log"), "map_size_gib": 1}}, door)
        place.tool("topics", "create", config="folder.yaml")
        place.role("folder-run", "run", config="folder.yaml")
        place.role("folder-ingest", "ingest", config="folder.yaml")
        self.load = Load(door)
        self.load.start()
        time.sleep(5)

    def fill(self):
        free = shutil.disk_usage(self.folder).free
        try:
            with open(self.folder / "other", "wb") as other:
                for _ in range(free // 4096 + 8):
                    other.write(bytes(4096))
                    other.flush()
        except OSError:
            pass

    def empty(self):
        (self.folder / "other").unlink()
        for name, verb in (("folder-run", "run"), ("folder-ingest", "ingest")):
            # As a service manager does.
            if place.running[name].poll() is not None:
                print(f"    {name} had ended with {place.running[name].returncode}", flush=True)
                place.role(name, verb, config="folder.yaml")

    def stop(self):
        self.load.done = True
        self.load.join()
        for name in ("folder-run", "folder-ingest"):
            place.forget(name)


disk = Disk()
FAULTS = [
    ("broker", "broker away", "BuymodeNoBroker", lambda: start(broker, place.work / "broker", "stop"),
     lambda: start(broker, place.work / "broker", "start")),
    ("registry", "registry away", "BuymodeNoRegistry", registry_away, registry_back),
    ("disk", "disk full", "BuymodeDiskFull", disk.fill, disk.empty),
    ("poison", "poison source", "BuymodeDeadLetters", poison, lambda: None),
    ("twin", "fenced twin", "BuymodeNameTaken", twin, one_alone),
    ("profile", "stale profile", "BuymodeProfileNotReviewed", stale_profile, reviewed),
    ("subscriber", "stuck consumer downstream", "BuymodeSubscriberStuck", lambda: place.stop("crm"),
     lambda: place.go_on("crm")),
    ("webhook", "a webhook that answers 403", "BuymodeDestinationTakesNothing", lambda: answers(403), lambda: answers(204)),
    ("clock", "clock off", "BuymodeClockBehind", wrong_clock, lambda: place.forget("behind")),
    ("silent", "a source that fell silent", "BuymodeSourceSilent", silent, speaks),
]


def told(since, alert):
    return [one for one in Received.messages if one[0] >= since and one[2] == alert]


def quiet():
    return not {one for one in place.alerts() if one[1] == "firing"}


def one_fault(name, title, alert, inject, heal):
    print(f"  {title} ...", flush=True)
    until("nothing fires before it", 120, quiet)
    if name == "disk":
        disk.start()
    began, also = time.monotonic(), set()
    inject()

    def fired():
        also.update(one[0] for one in place.alerts() if one[1] == "firing")
        return any(one[3] == "firing" for one in told(began, alert))

    until(f"{alert} after {title}", FIRES_MAX, fired)
    fires = time.monotonic() - began
    # What follows from it has time to show.
    end = time.monotonic() + 15
    while time.monotonic() < end:
        fired()
        time.sleep(0.5)
    healed = time.monotonic()
    heal()

    def resolved():
        fired()
        return quiet() and any(one[3] == "resolved" for one in told(began, alert))

    until(f"{alert} is resolved", RESOLVES_MAX, resolved)
    resolves = time.monotonic() - healed
    if name == "disk":
        disk.stop()
    # What Alertmanager still has to say.
    time.sleep(15)
    since = [one for one in Received.messages if one[0] >= began]
    # A message that some of the instances are well again is none of a new one.
    count, known = 0, set()
    for one in told(began, alert):
        count += bool(one[4] - known)
        known |= one[4]
    others = sorted({f"{one[2]} ({one[1][:-1]})" for one in since if one[2] != alert})
    pages = sorted({one[2] for one in since if one[2] != alert and one[1] == "pages"})
    severity = told(began, alert)[0][1][:-1]
    silent_ones = sorted(also - {alert} - {one[2] for one in since})
    return title, alert, severity, fires, count, resolves, others, silent_ones, not pages and count == 1


def table(rows):
    head = ("fault", "alert", "severity", "told after", "times", "resolved after", "also told", "fired, not told")
    lines = [head] + [(title, alert, severity, f"{fires:.0f} s", str(count), f"{resolves:.0f} s", ", ".join(others) or "-",
                       ", ".join(quiet_ones) or "-")
                      for title, alert, severity, fires, count, resolves, others, quiet_ones, _ in rows]
    lines = [[cell.replace("Buymode", "") for cell in line] for line in lines]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    for line in lines:
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |")
        if line is lines[0]:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")


wanted = sys.argv[4:] or [fault[0] for fault in FAULTS]
unknown = set(wanted) - {fault[0] for fault in FAULTS}
assert not unknown, f"unknown faults {unknown}; use some of {[fault[0] for fault in FAULTS]}"
began, rows, failed = time.monotonic(), [], []
place.profile(0)
place.settings("buymode.yaml", {"kafka": {"bootstrap": place.kafka},
                                "schema_registry": {"url": f"{place.registry}/apis/ccompat/v7"}}, place.door)
place.roster()
load = Load(None, ["quiet"])
try:
    place.tool("topics", "create")
    place.tool("deliver", "publish", str(place.work / "roster.yaml"), "--by", "alerts", "--force")
    place.role("run", "run")
    place.role("ingest", "ingest")
    place.role("deliver", "deliver")
    place.watchers()
    load.start()
    place.subscriber("crm")
    until("decisions are made", 120, lambda: "buymode_decisions_total{" in (
        place.get(f"http://127.0.0.1:{place.ports['run']}/metrics") or ""))
    # Each role has met each schema: it goes on with those that it knows while no registry answers.
    time.sleep(45)
    for fault in FAULTS:
        if fault[0] not in wanted:
            continue
        try:
            rows.append(one_fault(*fault))
        except AssertionError as why:
            failed.append(f"{fault[1]}: {why}; fires: {sorted(place.alerts())}; told: "
                          f"{[one[1:] for one in Received.messages[-8:]]}")
            print(f"    FAILED: {failed[-1]}", flush=True)
            break
    print(f"\nalerts: {len(rows)} faults in {(time.monotonic() - began) / 60:.0f} minutes; {load.sent} requests were taken, "
          f"{load.refused} refused\n")
    table(rows)
finally:
    load.done = True
    for name in list(place.running):
        place.end(name)
failed += [f"{row[0]}: told {row[4]} times, also {row[6]}" for row in rows if not row[-1]]
sys.exit("\n".join(failed) if failed else 0)
