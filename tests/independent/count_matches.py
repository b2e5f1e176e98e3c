#!/usr/bin/env python3
"""Counts how many companies a profile takes, without any of buymode's code.

Reads the raw files of a public data set and profiles in their JSON form, works out each company as
its records and signals leave it, answers every criterion with yes, no or unknown by its own reading
of the rules, and prints a JSON object for each profile: how many companies there are, how they
stand, and how often each criterion is answered how.

Example: count_matches.py yc-radar --profiles profile.json --files companies-2026-05-06.csv.gz
"""

import argparse
import collections
import csv
import datetime
import gzip
import json
import os
import re
import sys
import unicodedata
import uuid
from urllib.parse import urlsplit

STAGES = ["bootstrapped", "pre_seed", "seed", "series_a", "series_b", "series_c", "series_d",
          "series_e", "series_f", "late_stage", "pe_backed", "public"]
HORIZON_DAYS = 400
NAMESPACE = uuid.UUID(int=0x6f3b8c1e52a74d0f9e64b1d27c85a301)

COUNTRIES = {
    "USA": "us", "United States": "us", "Nigeria": "ng", "Canada": "ca", "Mexico": "mx",
    "Hong Kong": "hk", "Norway": "no", "Israel": "il", "Egypt": "eg", "India": "in",
    "Colombia": "co", "United Kingdom": "gb", "China": "cn", "Malaysia": "my", "Iceland": "is",
    "Germany": "de", "Spain": "es", "Argentina": "ar", "Czechia": "cz", "Singapore": "sg",
    "Greece": "gr", "France": "fr", "Uruguay": "uy", "Portugal": "pt", "Brazil": "br",
    "Peru": "pe", "Iraq": "iq", "Ukraine": "ua", "Panama": "pa", "South Korea": "kr",
    "Seychelles": "sc", "Indonesia": "id", "Russia": "ru", "Australia": "au", "Kyrgyzstan": "kg",
    "Slovenia": "si", "Poland": "pl", "Philippines": "ph", "Ghana": "gh", "Ireland": "ie",
    "Pakistan": "pk", "Tanzania": "tz", "Belarus": "by", "Chile": "cl", "Kenya": "ke",
    "Algeria": "dz", "Netherlands": "nl", "Morocco": "ma", "Hungary": "hu", "South Africa": "za",
    "Italy": "it", "Denmark": "dk", "New Zealand": "nz", "Sweden": "se", "Latvia": "lv",
    "Estonia": "ee", "Finland": "fi", "United Arab Emirates": "ae", "Puerto Rico": "pr",
    "Uganda": "ug", "Turkey": "tr", "Belgium": "be", "Vietnam": "vn", "Austria": "at",
    "Croatia": "hr", "Lithuania": "lt", "Ivory Coast": "ci", "Senegal": "sn", "Romania": "ro",
    "Zambia": "zm", "Ecuador": "ec", "Cyprus": "cy", "Switzerland": "ch", "Georgia": "ge",
    "Namibia": "na", "Saudi Arabia": "sa", "Costa Rica": "cr", "Bahrain": "bh", "Venezuela": "ve",
    "Ethiopia": "et", "Japan": "jp", "Democratic Republic of the Congo": "cd", "Thailand": "th",
    "Nepal": "np", "Bangladesh": "bd", "Jordan": "jo", "Taiwan": "tw", "Bulgaria": "bg",
}

# Names of these sources that profiles call otherwise; all else is a slug of itself.
INDUSTRIES = {"healthcare": "health-care", "healthcare-it": "health-tech",
              "medical-devices": "health-care", "real-estate-and-construction": "real-estate",
              "ecommerce": "e-commerce"}

