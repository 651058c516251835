"""Writes scipy_numbers.json beside this file: intervals and p-values of fixed samples by SciPy, for significance.test.ts, binomial.test.ts and bootstrap.test.ts.
Debian packages: python3-scipy python3-numpy."""
import json, os, warnings
import numpy as np, scipy
import scipy.stats as st

warnings.simplefilter('ignore')  # of small samples under the normal approximation, which is asked for here
rng = np.random.default_rng(7)
draw = lambda n, mean, digits: [round(float(v), digits) for v in rng.normal(mean, 0.3, n)]

pairs = {
    'exact': (draw(40, 0.2, 6), draw(40, 0, 6)),
    'exact, few': (draw(6, 0.2, 6), draw(6, 0, 6)),
    'normal': (draw(155, 0.05, 6), draw(155, 0, 6)),
    'strong': (draw(85, 0.4, 6), draw(85, 0, 6)),
    'zeros and ties': ([3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8], [2, 1, 3, 2, 3, 5, 2, 8, 5, 1, 4, 2]),
    'ties': ([1, 2, 2, 3, -1, 4], [0] * 6),
    'shares': ([int(v) for v in rng.random(60) < 0.4], [int(v) for v in rng.random(60) < 0.2]),
}
more = np.random.default_rng(8)  # another sequence, so that what was drawn above and below stays
normal = lambda n, mean, digits=4: [round(float(v), digits) for v in more.normal(mean, 0.3, n)]
pairs |= {
    'two pairs': ([3, 5], [1, 4.5]),
    'three pairs': ([0.3, 0.25, -0.1], [0.1, 0.2, 0.3]),
    'one pair that differs': ([2, 1, 1], [1, 1, 1]),
    'fifty': (normal(50, 0.1), [0] * 50),
    'fifty-one': (normal(51, 0.1), [0] * 51),
    'all of thirty positive': ([k + 1 for k in range(30)], [0] * 30),
    'nothing': ([k - 20.5 for k in range(42)], [0] * 42),
    'hardly anything': ([1, -2, 3, -4, 5.001, -3.0005], [0] * 6),
    'by far': (normal(200, 1.5), [0] * 200),
    'thousands': (normal(3000, 0.02, 2), [0] * 3000),
    'the units of float32': ([1e-30, 3e-30, -2e-31, 5e-30], [0] * 4),
}
tests = []
for name, (x, y) in pairs.items():
    d = np.subtract(x, y)
    exact = len(d) <= 50 and (d != 0).all() and len(set(abs(d))) == len(d)
    t, w = st.ttest_rel(x, y), st.wilcoxon(x, y, mode='exact' if exact else 'approx', correction=False)
    kept = d[d != 0]
    tests.append(dict(name=name, x=x, y=y, exact=bool(exact), t=[t.statistic, t.pvalue], wilcoxon=[float(st.rankdata(abs(kept))[kept > 0].sum()), w.pvalue]))

columns = {'changes': draw(155, 0.1, 6), 'few': draw(12, 0, 6), 'shares': [int(v) for v in rng.random(85) < 0.15], 'the same': [0.25] * 20}
intervals = []
for name, values in columns.items():
    # Two seeds show how far scipy's own intervals scatter.
    ci = [list(st.bootstrap((np.array(values, float),), np.mean, method='percentile', n_resamples=100_000, batch=5_000, random_state=s).confidence_interval) for s in (1, 2)] if len(set(values)) > 1 else [[0.25, 0.25]] * 2
    intervals.append(dict(name=name, values=values, mean=float(np.mean(values)), intervals=ci))

# Counts out of n: Clopper and Pearson's interval, and McNemar's exact test of k fixed against n - k broken.
counts = []
for k, n in [(0, 1), (1, 1), (0, 48), (48, 48), (1, 10), (3, 12), (6, 12), (7, 13), (53, 127), (85, 1000), (915, 1000), (2, 40000), (38123, 50000), (49999, 50000), (300, 2000), (25100, 50000)]:
    ci = st.binomtest(k, n).proportion_ci(0.95, 'exact')
    counts.append(dict(k=k, n=n, low=ci.low, high=ci.high, mcnemar=min(1.0, 2 * float(st.binom.cdf(min(k, n - k), n, 0.5))) if 2 * k != n else 1.0,
                       cdf=[float(st.binom.cdf(k, n, p)) for p in (0.01, 0.3, 0.7)]))

# Clopper-Pearson where nothing happened, or all of it: [k, n, low, high].
exact = [[k, n, *map(float, st.binomtest(k, n).proportion_ci(0.95, method='exact'))] for n in (1, 2, 5, 12, 48, 85, 155, 1000) for k in (0, n)]

with open(os.path.join(os.path.dirname(__file__), 'scipy_numbers.json'), 'w') as f:
    json.dump(dict(scipy=scipy.__version__, tests=tests, intervals=intervals, counts=counts, exact=exact), f)
