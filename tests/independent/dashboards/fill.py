"""Runs every role on made-up data for some minutes, with what operators see on a usual day, and draws the dashboards."""

import datetime
import itertools
import json
import math
import pathlib
import random
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).parent
sys.path += [str(HERE.parent / "alerts"), str(HERE)]
import draw  # noqa: E402
from place import Place, Served  # noqa: E402

# `place` says where it is.
from feed import INDUSTRIES, TITLES  # noqa: E402

SCRAPE_S = 5
place = Place(*sys.argv[1:4])
minutes, target = int(sys.argv[4]), sys.argv[5]


def rows(source):
    random.seed(source)
    for i in itertools.count():
        today, n = datetime.date.today(), random.randrange(1500)
        day = (today - datetime.timedelta(days=random.randrange(25))).isoformat()
        row = {"source": source, "account": f"company{n}.com", "source_record_id": f"{source}-{i}"}
        if i < 300 or i % 6 == 0:
            row |= {"record": "company", "as_of": today.isoformat(), "name": f"Company {n}", "industries": [INDUSTRIES[n % 4]],
                    "employees": 20 + n, "country": "US" if n % 3 else "DE", "funding_stage": "Series B" if n % 2 else "Seed",
                    "tools": ["HubSpot"] if n % 5 else [], "departments": {"revenue_operations": n % 5}}
        elif i % 7 == 1:
            row |= {"record": "funding", "round": "Series C", "amount": "4M", "currency": "USD", "occurred_at": day}
        elif i % 211 == 2:
            row |= {"record": "funding", "round": "Series C", "amount": "many", "currency": "USD", "occurred_at": "never"}
        else:
            row |= {"record": "hiring", "action": "hired", "title": random.choice(TITLES), "occurred_at": day}
        yield row
        if i % 9 == 0:
            yield row


def feed(source, a_second):
    """More and less over a quarter of an hour, as over a day."""
    made, began = rows(source), time.monotonic()
    while True:
        busy = 1 + 0.6 * math.sin((time.monotonic() - began) / 900 * 2 * math.pi)
        place.post(source, list(itertools.islice(made, max(int(a_second * busy), 1))))
        time.sleep(1)


def audit():
    while True:
        subprocess.run([place.binary, "audit", "--config", str(place.work / "buymode.yaml"), "--metrics",
                        str(place.work / "audit.prom")], capture_output=True)
        if (place.work / "audit.prom").exists():
            Served.page = (place.work / "audit.prom").read_text()
        time.sleep(300)


place.profile(40)
place.settings("buymode.yaml", {"kafka": {"bootstrap": place.kafka},
                                "schema_registry": {"url": f"{place.registry}/apis/ccompat/v7"}}, place.door)
place.roster()
try:
    place.tool("topics", "create")
    place.tool("deliver", "publish", str(place.work / "roster.yaml"), "--by", "demo", "--force")
    place.role("run-a", "run")
    place.role("run-b", "run")
    place.role("ingest", "ingest")
    place.role("deliver", "deliver")
    place.ports["node"] = place.receiver
    place.watchers(f"{SCRAPE_S}s")
    place.subscriber("crm")
    place.subscriber("warehouse")
    for name, a_second in (("steady", 12), ("quiet", 2)):
        threading.Thread(target=feed, args=(name, a_second), daemon=True).start()
    threading.Thread(target=audit, daemon=True).start()
    began = time.monotonic()
    while time.monotonic() - began < minutes * 60:
        passed = (time.monotonic() - began) / 60 / minutes
        # The warehouse stands still for a while, one scorer is replaced, and a stranger knocks.
        if 0.5 < passed < 0.5 + 5 / 60 / minutes:
            place.forget("run-b")
            time.sleep(10)
            place.role("run-b", "run")
        if 0.6 < passed < 0.8 and "stopped" not in vars(place):
            place.stopped = True
            place.stop("warehouse")
        if passed > 0.8 and vars(place).get("stopped"):
            place.stopped = False
            place.go_on("warehouse")
        if random.random() < 0.05:
            place.post("steady", [], token="a wrong one")
        time.sleep(1)
    for name in ("run-a", "run-b", "ingest", "deliver"):
        assert place.running[name].poll() is None, place.log(name)
    draw.main(place.root / "deploy/grafana/dashboards", f"http://127.0.0.1:{place.prometheus_port}", minutes, SCRAPE_S, target)
finally:
    for name in list(place.running):
        place.end(name)