# Suffixes under which companies register a name of their own, beyond the last label.
SUFFIXES = {
    "com.br", "co.in", "com.co", "com.mx", "com.pk", "co.uk", "com.au", "us.com", "com.sg", "com.ar",
    "com.ng", "co.za", "co.ke", "com.tr", "com.pe", "com.my", "com.vn", "com.ph", "com.ua", "co.kr",
    "co.id", "com.hk", "com.gh", "blogspot.com", "webflow.io", "github.io", "vercel.app",
    "herokuapp.com", "netlify.app", "web.app", "co.nz", "org.uk", "com.eg", "com.bd",
}
# Pages that others lend: they say nothing of whose they are, save at the front door.
LANDLORDS = {"apple.com", "google.com", "ycombinator.com", "producthunt.com", "notion.so",
             "notion.site", "github.com", "medium.com", "substack.com", "wixsite.com",
             "squarespace.com", "wordpress.com", "airtable.com", "framer.website", "discord.gg",
             "shopify.com", "microsoft.com", "slack.com", "webflow.io", "weebly.com",
             "crunchbase.com", "linktr.ee", "typeform.com", "calendly.com", "f6s.com", "about.me"}
SHARED = {"facebook.com", "linkedin.com", "twitter.com", "x.com", "angel.co", "youtube.com",
          "instagram.com", "bit.ly", "t.me", "wikipedia.org", "goo.gl", "lnkd.in"}


def slug(text):
    out = ""
    for letter in text.lower():
        if letter in "+#" or unicodedata.category(letter)[0] in "LN":
            out += letter
        elif out and not out.endswith("-"):
            out += "-"
    return out.strip("-")


def industries(names):
    slugs = [slug(name) for name in names]
    return [INDUSTRIES.get(s, s) for s in slugs if s]


def domain(site):
    """The domain a website is registered under, or nothing where it cannot tell."""
    site = site.split(",")[0].strip()
    if not site:
        return None
    parts = urlsplit(site if "://" in site else "http://" + site)
    host = (parts.hostname or "").rstrip(".")
    labels = host.split(".")
    if len(labels) < 2 or re.fullmatch(r"[0-9.]+", host):
        return None
    length = 3 if ".".join(labels[-2:]) in SUFFIXES else 2
    if len(labels) < length:
        return None
    name = ".".join(labels[-length:])
    front_door = parts.path in ("", "/") and host.removeprefix("www.") == name
    if name in SHARED or (name in LANDLORDS and not front_door):
        return None
    return name


def day(text):
    """Days since 1970; nothing for what is no date."""
    try:
        return (datetime.date.fromisoformat(text) - datetime.date(1970, 1, 1)).days
    except ValueError:
        return None


def rows(path):
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


class Company:
    """What is known, each fact with its day: the later wins, of one day the greater."""

    def __init__(self):
        # Whether a company record speaks of it: of others nobody knows what they are.
        self.known = False
        self.facts = {}
        self.signals = collections.defaultdict(list)

    def say(self, attribute, value, on):
        if value is not None and value != []:
            self.known = True
            if isinstance(value, list):
                value = sorted(set(value))
            self.facts[attribute] = max(self.facts.get(attribute, (on, value)), (on, value))

    def settle(self):
        """A signal of the same day or later is believed before a company record. Of stages the
        furthest is, of those of a company on and off the exchange the latest."""
        for attribute, said in self.signals.items():
            if attribute == "funding_stage":
                told = [(on, stage) for on, *_, stage in said]
                told += [self.facts[attribute]] if attribute in self.facts else []
                self.facts[attribute] = max(told, key=lambda fact: (
                    min(STAGES.index(fact[1]), STAGES.index("pe_backed")), fact[0],
                    STAGES.index(fact[1])))
                continue
            latest = max(said)
            if attribute not in self.facts or latest[0] >= self.facts[attribute][0]:
                self.facts[attribute] = (latest[0], latest[-1])

    def get(self, attribute):
        return self.facts[attribute][1] if attribute in self.facts else None


def own_site(row, owners):
    """Not that of a buyer, nor one that an active company has."""
    site = domain(row["website"]) if row else ""
    if not site or row["status"] in ("Active", "Public"):
        return site
    if owners.get(site, row["id"]) != row["id"]:
        return ""
    return site if row["status"] != "Acquired" or is_called(site, row["name"]) else ""


