"""Prints made-up records that bring about every kind of decision, as JSON lines in the canonical form.

Example: python3 tests/independent/clients/signals.py > target/signals.jsonl
"""

import json

COMPANIES = 41


def records(i):
    """A company's: it enters; then one in six each is lost, asks not to be contacted, takes its news back,
    raises more, asks for a demo, or grows and moves, so that it fits less; signals that are
    left alone grow old."""
    about = {"account": f"company{i}.io", "source": "made-up"}
    base = {"industries": ["SaaS"], "employees": 100 + i, "country": "US", "tools": ["HubSpot"]}
    yield {**about, "record": "company", "as_of": "2026-01-05", "name": f"Company {i}", **base}
    signal = {**about, "record": "funding", "round": "Series B", "currency": "USD"}
    yield {**signal, "source_record_id": f"f{i}", "amount": "18M", "occurred_at": "2026-03-02"}
    match i % 6:
        case 0:
            yield {**about, "record": "sales_outcome", "outcome": "lost", "occurred_at": "2026-03-20"}
        case 1:
            yield {**about, "record": "suppression", "list": "do_not_contact", "occurred_at": "2026-03-20"}
        case 2:
            back = {"retracts": f"f{i}", "retracts_record": "funding", "occurred_at": "2026-03-20"}
            yield {**about, "record": "retraction", **back}
        case 3:
            more = {"round": "Series C", "amount": "40M", "occurred_at": "2026-03-20"}
            yield {**signal, "source_record_id": f"g{i}", **more}
        case 4:
            ask = {"kind": "demo_request", "contact": f"c{i}", "occurred_at": "2026-03-20"}
            yield {**about, "record": "engagement", "source_record_id": f"e{i}", **ask}
        case _:
            moved = {**base, "employees": 900, "country": "BR"}
            yield {**about, "record": "company", "as_of": "2026-03-20", "name": f"Company {i}", **moved}
    late = {"kind": "pricing_page", "contact": f"d{i}", "occurred_at": "2026-10-20"}
    yield {**about, "record": "engagement", "source_record_id": f"z{i}", **late}


def to_be_merged():
    """Two companies that become one while the first is in buying mode."""
    base = {"source": "made-up", "as_of": "2026-01-05", "industries": ["SaaS"], "employees": 120, "country": "US", "tools": ["HubSpot"]}
    for name in ("merged", "root"):
        yield {"record": "company", "account": f"{name}.io", "name": name.title(), **base}
    signal = {"record": "funding", "account": "merged.io", "source": "made-up", "round": "Series B", "currency": "USD"}
    yield {**signal, "source_record_id": "f-merged", "amount": "18M", "occurred_at": "2026-10-10"}


for record in to_be_merged():
    print(json.dumps(record))
for company in range(COMPANIES):
    for record in records(company):
        print(json.dumps(record))
