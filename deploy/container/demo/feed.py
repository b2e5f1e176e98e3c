"""Made-up companies and what happens at them, posted to `buymode ingest`; and a sink for what `buymode deliver` sends.

    python3 feed.py INGEST-URL ROWS-A-SECOND

Listens on port 8095, or FEED_LISTEN (HOST:PORT), and for mail on 2525, or FEED_MAIL_PORT. Stops with its container.
"""

import datetime
import http.server
import itertools
import json
import os
import random
import socketserver
import sys
import threading
import time
import urllib.request

TITLES = ["VP of Sales", "Head of Revenue Operations", "Account Executive", "Sales Development Representative"]
INDUSTRIES = ["SaaS", "Logistics", "Retail", "Fintech"]


class Sink(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


class Mail(socketserver.StreamRequestHandler):
    """As much of SMTP as it takes to take a mail and forget it."""

    def handle(self):
        def say(line):
            self.wfile.write(line.encode() + b"\r\n")

        say("220 sink")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                say("354 go on")
                while self.rfile.readline() not in (b".\r\n", b""):
                    pass
                say("250 taken")
            elif verb == b"QUIT":
                say("221 bye")
                return
            else:
                say("250 sink")


def rows():
    random.seed(7)
    for i in itertools.count():
        n = random.randrange(400)
        today = datetime.date.today()
        row = {"source": "demo", "account": f"buymode-demo-{n}.com", "source_record_id": f"demo-{today}-{i}"}
        day = (today - datetime.timedelta(days=random.randrange(20))).isoformat()
        if i < 400 or i % 7 == 0:
            n = i if i < 400 else n
            row |= {"record": "company", "account": f"buymode-demo-{n}.com", "as_of": today.isoformat(),
                    "name": f"Company {n}", "industries": [INDUSTRIES[n % 4]], "employees": 50 + n * 3, "country": "US",
                    "funding_stage": "Series B", "tools": ["HubSpot"], "departments": {"revenue_operations": 1 + n % 5}}
        elif i % 3 == 0:
            row |= {"record": "funding", "round": "Series C", "amount": "4M", "currency": "USD", "occurred_at": day}
        elif i % 50 == 1:
            row |= {"record": "funding", "round": "Series C", "amount": "many", "currency": "USD", "occurred_at": "never"}
        else:
            row |= {"record": "hiring", "action": "hired", "title": random.choice(TITLES), "occurred_at": day}
        yield row


def main(url, a_second):
    host, port = os.environ.get("FEED_LISTEN", "0.0.0.0:8095").rsplit(":", 1)
    server = http.server.ThreadingHTTPServer((host, int(port)), Sink)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    mail = socketserver.ThreadingTCPServer((host, int(os.environ.get("FEED_MAIL_PORT", "2525"))), Mail)
    threading.Thread(target=mail.serve_forever, daemon=True).start()
    headers = {"authorization": "Bearer demo-token-that-is-no-secret", "content-type": "application/json"}
    made = rows()
    while True:
        body = json.dumps(list(itertools.islice(made, a_second))).encode()
        for attempt in itertools.count():
            try:
                urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=10).read()
                break
            except OSError as error:
                body_of = getattr(error, "read", bytes)()[:300]
                print(f"feed: {error} {body_of}; it is tried again", file=sys.stderr, flush=True)
                time.sleep(1)
        time.sleep(1)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