def is_called(site, name):
    """Whether a site may be a company's own by their names."""
    letters = lambda text: re.sub(r"[^a-z0-9]+", "", text.lower())
    label, whole = letters(site.split(".")[0]), letters(name)
    words = [w for w in re.split(r"[^a-z0-9]+", name.lower()) if w and w != "the"]
    within = lambda part, text: len(part) > 2 and part in text
    return bool(label and words) and (
        label == whole or within(label, whole) or within(words[0], label)
        or label == "".join(w[0] for w in words))


def yc_radar(paths):
    """By account; and the day of the last snapshot."""
    found = collections.defaultdict(Company)
    dated = sorted((re.search(r"\d{4}-\d\d-\d\d", os.path.basename(p)).group(), p) for p in paths)
    tables = [(taken, list(rows(path))) for taken, path in dated
              if os.path.basename(path).startswith("companies")]
    latest = {row["id"]: row for _, table in tables for row in table if row["website"]}
    owners = {}
    for _, table in tables:
        for row in table:
            if row["website"] and row["status"] in ("Active", "Public"):
                owners[domain(row["website"])] = row["id"]
    models = {"SaaS", "B2B", "Marketplace", "API", "E-commerce", "Subscriptions",
              "Enterprise Software", "Open Source"}
    for taken, table in tables:
        on = day(taken)
        for row in table:
            listed = lambda name: row[name].split("; ") if row[name] else []
            account = own_site(latest.get(row["id"]), owners) or "yc:" + row["slug"]
            company = found[account]
            say = lambda attribute, value: company.say(attribute, value, on)
            terms = lambda items: [t for t in map(slug, items) if t]
            say("industry", industries(i for i in listed("industries")
                                       if i not in ("B2B", "Consumer", "Unspecified")))
            say("sub_industry", industries(row["subindustry"].split(" -> ")[1:]))
            model = {"B2B": ["b2b"], "Consumer": ["b2c"]}.get(row["industry"], [])
            say("business_model", terms(model + [t for t in listed("tags") if t in models]))
            say("tags", terms(listed("tags")))
            places = [place.split(", ")[-1] for place in listed("all_locations")]
            countries = [COUNTRIES[place] for place in places if place in COUNTRIES]
            say("country", countries[:1])
            regions = [r for r in listed("regions") if r not in
                       ("Unspecified", "Remote", "Partly Remote", "Fully Remote")]
            say("region", terms((regions[1:2] or regions[:1])))
            say("growth_stage", terms([row["stage"]]))
            status = {"Active": "operating", "Public": "operating", "Acquired": "acquired",
                      "Inactive": "closed"}.get(row["status"])
            say("status", terms([status] if status else []))
            say("organisation", ["public" if row["status"] == "Public" else "private"])
            if row["team_size"] not in ("", "0"):
                people = int(row["team_size"])
                company.signals["employees"].append((on, (people, people)))
    return found, day(dated[-1][0])


# The round's name: how far the company has come (if that tells), and whether it is equity.
ROUNDS = {"angel": ("seed", True), "series-a": ("series_a", True), "series-b": ("series_b", True),
          "series-c+": ("series_c", True), "private-equity": (None, True),
          "post-ipo": ("public", True), "venture": (None, True), "crowdfunding": (None, False),
          "other": (None, False)}


def funding_id(account, row, dollars):
    """Ids follow from what a record says; where two rounds are of one day, the later id counts."""
    said = {"amount": dollars, "currency": "USD",
            "evidence_urls": ["https://www.crunchbase.com" + row["company_permalink"]],
            "occurred_at": row["funded_at"], "round": row["funding_round_type"]}
    content = json.dumps(said, separators=(",", ":"), ensure_ascii=False)
    return uuid.uuid5(NAMESPACE, "crunchbase-2013\x1ffunding\x1f" + account + "\x1f" + content)


