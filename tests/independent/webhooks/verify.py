"""The official Python library on requests that were signed here: each line says what it must find."""

import base64
import sys

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

wrong = seen = 0
for line in open(sys.argv[1], encoding="utf-8"):
    name, expected, secret, key, timestamp, signature, body = line.rstrip("\n").split("\t")
    headers = {
        "webhook-id": key,
        "webhook-timestamp": timestamp,
        "webhook-signature": signature,
    }
    try:
        Webhook(secret).verify(base64.b64decode(body).decode(), headers)
        found = "valid"
    except WebhookVerificationError:
        found = "invalid"
    seen += 1
    if found != expected:
        wrong += 1
        print(f"python: {name} is {found}, not {expected}")
print(f"python: {seen} requests, {wrong} found wrong")
sys.exit(1 if wrong or not seen else 0)
