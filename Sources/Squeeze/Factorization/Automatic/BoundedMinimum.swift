import Glibc

/// A local minimum of `function` within `bounds`, by Brent's method: parabolas through the last points where they can be
/// trusted, golden sections where not (Algorithms for Minimization without Derivatives, 1973, chapter 5).
///
/// `tolerance` is relative to the upper bound. The steps are those of SciPy's `minimize_scalar(method="bounded")`.
func boundedMinimum(
    in bounds: ClosedRange<Double>, tolerance: Double, _ function: (Double) -> Double
) -> (argument: Double, value: Double) {
    let machine = 1.4832396974191326e-8  // √(2.2e-16)
    let golden = (3 - 5.0.squareRoot()) / 2
    let tolerance = max(tolerance * bounds.upperBound, .leastNormalMagnitude)
    var (lower, upper) = (bounds.lowerBound, bounds.upperBound)
    var best = lower + golden * (upper - lower)
    var (second, third) = (best, best)
    var bestValue = function(best)
    var (secondValue, thirdValue) = (bestValue, bestValue)
    var (step, stepBefore) = (0.0, 0.0)
    for _ in 0..<500 {
        let middle = (lower + upper) / 2
        let least = machine * abs(best) + tolerance / 3
        if abs(best - middle) <= 2 * least - (upper - lower) / 2 { break }
        var isGolden = true
        if abs(stepBefore) > least {
            var r = (best - second) * (bestValue - thirdValue)
            var q = (best - third) * (bestValue - secondValue)
            var p = (best - third) * q - (best - second) * r
            q = 2 * (q - r)
            if q > 0 { p = -p }
            q = abs(q)
            r = stepBefore
            stepBefore = step
            if abs(p) < abs(0.5 * q * r), p > q * (lower - best), p < q * (upper - best) {
                step = p / q
                let next = best + step
                if next - lower < 2 * least || upper - next < 2 * least { step = middle < best ? -least : least }
                isGolden = false
            }
        }
        if isGolden {
            stepBefore = (best >= middle ? lower : upper) - best
            step = golden * stepBefore
        }
        let next = best + (step < 0 ? -1 : 1) * max(abs(step), least)
        let value = function(next)
        if value <= bestValue {
            if next >= best { lower = best } else { upper = best }
            (third, thirdValue) = (second, secondValue)
            (second, secondValue) = (best, bestValue)
            (best, bestValue) = (next, value)
        } else {
            if next < best { lower = next } else { upper = next }
            if value <= secondValue || second == best {
                (third, thirdValue) = (second, secondValue)
                (second, secondValue) = (next, value)
            } else if value <= thirdValue || third == best || third == second {
                (third, thirdValue) = (next, value)
            }
        }
    }
    return (best, bestValue)
}