def same_round(a, b):
    """Two reports of one round, by the rules of duplicate_rounds.py."""
    def within(percent):
        return a["usd"] is None or b["usd"] is None or \
            abs(a["usd"] - b["usd"]) * 100 <= max(a["usd"], b["usd"]) * percent

    apart = abs(a["day"] - b["day"])
    known = a["usd"] is not None and b["usd"] is not None
    alike, equal = within(20), known and within(2)
    if a["kind"] != b["kind"] and "other" not in (a["kind"], b["kind"]):
        return False
    if a["stage"] and b["stage"] and a["stage"] != b["stage"]:
        return apart <= 30 and equal
    days = 30 if a["stage"] and b["stage"] else 14
    return apart <= days and alike or apart <= 45 and equal


def linked(rounds):
    """Reports of one round together, whoever links whom."""
    groups = []
    for report in rounds:
        mine = [g for g in groups if any(same_round(report, other) for other in g)]
        groups = [g for g in groups if g not in mine] + [sum(mine, []) + [report]]
    return groups


def crunchbase_2013(paths):
    found = collections.defaultdict(Company)
    rounds = collections.defaultdict(dict)
    last = 0
    key = lambda permalink: "crunchbase:" + permalink.split("/")[-1].lower()
    for path in paths:
        name = os.path.basename(path).split(".")[0]
        for row in rows(path):
            if name == "companies":
                dates = [d for d in (row["founded_at"], row["first_funding_at"]) if d]
                if not dates:
                    continue
                on = day(min(dates))
                last = max(last, on)
                company = found[key(row["permalink"])]
                company.say("name", [row["name"] or "?"], on)
                company.say("industry", industries([row["category_code"]]), on)
                company.say("country", {"USA": ["us"]}.get(row["country_code"]), on)
                company.say("region", [s for s in [slug(row["region"])] if s], on)
                year = row["founded_year"]
                company.say("founded_year", (int(year), int(year)) if year else None, on)
            elif name == "rounds":
                # A log begins in 1970; what is older by more than the horizon comes too late.
                if day(row["funded_at"]) < -HORIZON_DAYS:
                    continue
                account = key(row["company_permalink"])
                stage, equity = ROUNDS[row["funding_round_type"]]
                raw = row["raised_amount_usd"]
                kind = "equity" if equity else row["funding_round_type"]
                identity = funding_id(account, row, raw or None)
                rounds[account][identity] = {
                    "id": identity, "day": day(row["funded_at"]), "stage": stage, "kind": kind,
                    "private": row["funding_round_type"] == "private-equity",
                    "usd": int(float(raw)) if raw else None}
                last = max(last, day(row["funded_at"]))
            elif name == "acquisitions" and row["company_permalink"] and \
                    row["company_permalink"] != row["acquirer_permalink"]:
                on = day(row["acquired_at"])
                found[key(row["company_permalink"])].signals["status"].append((on, ["acquired"]))
                last = max(last, on)
            elif name == "acquisitions" and row["acquired_at"] and row["company_permalink"]:
                last = max(last, day(row["acquired_at"]))
    for account, reports in rounds.items():
        said = found[account].signals["funding_stage"]
        for group in linked(sorted(reports.values(), key=lambda r: r["day"])):
            lead = max(group, key=lambda r: (
                bool(r["stage"]), r["kind"] != "other", r["usd"] is not None,
                bool(r["stage"]) or r["private"], -r["id"].int))
            # Private equity is a stage where it can have bought the company.
            bought = lead["private"] and (lead["usd"] or 0) >= 100_000_000
            stage = "pe_backed" if bought else lead["stage"]
            if stage and lead["kind"] == "equity":
                filed = max(r["day"] for r in group)
                first = min(r["day"] for r in group)
                lowest = min(r["id"].int for r in group)
                said.append((first, filed, lowest, stage))
        if not said:
            del found[account].signals["funding_stage"]
    return found, last


YES, NO, UNKNOWN = True, False, None


def both(answers):
    answers = list(answers)
    return NO if NO in answers else UNKNOWN if UNKNOWN in answers else YES


