#!/usr/bin/env python3
"""Finds which rounds of the Crunchbase export of 2013 are two reports of one, without any of
buymode's code, and draws pairs for a person to judge.

The rules, of two rounds of one company:
  - the instruments are the same, or one of them is "other" (the source does not know);
  - the same stage: within 30 days and amounts within 20 % (an unknown one contradicts nothing), or
    within 45 days and amounts within 2 %;
  - different stages: within 30 days and amounts within 2 %;
  - a stage unknown, as of "venture" and "private equity": within 14 days and amounts within 20 %, or
    within 45 days and amounts within 2 %.
Prints the number of pairs up to 60 days apart, how many of them are one round, and how many of
those are the same in every field, as a JSON object. With --sample it prints pairs to judge instead,
drawn evenly from three strata: said to be one round, not said so though no amount contradicts, and
the rest; the figure in front of each says which, in the last column.

Example: duplicate_rounds.py rounds.csv.gz --sample 100 --seed 7
"""

import argparse
import collections
import csv
import datetime
import gzip
import json
import random

KINDS = {
    "venture": (None, "equity"),
    "angel": ("seed", "equity"),
    "series-a": ("a", "equity"),
    "series-b": ("b", "equity"),
    "series-c+": ("c", "equity"),
    # It says who pays.
    "private-equity": (None, "equity"),
    "post-ipo": ("public", "equity"),
    "other": (None, "other"),
    "crowdfunding": (None, "crowdfunding"),
}

Round = collections.namedtuple("Round", "company kind stage instrument day amount")


def read(path):
    companies = collections.defaultdict(list)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            try:
                day = datetime.date.fromisoformat(row["funded_at"])
            except ValueError:
                continue
            amount = int(row["raised_amount_usd"]) if row["raised_amount_usd"] else None
            kind = row["funding_round_type"]
            found = Round(row["company_permalink"], kind, *KINDS[kind], day, amount)
            companies[found.company].append(found)
    return companies


def within(a, b, percent):
    return a is None or b is None or abs(a - b) * 100 <= percent * max(a, b)


def is_one(x, y):
    days = abs((x.day - y.day).days)
    known = x.amount is not None and y.amount is not None
    alike = within(x.amount, y.amount, 20)
    equal = known and within(x.amount, y.amount, 2)
    if x.instrument != y.instrument and "other" not in (x.instrument, y.instrument):
        return False
    if x.stage and y.stage and x.stage != y.stage:
        return days <= 30 and equal
    most = 30 if x.stage and y.stage else 14
    return (days <= most and alike) or (days <= 45 and equal)


def pairs(companies):
    for rounds in companies.values():
        for at, x in enumerate(rounds):
            for y in rounds[at + 1:]:
                if abs((x.day - y.day).days) <= 60:
                    yield x, y


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("rounds", help="rounds.csv.gz")
    parser.add_argument("--sample", type=int, metavar="N", help="print N pairs to judge")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    found = list(pairs(read(args.rounds)))
    one = [pair for pair in found if is_one(*pair)]
    if not args.sample:
        same = sum(x == y for x, y in one)
        print(json.dumps({"pairs": len(found), "one_round": len(one), "identical": same}))
        return
    strata = [
        [pair for pair in one if pair[0] != pair[1]],
        [p for p in found if not is_one(*p) and within(p[0].amount, p[1].amount, 15)],
        [p for p in found if not is_one(*p) and not within(p[0].amount, p[1].amount, 15)],
    ]
    chance = random.Random(args.seed)
    drawn = []
    for number, stratum in enumerate(strata, 1):
        share = min(len(stratum), -(-args.sample // 3))
        drawn += [(number, len(stratum), pair) for pair in chance.sample(stratum, share)]
    chance.shuffle(drawn)
    for number, size, (x, y) in drawn[:args.sample]:
        print(x.company, x.kind, x.day, x.amount, "|", y.kind, y.day, y.amount,
              "|", f"stratum {number} of {size}", sep="\t")


if __name__ == "__main__":
    main()
