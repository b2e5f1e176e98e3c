#!/usr/bin/env python3
"""The formulas of src/evidence/stats by other people's libraries: prints cases as JSON.

tests/it/evidence/formulas.rs compares with formulas.json, which this script wrote; `.ci/long evidence` runs it
again with the versions of formulas.txt. Inputs are invented.

    python3 formulas.py > formulas.json
"""
import json
import math
import random
import warnings

import lifelines
import numpy as np
from gbstats.frequentist.tests import SequentialConfig, SequentialTwoSidedTTest
from gbstats.models.statistics import (ProportionStatistic, RegressionAdjustedStatistic,
                                       SampleMeanStatistic, compute_theta)
from gbstats.utils import check_srm
from scipy import special, stats
from sklearn import metrics
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

warnings.filterwarnings("ignore")
cases = []


def case(formula, given, value):
    cases.append({"formula": formula, "given": given, "value": value})


def proportions():
    grid = [(0, 5), (5, 5), (9, 20), (35, 100), (1, 1000), (999, 1000), (3, 7), (120_000, 1_000_000)]
    for k, n in grid:
        given = {"k": k, "n": n}
        case("wilson", given, list(proportion_confint(k, n, method="wilson")))
        case("clopper_pearson", given, list(proportion_confint(k, n, method="beta")))
        low, high = proportion_confint(k, n, method="jeffreys")
        case("jeffreys", given, [0 if k == 0 else low, 1 if k == n else high])
    for table in [[[3, 1], [1, 3]], [[12, 5], [29, 2]], [[0, 9], [4, 60]], [[200, 900], [250, 850]]]:
        case("fisher", {"table": table}, stats.fisher_exact(table)[1])


def distributions():
    for x, df in [(0.2025, 2), (3.84, 1), (25.0, 10), (130.0, 100)]:
        case("chi2_above", {"x": x, "df": df}, stats.chi2.sf(x, df))
    for p in [0.001, 0.025, 0.2, 0.5, 0.8, 0.975, 0.9999]:
        case("normal_quantile", {"p": p}, stats.norm.ppf(p))
        case("t_quantile", {"p": p, "df": 4}, stats.t.ppf(p, 4))
        case("t_quantile", {"p": p, "df": 84}, stats.t.ppf(p, 84))
    for x, a, b in [(0.3, 2.5, 7), (0.9, 0.5, 0.5), (0.12, 120_000, 880_000), (1e-4, 3, 20_000)]:
        case("beta_cdf", {"x": x, "a": a, "b": b}, special.betainc(a, b, x))
    for x in [0.2, 0.5, 0.9, 1.0, 1.4, 3.0]:
        case("kolmogorov_above", {"x": x}, special.kolmogorov(x))


def lifts():
    for k, n, k0, n0 in [(12, 40, 30, 300), (1, 3, 200, 4000), (50, 50, 10, 400)]:
        result = stats.contingency.relative_risk(k, n, k0, n0)
        interval = result.confidence_interval(0.95)
        case("ratio", {"k": k, "n": n, "k0": k0, "n0": n0},
             [result.relative_risk, interval.low, interval.high])
        # With m records at the base rate added by hand.
        added = np.concatenate([np.ones(k), np.zeros(n - k), np.full(5, k0 / n0)])
        case("shrunken", {"k": k, "n": n, "base": k0 / n0}, added.mean() / (k0 / n0))


def families():
    # G/(G-1) sum((y - p m)^2)/(sum m)^2 by the regression of statsmodels, whose intercept is the rate.
    import statsmodels.api as sm
    rng = random.Random(5)
    for size in [4, 12, 60]:
        given = []
        for _ in range(size):
            records = rng.randint(1, 30)
            rate = rng.betavariate(4, 6)
            given.append([sum(rng.random() < rate for _ in range(records)), records])
        y, groups = [], []
        for at, (happened, records) in enumerate(given):
            y += [1] * happened + [0] * (records - happened)
            groups += [at] * records
        fitted = sm.OLS(y, np.ones(len(y))).fit(
            cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False})
        p, n = float(np.mean(y)), len(y)
        v = fitted.bse[0] ** 2 * size / (size - 1)
        few = (stats.norm.ppf(0.975) / stats.t.ppf(0.975, size - 1)) ** 2
        effective = min(p * (1 - p) / v, n) * few
        case("by_family", {"families": given},
             list(proportion_confint(p * effective, effective, method="wilson")))