def either(answers):
    answers = list(answers)
    return YES if YES in answers else UNKNOWN if UNKNOWN in answers else NO


def opposite(answer):
    return UNKNOWN if answer is UNKNOWN else not answer


def ask_terms(test, terms):
    if terms is None:
        return UNKNOWN
    return (not test.get("any_of") or any(t in terms for t in test["any_of"])) \
        and all(t in terms for t in test.get("all_of", [])) \
        and not any(t in terms for t in test.get("none_of", [])) \
        and (not test.get("contains") or any(p in t for p in test["contains"] for t in terms))


def ask_number(test, band):
    if band is None:
        return UNKNOWN
    low, high = test.get("min", 0), test.get("max", float("inf"))
    if low <= band[0] and band[1] <= high:
        return YES
    return NO if band[1] < low or band[0] > high else UNKNOWN


def ask_stage(test, stage):
    if stage is None:
        return UNKNOWN
    at = STAGES.index(stage)
    return ("min" not in test or at >= STAGES.index(test["min"])) \
        and ("max" not in test or at <= STAGES.index(test["max"])) \
        and (not test.get("any_of") or stage in test["any_of"])


def ask_tools(test):
    """Neither data set tells of tools: of each that is asked for, nothing is known."""
    asked = test.get("any_of") or test.get("all_of") or test.get("none_of")
    return UNKNOWN if asked else YES


NUMBERS = {"employees", "revenue_usd", "arr_usd", "founded_year"}
TERMS = {"industry", "sub_industry", "country", "region", "operates_in", "business_model",
         "growth_stage", "organisation", "lifecycle", "status", "parent", "owner", "territory",
         "tags", "decision_style", "budget_owner", "urgency", "technical_maturity", "regulated_by"}


def ask(when, account, company, today):
    answers = []
    for name, test in when.items():
        if name in TERMS:
            answers.append(ask_terms(test, company.get(name)))
        elif name in NUMBERS:
            answers.append(ask_number(test, company.get(name)))
        elif name == "age_years":
            founded = company.get("founded_year")
            year = (datetime.date(1970, 1, 1) + datetime.timedelta(days=today)).year
            age = founded and (max(year - founded[1], 0), max(year - founded[0], 0))
            answers.append(ask_number(test, age))
        elif name == "funding_stage":
            answers.append(ask_stage(test, company.get("funding_stage")))
        elif name == "account":
            answers.append(ask_terms(test, [account]))
        elif name == "technologies":
            answers.append(ask_tools(test))
        elif name == "department":
            answers.append(UNKNOWN)
        elif name == "all":
            answers.append(both(ask(part, account, company, today) for part in test))
        elif name == "any":
            answers.append(either(ask(part, account, company, today) for part in test))
        elif name == "not":
            answers.append(opposite(ask(test, account, company, today)))
        else:
            sys.exit(f"no reading of the condition {name!r} here: add one")
    return both(answers)


def overlay(base, over, without):
    names = [item["name"] for item in base]
    merged = {item["name"]: item for item in base}
    for item in over:
        if item["name"] not in merged:
            names.append(item["name"])
        merged[item["name"]] = item
    return [merged[name] for name in names if name not in without]


class Variant:
    def __init__(self, profile, segment):
        segment = segment or {}
        fit = profile["fit"]
        self.when = segment.get("when")
        without = segment.get("without", [])
        self.criteria = overlay(fit["criteria"], segment.get("criteria", []), without)
        tiers = segment.get("tiers") or fit["tiers"]
        self.tiers = [tiers["tier_1"], tiers["tier_2"], tiers["tier_3"]]
        gate = segment.get("gate", fit.get("gate"))
        self.gate = self.tiers[2] if gate is None else gate
        intent = profile["intent"]
        self.enter = segment.get("enter", intent["enter"])
        rules = overlay(intent["rules"], segment.get("rules", []), without)
        self.most = most(rules, intent, without)


