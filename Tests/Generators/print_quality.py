"""Prints the numbers that Tests/Quality/EvaluationTests/Quality holds its intervals and metrics against, as Swift literals.

Wilson's interval and Student's quantiles are the packages'. Tango's interval
is found from the likelihood itself: the restricted maximum by a bounded search, the limits by root finding, without the
closed form that Pare uses.
"""

import numpy
from scipy import optimize, stats
from statsmodels.stats.proportion import proportion_confint

Z = stats.norm.ppf(0.975)


def restricted_lost(gained, lost, count, delta):
    """The likeliest probability of `lost`, given that of `gained` is higher by delta."""
    rest = count - gained - lost

    def cost(q):
        total = 0.0
        for times, probability in [(gained, q + delta), (lost, q), (rest, 1 - 2 * q - delta)]:
            if times:
                total -= times * numpy.log(max(probability, 1e-300))
        return total

    low, high = max(0.0, -delta), (1 - delta) / 2
    grid = numpy.linspace(low, high, 2001)
    best = min(range(2001), key=lambda i: cost(grid[i]))
    found = optimize.minimize_scalar(
        cost, bounds=(grid[max(best - 1, 0)], grid[min(best + 1, 2000)]), method="bounded", options={"xatol": 1e-14})
    return min([found.x, low, high], key=cost)


def tango(gained, lost, count):
    def score(delta):
        q = restricted_lost(gained, lost, count, delta)
        variance = count * (2 * q + delta * (1 - delta))
        return (gained - lost - count * delta) / numpy.sqrt(max(variance, 1e-300))

    estimate = (gained - lost) / count
    edge = 1e-9
    lower = -1.0 if estimate - edge <= -1 else optimize.brentq(lambda d: score(d) - Z, -1 + edge, estimate - edge, xtol=1e-13)
    upper = 1.0 if estimate + edge >= 1 else optimize.brentq(lambda d: score(d) + Z, estimate + edge, 1 - edge, xtol=1e-13)
    return lower, upper


print("// Wilson: successes, count, lower, upper")
for successes, count in [(0, 1), (1, 1), (0, 64), (64, 64), (63, 64), (7, 20), (250, 256), (9907, 10000), (1, 1000000)]:
    low, high = proportion_confint(successes, count, 0.05, "wilson")
    print(f"({successes}, {count}, {float(low)!r}, {float(high)!r}),")

print("// Tango: gained, lost, count, lower, upper")
for case in [(1, 7, 21), (0, 0, 64), (0, 5, 64), (3, 0, 64), (12, 2, 50), (2, 12, 50), (40, 71, 10000), (0, 1, 1), (1, 1, 2),
             (0, 250, 250), (500, 500, 1000), (9, 3, 30)]:
    low, high = tango(*case)
    print(f"({case[0]}, {case[1]}, {case[2]}, {float(low):.12f}, {float(high):.12f}),")

print("// Student: degrees, quantile")
for degrees in [7, 8, 10, 15, 30, 63, 1000]:
    print(f"({degrees}, {stats.t.ppf(0.975, degrees):.12f}),")

print("// Mean interval of sin(0)...sin(99)")
values = numpy.sin(numpy.arange(100))
print(*map(float, stats.t.interval(0.95, 99, loc=values.mean(), scale=values.std(ddof=1) / 10)))

print("// Outcomes of a small classifier: rows of cos(i * 1.7 + c * c) * 3, six classes, label i % 6")
rows = numpy.array([[numpy.cos(i * 1.7 + c * c) * 3 for c in range(6)] for i in range(12)], dtype=numpy.float32)
labels = numpy.arange(12) % 6
logs = rows.astype(float) - numpy.log(numpy.exp(rows.astype(float)).sum(1, keepdims=True))
order = numpy.argsort(-rows, axis=1, kind="stable")
print("predictions", rows.argmax(1).tolist())
print("ranks", [int(numpy.where(order[i] == labels[i])[0][0]) for i in range(12)])
print("losses", [round(float(-logs[i, labels[i]]), 6) for i in range(12)])

print("// Blocks: 1,000 losses 1 + sin(i / 7) / 2 in ten blocks, the last two of 100 and 50 positions merged")
losses = 1 + numpy.sin(numpy.arange(1050) / 7) / 2
blocks = [losses[i * 100:(i + 1) * 100] for i in range(9)] + [losses[900:]]
sums, lengths = numpy.array([b.sum() for b in blocks]), numpy.array([len(b) for b in blocks])
mean = sums.sum() / lengths.sum()
error = numpy.sqrt(((sums - mean * lengths) ** 2).sum() * 10 / 9) / lengths.sum()
reach = stats.t.ppf(0.975, 9) * error
print(float(mean / numpy.log(2)), (mean - reach) / numpy.log(2), (mean + reach) / numpy.log(2))