def survival():
    rng = random.Random(11)
    for size in [9, 60, 400]:
        records = []
        for _ in range(size):
            days, end = rng.randint(1, 90), rng.choice(["won", "lost", "lost", "open"])
            records.append([days, end])
        days = [r[0] for r in records]
        km = lifelines.KaplanMeierFitter().fit(days, [r[1] != "open" for r in records])
        table = km.confidence_interval_
        steps = []
        for t, row in km.event_table.iterrows():
            if row.observed > 0:
                share = float(km.survival_function_.loc[t].iloc[0])
                steps.append([t, share, float(table.loc[t].iloc[0]), float(table.loc[t].iloc[1])])
        # The library gives no interval where nothing is left.
        steps = [s if 0 < s[1] < 1 else [s[0], s[1], s[1], s[1]] for s in steps]
        case("kaplan_meier", {"records": records}, steps)
        code = {"open": 0, "won": 1, "lost": 2}
        events = [code[r[1]] for r in records]
        case("won_by", {"records": records}, incidence(days, events))
        records, shares = without_ties(days, events)
        case("won_by_without_ties", {"records": records}, shares)


def incidence(days, events):
    """Aalen-Johansen from its definition, with Aalen's variance summed term by term."""
    steps, s, f, past = [], 1.0, 0.0, []
    for t in sorted({d for d, e in zip(days, events) if e}):
        n = sum(d >= t for d in days)
        w = sum(d == t and e == 1 for d, e in zip(days, events))
        lost = sum(d == t and e == 2 for d, e in zip(days, events))
        f += s * w / n
        past.append((f, s, n, w, w + lost))
        s *= 1 - (w + lost) / n
        if not w:
            continue
        v = 0.0
        for fs, ss, ns, ws, ds in past:
            if ns > ds:
                v += (f - fs) ** 2 * ds / (ns * (ns - ds))
            v += ss ** 2 * ws * (ns - ws) / ns ** 3
            v -= 2 * (f - fs) * ss * ws / ns ** 2
        if 0 < f < 1:
            half = abs(stats.norm.ppf(0.975) * math.sqrt(max(v, 0)) / (f * math.log(f)))
            middle = math.log(-math.log(f))
            interval = [math.exp(-math.exp(middle + half)), math.exp(-math.exp(middle - half))]
        else:
            interval = [f, f]
        steps.append([t, f, *interval])
    return steps


def without_ties(days, events):
    """The shares as the library has them, of times that all differ: it moves equal ones at random."""
    rng = random.Random(len(days))
    order = sorted(range(len(days)), key=lambda i: (days[i], rng.random()))
    apart = {i: days[i] + rank / 1000 for rank, i in enumerate(order)}
    names = ["open", "won", "lost"]
    records = [[apart[i], names[events[i]]] for i in range(len(days))]
    fitted = lifelines.AalenJohansenFitter(calculate_variance=False)
    fitted.fit([r[0] for r in records], [names.index(r[1]) for r in records], event_of_interest=1)
    density = fitted.cumulative_density_
    won = sorted(r[0] for r in records if r[1] == "won")
    return records, [[t, float(density.loc[t].iloc[0])] for t in won]


def pipeline():
    """Of records that are open after an age, the share won until a time; when half of the wins are there."""
    rng = random.Random(23)
    days = [rng.randint(1, 120) + rng.random() for _ in range(80)]
    ends = [rng.choice(["won", "lost", "open"]) for _ in range(80)]
    records = [[d, e] for d, e in zip(days, ends)]
    code = {"open": 0, "won": 1, "lost": 2}
    won = lifelines.AalenJohansenFitter(calculate_variance=False)
    won.fit(days, [code[e] for e in ends], event_of_interest=1)
    left = lifelines.KaplanMeierFitter().fit(days, [e != "open" for e in ends])
    f = lambda t: float(won.predict(t))
    for age, until in [(0.0, 30.0), (12.0, 60.0), (45.5, 90.0), (100.0, 101.0)]:
        case("won_between", {"records": records, "age": age, "until": until},
             (f(until) - f(age)) / float(left.predict(age)))
    half = won.cumulative_density_.iloc[:, 0]
    case("half_won_days", {"records": records}, float(half[half >= half.iloc[-1] / 2].index[0]))
    values = [rng.gauss(3, 1) for _ in range(17)]
    # Of means, the jackknife is the usual standard error.
    without = [float(np.mean(values[:i] + values[i + 1:])) for i in range(len(values))]
    case("jackknife", {"without": without}, float(stats.sem(values)))