def most(rules, intent, without):
    """Every trigger at its strongest at once."""
    kinds = collections.Counter()
    for rule in rules:
        kind = next(k for k in ("funding", "hiring", "headcount", "technology", "uses", "news",
                                "engagement") if k in rule)
        kinds["technology" if kind == "uses" else kind] += max(rule["points"], 0) * rule.get("count", 1)
    caps = intent.get("caps", {})
    together = [c for c in intent.get("conjunctions", []) if not set(c["all_of"]) & set(without)]
    return sum(min(points, caps.get(kind, points)) for kind, points in kinds.items()) \
        + sum(max(c["points"], 0) for c in together)


def fit_of(variant, profile, answers):
    lower = upper = known = weight = 0
    missing = unsure = False
    for criterion, answer in zip(variant.criteria, answers):
        points, unknown = criterion["weight"], criterion.get("unknown", "no")
        weight += abs(points)
        known += 0 if answer is UNKNOWN else abs(points)
        if answer is UNKNOWN:
            counted = {"no": 0, "half": points / 2, "yes": points}[unknown]
            upper += max(points, 0)
        else:
            counted = points if answer else 0
            upper += counted
        lower += counted
        if criterion.get("required"):
            missing |= answer is NO
            unsure |= answer is UNKNOWN and unknown != "yes"
    lower, upper = max(lower, 0), max(upper, lower, 0)
    percent = known * 100 // weight if weight else 100
    at = lambda score: next((n for n, line in enumerate(variant.tiers, 1) if score >= line), 0)
    known_enough = percent >= profile["fit"]["known_percent"] and not unsure
    tier = at(lower) if known_enough and not missing else 0
    best = 0 if missing else at(upper)
    if profile.get("model") == "additive":
        passes = not missing and not unsure and lower + variant.most >= variant.enter
        might = not missing and upper + variant.most >= variant.enter
    else:
        passes, might = tier and lower >= variant.gate, best and upper >= variant.gate
    if passes:
        standing = f"tier_{tier}" if tier else "no_tier"
    else:
        standing = "might" if might else "below_gate" if tier else "no"
    return (tier > 0, lower), standing


def count(profile, companies, today):
    primary = Variant(profile, None)
    segments = [Variant(profile, segment) for segment in profile.get("segments", [])]
    standings, answered = collections.Counter(), collections.Counter()
    for account, company in companies.items():
        if not company.known:
            continue
        asked = lambda when: ask(when, account, company, today)
        answers_of = lambda variant: [asked(c["when"]) for c in variant.criteria]
        best, answers = primary, answers_of(primary)
        rank, standing = fit_of(best, profile, answers)
        for segment in reversed(segments):
            if segment.when is not None and asked(segment.when) is not YES:
                continue
            said = answers_of(segment)
            other, stands = fit_of(segment, profile, said)
            if other >= rank:
                best, answers, rank, standing = segment, said, other, stands
        excluded = any(
            asked(exclusion["when"]) is YES for exclusion in profile["fit"].get("exclusions", [])
            if "expires" not in exclusion or today < day(exclusion["expires"]))
        standings["excluded" if excluded else standing] += 1
        if not excluded:
            words = {YES: "yes", NO: "no", UNKNOWN: "unknown"}
            answered.update((c["name"], words[a]) for c, a in zip(best.criteria, answers))
    criteria = collections.defaultdict(dict)
    for (name, answer), times in answered.items():
        criteria[name][answer] = times
    return {"companies": sum(standings.values()), "standings": standings, "criteria": criteria}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", choices=["yc-radar", "crunchbase-2013"])
    parser.add_argument("--profiles", nargs="+", required=True)
    parser.add_argument("--files", nargs="+", required=True)
    options = parser.parse_args()
    read = {"yc-radar": yc_radar, "crunchbase-2013": crunchbase_2013}[options.data]
    companies, today = read(options.files)
    for company in companies.values():
        company.settle()
    for path in options.profiles:
        with open(path, encoding="utf-8") as file:
            print(json.dumps(count(json.load(file), companies, today), sort_keys=True))


if __name__ == "__main__":
    main()
