"""What the alerts' test runs: the program's roles, Prometheus, Alertmanager, and who receives their messages."""

import datetime
import http.server
import json
import os
import pathlib
import re
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "deploy/container/demo"))
from feed import Mail  # noqa: E402

# The one setting: windows and waits of the rules become shorter by this. It is small enough for the pauses of the program,
# which stay as they are. The day of a source that fell silent is divided by fifty times as much; numbers of days above one
# stay, since the dates that they are compared with can be chosen.
SCALE = 12
UNIT_S = {"s": 1, "m": 60, "h": 3600, "d": 86400}
ROUTES = ["account-executives", "sdr-first", "sdr", "enrich", "owner", "nurture", "ae"]
TOKEN = "a-token-of-this-test"


def scaled(text):
    """Windows ([5m], offset 5m), waits (for: 5m) and thresholds (15 * 60, 1 * 86400)."""
    def duration(found):
        return f"{found[1]}{round(int(found[2]) * UNIT_S[found[3]] / SCALE * 1000)}ms"

    text = re.sub(r"(\[|offset |for: )(\d+)([smhd])\b", duration, text)
    text = re.sub(r"\b1 \* 86400\b", str(86400 / SCALE / 50), text)
    return re.sub(r"\b(\d+) \* 60\b", lambda found: str(int(found[1]) * 60 / SCALE), text)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Served(http.server.BaseHTTPRequestHandler):
    """A page of metrics, as a node exporter shows those that commands have written."""

    page = ""

    def do_GET(self):
        self.send_response(200)
        self.send_header("content-type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(Served.page.encode())


class Received(Served):
    """Messages of Alertmanager, and deliveries, which are forgotten."""

    messages = []
    # What deliveries are answered.
    status = 204

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.path in ("/pages", "/tickets"):
            told = json.loads(body)
            Received.messages.append((time.monotonic(), self.path[1:], told["groupLabels"]["alertname"], told["status"],
                                      {one["fingerprint"] for one in told["alerts"] if one["status"] == "firing"}))
        self.send_response(Received.status if self.path == "/sink" else 204)
        self.end_headers()

    def log_message(self, *_):
        pass


def serve(server, handler):
    """The port of a server of this process."""
    server = server(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


class Place:
    def __init__(self, root, binary, work):
        self.root, self.binary, self.work = pathlib.Path(root), binary, pathlib.Path(work)
        addresses = (self.work / "addresses").read_text()
        self.kafka = re.search(r"bootstrap=(\S+)", addresses)[1]
        self.registry = re.search(r"http://\S+?:\d+", addresses)[0]
        self.running, self.ports, self.door = {}, {}, free_port()
        self.prometheus_port, self.alertmanager_port = free_port(), free_port()
        self.receiver = serve(http.server.ThreadingHTTPServer, Received)
        self.mail = serve(socketserver.ThreadingTCPServer, Mail)

    def spawn(self, name, command, **environment):
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.work)} | environment
        with open(self.work / f"{name}.log", "ab") as log:
            self.running[name] = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=self.work)

    def log(self, name):
        return (self.work / f"{name}.log").read_text(errors="replace")[-3000:]

    def end(self, name):
        process = self.running.pop(name, None)
        if process is None:
            return
        process.send_signal(signal.SIGCONT)
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def tool(self, *args, config="buymode.yaml"):
        done = subprocess.run([self.binary, *args, "--config", str(self.work / config)], capture_output=True, text=True,
                              env={"PATH": os.environ["PATH"], "SINK_SECRET": "whsec_" + "YQ" * 16})
        assert done.returncode == 0, (args, done.stdout[-2000:], done.stderr[-2000:])
        return done.stdout

    def role(self, name, verb, instance=None, config="buymode.yaml", **environment):
        """A role as a target of Prometheus, under the name that Prometheus knows it by."""
        self.ports.setdefault(name, free_port())
        environment |= {"BUYMODE__INSTANCE": instance or name, "BUYMODE__HTTP__LISTEN": f"127.0.0.1:{self.ports[name]}",
                        "SINK_SECRET": "whsec_" + "YQ" * 16}
        self.spawn(name, [self.binary, verb, "--config", str(self.work / config)], **environment)
        deadline = time.monotonic() + 90
        while self.get(f"http://127.0.0.1:{self.ports[name]}/livez") is None:
            assert self.running[name].poll() is None, self.log(name)
            assert time.monotonic() < deadline, self.log(name)
            time.sleep(0.2)
        self.targets()

    def forget(self, name):
        self.end(name)
        self.ports.pop(name, None)
        self.targets()

    def targets(self):
        listed = [{"targets": [f"127.0.0.1:{port}"], "labels": {"instance": name}} for name, port in self.ports.items()]
        part = self.work / "targets.part"
        part.write_text(json.dumps(listed))
        part.rename(self.work / "targets.json")

    def get(self, url):
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.read().decode()
        except OSError:
            return None

    def settings(self, name, place, door):
        canonical = str(self.root / "deploy/mappings/canonical.yaml")
        source = {"mapping": canonical, "authentication": {"bearer": {"secrets": [TOKEN]}}}
        # JSON is YAML.
        (self.work / name).write_text(json.dumps(place | {
            "topics": {"partitions": 4}, "profile": str(self.work / "profile.yaml"),
            "ingest": {"listen": f"127.0.0.1:{door}", "sources": {one: source for one in ("steady", "quiet")}}}))

    def roster(self):
        """Every decision goes to this process."""
        sink = {"url": f"http://127.0.0.1:{self.receiver}/sink", "secret": {"env": "SINK_SECRET"}, "private": True}
        mail = {"server": f"127.0.0.1:{self.mail}", "from": "buymode@example.com", "to": ["team@example.com"]}
        (self.work / "roster.yaml").write_text(json.dumps({"zone": "UTC", "people": [], "destinations": [
            {"name": "sink", "routes": ROUTES, "webhook": sink}, {"name": "digests", "routes": ["digest"], "email": mail}],
            "escalation": {"people": [], "channel": "digests"}, "digest": {"destination": "digests"}}))

    def profile(self, days_ago):
        """The starter's profile, last reviewed so many days ago."""
        day = datetime.date.today() - datetime.timedelta(days=days_ago)
        text = (self.root / "deploy/profiles/starter.yaml").read_text()
        text = re.sub(r"(?m)^reviewed_at: \S+", f"reviewed_at: {day}", text)
        (self.work / "profile.yaml").write_text(text)

    def watchers(self, every="1s"):
        rules = scaled((self.root / "deploy/prometheus/alerts.yaml").read_text())
        (self.work / "alerts.yaml").write_text(rules)
        (self.work / "prometheus.yaml").write_text(json.dumps({
            "global": {"scrape_interval": every, "evaluation_interval": every}, "rule_files": ["alerts.yaml"],
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": [f"127.0.0.1:{self.alertmanager_port}"]}]}]},
            "scrape_configs": [{"job_name": "buymode", "file_sd_configs": [{"files": ["targets.json"], "refresh_interval": "1s"}]}]}))
        text = (self.root / "deploy/prometheus/alertmanager.yaml").read_text()
        # A registry is asked every ten seconds, by each role at its own: the first wait is for all of them.
        text = text.replace("127.0.0.1:9099", f"127.0.0.1:{self.receiver}")
        text = text.replace("group_wait: 30s", "group_wait: 12s").replace("group_interval: 5m", "group_interval: 15s")
        (self.work / "alertmanager.yaml").write_text(text)
        self.targets()
        self.spawn("prometheus", ["prometheus", "--config.file=prometheus.yaml", "--storage.tsdb.path=tsdb",
                                  f"--web.listen-address=127.0.0.1:{self.prometheus_port}"])
        self.spawn("alertmanager", ["prometheus-alertmanager", "--config.file=alertmanager.yaml", "--storage.path=am",
                                    "--cluster.listen-address=", f"--web.listen-address=127.0.0.1:{self.alertmanager_port}"])

    def alerts(self):
        """What Prometheus says now: alert, state, instance."""
        page = self.get(f"http://127.0.0.1:{self.prometheus_port}/api/v1/alerts")
        found = json.loads(page)["data"]["alerts"] if page else []
        return {(one["labels"]["alertname"], one["state"], one["labels"].get("instance", "")) for one in found}

    def subscriber(self, group):
        """A program of somebody else, which reads every route."""
        source = self.root / "tests/independent/alerts/Subscriber.java"
        self.spawn(group, ["java", "-Xmx96m", "-XX:TieredStopAtLevel=1", "-cp", f"{self.root}/target/kafka/kafka/*", str(source),
                           self.kafka, group])

    def stop(self, name):
        self.running[name].send_signal(signal.SIGSTOP)

    def go_on(self, name):
        self.running[name].send_signal(signal.SIGCONT)

    def post(self, source, rows, door=None, token=TOKEN):
        url = f"http://127.0.0.1:{door or self.door}/v1/ingest/{source}"
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        try:
            urllib.request.urlopen(urllib.request.Request(url, json.dumps(rows).encode(), headers), timeout=10).read()
            return True
        except OSError:
            return False