def revenue():
    case("velocity", {"opportunities": 40, "rate": 0.25, "deal": 18_000, "days": 90}, 40 * 0.25 * 18_000 / 90)
    # Of single customers, added up.
    customers = [(100.0, 20.0, 0.0, False), (50.0, 0.0, 10.0, False), (30.0, 0.0, 0.0, True)]
    kept = sum(0.0 if gone else start + more - less for start, more, less, gone in customers)
    case("net_retention", {"start": 180.0, "expansion": 20.0, "contraction": 10.0, "churn": 30.0},
         kept / sum(c[0] for c in customers))
    # Month by month until the margin has paid.
    case("cac_payback_months", {"cost": 9_000.0, "monthly": 500.0, "margin": 0.75}, 9_000 / (500 * 0.75))
    # The sum of a geometric series of months.
    churn = 0.02
    months = (1 - churn) ** np.arange(10_000)
    case("lifetime_value", {"monthly": 400.0, "margin": 0.8, "churn": churn},
         float((400.0 * 0.8 * months).sum()))


def ranking():
    rng = random.Random(3)
    for size, levels in [(40, 5), (300, 1000)]:
        scored = []
        for _ in range(size):
            score = rng.randint(0, levels)
            scored.append([score / levels, rng.random() < 0.1 + 0.5 * score / levels])
        score, y = [s[0] for s in scored], [s[1] for s in scored]
        case("auc", {"scored": scored}, metrics.roc_auc_score(y, score))
        case("average_precision", {"scored": scored}, metrics.average_precision_score(y, score))
        case("brier", {"scored": scored}, metrics.brier_score_loss(y, score))
        # Equal scores at the edge in part: the mean over many random orders, exactly.
        k, expected = size // 4, 0.0
        edge = sorted(score, reverse=True)[k - 1]
        above = [h for s, h in scored if s > edge]
        at = [h for s, h in scored if s == edge]
        expected = sum(above) + (k - len(above)) * sum(at) / len(at)
        case("top", {"scored": scored, "k": k}, [expected / k, expected / sum(y)])


def drift():
    rng = random.Random(9)
    first = [rng.gauss(0, 1) for _ in range(60)]
    second = [rng.gauss(0.4, 1) for _ in range(45)]
    d = stats.ks_2samp(first, second).statistic
    p = special.kolmogorov(math.sqrt(60 * 45 / 105) * d)
    case("kolmogorov_smirnov", {"first": first, "second": second}, [d, p])
    expected, actual = [30, 50, 20], [45, 35, 40]
    e, a = np.array(expected) / 100, np.array(actual) / 120
    case("psi", {"expected": expected, "actual": actual},
         float(stats.entropy(a, e) + stats.entropy(e, a)))


def experiments():
    rng = random.Random(21)
    for counts in [[21_387, 21_307, 21_306], [5_200, 4_800], [40, 60]]:
        shares = [1 / len(counts)] * len(counts)
        case("ratio_mismatch", {"counts": counts, "shares": shares}, check_srm(counts, shares))
        prior = np.array(shares) * 100
        ln = (special.gammaln(100) - special.gammaln(100 + sum(counts))
              + (special.gammaln(prior + counts) - special.gammaln(prior)).sum()
              - (np.array(counts) * np.log(shares)).sum())
        case("anytime_mismatch", {"counts": counts, "shares": shares}, min(1.0, math.exp(-ln)))
    for a, b, tuning in [((122, 21_306), (267, 21_307), 5000), ((9, 60), (14, 64), 200),
                         ((40, 400), (41, 390), 400)]:
        stat = [ProportionStatistic(n=n, sum=k) for k, n in (a, b)]
        for relative in [False, True]:
            config = SequentialConfig(alpha=0.05, sequential_tuning_parameter=tuning,
                                      difference_type="relative" if relative else "absolute")
            test = SequentialTwoSidedTTest(*stat, config)
            case("always_valid", {"a": a, "b": b, "relative": relative, "tuning": tuning},
                 [test.point_estimate, test.variance, *test.confidence_interval, test.p_value])
    for alpha in [0.05, 0.025]:
        # At the planned number, in standard errors.
        config = SequentialConfig(alpha=alpha, sequential_tuning_parameter=5000,
                                  difference_type="absolute")
        stat = [ProportionStatistic(n=2500, sum=k) for k in (400, 450)]
        test = SequentialTwoSidedTTest(*stat, config)
        low, high = test.confidence_interval
        case("z_of_looks", {"alpha": alpha}, (high - low) / 2 / math.sqrt(test.variance))
    for a, b in [((122, 21_306), (267, 21_307)), ((9, 60), (14, 64))]:
        risk = stats.contingency.relative_risk(b[0], b[1], a[0], a[1])
        interval = risk.confidence_interval(0.95)
        half = math.log(interval.high / interval.low) / 2 / stats.norm.ppf(0.975)
        case("log_ratio", {"a": a, "b": b}, [math.log(risk.relative_risk), half ** 2])
    arms = []
    for shift in [0.0, 0.3]:
        units = []
        for _ in range(50):
            before = rng.gauss(0, 1)
            units.append([0.7 * before + rng.gauss(shift, 1), before])
        arms.append(units)

    def adjusted(units, theta):
        y, x = zip(*units)
        mean = lambda v: SampleMeanStatistic(n=len(v), sum=sum(v), sum_squares=sum(i * i for i in v))
        return RegressionAdjustedStatistic(
            n=len(y), post_statistic=mean(y), pre_statistic=mean(x),
            post_pre_sum_of_products=sum(i * j for i, j in units), theta=theta)
    theta = compute_theta(adjusted(arms[0], 0), adjusted(arms[1], 0))
    a, b = (adjusted(units, theta) for units in arms)
    case("cuped", {"control": arms[0], "treated": arms[1]},
         [b.mean - a.mean, a.variance, b.variance])
    for p1, p2 in [(0.15, 0.20), (0.15, 0.35), (0.02, 0.04)]:
        p = (p1 + p2) / 2
        n = (stats.norm.ppf(0.975) * math.sqrt(2 * p * (1 - p)) + stats.norm.ppf(0.8)
             * math.sqrt(p1 * (1 - p1) + p2 * (1 - p2))) ** 2 / (p2 - p1) ** 2
        case("accounts_an_arm", {"before": p1, "after": p2}, n)
    units = [[rng.randint(0, m), m] for m in (rng.randint(1, 9) for _ in range(40))]
    y, x = np.array(units, dtype=float).T
    grad = np.array([1 / x.mean(), -y.mean() / x.mean() ** 2])
    case("ratio_of_sums", {"units": units},
         [y.sum() / x.sum(), float(grad @ np.cov(y, x) @ grad)])


def multiplicity():
    rng = np.random.default_rng(17)
    p = list(rng.uniform(size=20) ** 2)
    case("benjamini_hochberg", {"p": p}, list(multipletests(p, method="fdr_bh")[1]))
    # Westfall and Young's step-down max-T over 200,000 permutations of numpy's own generator; with
    # its Monte-Carlo errors.
    n, m = 40, 6
    strata = np.repeat([0, 1], [25, 15])
    y = rng.uniform(size=n) < 0.4
    x = rng.uniform(size=(m, n)) < 0.35
    x[0] |= y & (rng.uniform(size=n) < 0.6)
    permutations = 200_000
    mean, var = np.zeros(m), np.zeros(m)
    for s in (0, 1):
        at = strata == s
        c, k, h = at.sum(), x[:, at].sum(1), y[at].sum()
        dist = stats.hypergeom(c, k, h)
        mean += dist.mean()
        var += dist.var()
    # As numbers: of truth values the product would be one too.
    counts = x.astype(int)
    score = lambda out: np.abs(counts @ out.astype(int) - mean) / np.sqrt(var)
    seen = score(y)
    order = np.argsort(-seen, kind="stable")
    exceeded = np.zeros(m)
    for _ in range(permutations):
        out = y.copy()
        for s in (0, 1):
            at = np.flatnonzero(strata == s)
            out[at] = rng.permutation(y[at])
        most = np.maximum.accumulate(score(out)[order][::-1])[::-1]
        exceeded += most >= seen[order] - 1e-9
    adjusted = np.empty(m)
    adjusted[order] = np.maximum.accumulate((exceeded + 1) / (permutations + 1))
    case("max_t", {"properties": x.astype(int).tolist(), "outcome": y.astype(int).tolist(),
                   "strata": strata.tolist()}, list(adjusted))


def main():
    for part in [proportions, distributions, lifts, families, survival, pipeline, revenue, ranking, drift, experiments,
                 multiplicity]:
        part()
    plain = lambda v: v.item() if isinstance(v, np.generic) else v
    print("[\n" + ",\n".join(json.dumps(c, default=plain) for c in cases) + "\n]")


main()
