import Glibc
import Testing

@testable import Evaluation

/// The numbers are those of scipy, statsmodels and a search of the likelihood: Tests/Generators/print_quality.py.
@Suite("Intervals of measured quality")
struct IntervalTests {
    @Test(
        "Wilson's interval is statsmodels'",
        arguments: [
            (0, 1, 0.0, 0.7934506856227627), (1, 1, 0.2065493143772374, 1.0), (0, 64, 0.0, 0.05662405979280536),
            (64, 64, 0.9433759402071946, 1.0), (63, 64, 0.9166589839990573, 0.9972364580766624),
            (7, 20, 0.18119182410108203, 0.5671457233147638), (250, 256, 0.9498190043999489, 0.9892151324441424),
            (9907, 10000, 0.9886212075003762, 0.9924019364986418),
            (1, 1_000_000, 1.7652457674537176e-07, 5.664911804311445e-06),
        ])
    func wilson(successes: Int, count: Int, lower: Double, upper: Double) {
        let interval = ProportionInterval.wilson(Double(successes), of: Double(count))
        #expect(abs(interval.lowerBound - lower) < 1e-12)
        #expect(abs(interval.upperBound - upper) < 1e-12)
        #expect(interval.contains(Double(successes) / Double(count)))
    }

    @Test(
        "Tango's interval is where the likelihood itself puts it; 1 and 7 of 21 is Fagerland's example",
        arguments: [
            (1, 7, 21, -0.517232279016, -0.026003033708), (0, 0, 64, -0.056624059793, 0.056624059793),
            (0, 5, 64, -0.170195373542, -0.017077185581), (3, 0, 64, -0.012403312577, 0.128996537401),
            (12, 2, 50, 0.061112404903, 0.344708747713), (2, 12, 50, -0.344708748109, -0.061112407256),
            (40, 71, 10000, -0.005247030646, -0.001053426279), (0, 1, 1, -1.0, 0.586901371246),
            (1, 1, 2, -0.810937588532, 0.810937588532), (0, 250, 250, -1.0, -0.969733401009),
            (500, 500, 1000, -0.061860799264, 0.061860799264), (9, 3, 30, -0.028759144879, 0.411729348350),
        ])
    func tango(gained: Int, lost: Int, count: Int, lower: Double, upper: Double) {
        let interval = ProportionInterval.tango(gained: gained, lost: lost, of: count)
        #expect(abs(interval.lowerBound - lower) < 1e-7)
        #expect(abs(interval.upperBound - upper) < 1e-7)
        let mirrored = ProportionInterval.tango(gained: lost, lost: gained, of: count)
        #expect(abs(mirrored.lowerBound + interval.upperBound) < 1e-12)
    }

    @Test(
        "Tango's interval of 40 samples holds the true difference about 95 times of 100",
        arguments: [(0.02, 0.02), (0.05, 0.1), (0.2, 0.05), (0.01, 0.1)])
    func coverage(gaining: Double, losing: Double) {
        let count = 40
        let logFactorials = (1...count).reduce(into: [0.0]) { $0.append($0[$0.count - 1] + log(Double($1))) }
        var covered = 0.0
        var total = 0.0
        for gained in 0...count {
            for lost in 0...count - gained {
                let rest = count - gained - lost
                var logarithm = logFactorials[count]
                for (times, chance) in [(gained, gaining), (lost, losing), (rest, 1 - gaining - losing)] {
                    logarithm += Double(times) * log(chance) - logFactorials[times]
                }
                let probability = exp(logarithm)
                total += probability
                guard probability > 1e-9 else { continue }
                if ProportionInterval.tango(gained: gained, lost: lost, of: count).contains(gaining - losing) {
                    covered += probability
                }
            }
        }
        #expect(abs(total - 1) < 1e-9)
        #expect((0.93...0.995).contains(covered), "\(covered)")
    }

    @Test(
        "Student's quantiles are scipy's within 2·10⁻⁴",
        arguments: [
            (7, 2.364624251593), (8, 2.306004135204), (10, 2.228138851986), (15, 2.131449545560), (30, 2.042272456301),
            (63, 1.998340542521), (1000, 1.962339080826),
        ])
    func student(degrees: Int, quantile: Double) {
        #expect(abs(StudentQuantile.twoSided(degrees: degrees) - quantile) < 2e-4)
    }

    @Test("The interval of a mean is scipy's, however its tallies were merged")
    func mean() throws {
        let values = (0..<100).map { sin(Double($0)) }
        var parts = [MeanTally(), MeanTally(), MeanTally()]
        for (index, value) in values.enumerated() { parts[index % 7 % 3].add(value) }
        var merged = MeanTally()
        for part in parts.reversed() { merged.merge(part) }
        let interval = try #require(merged.interval)
        #expect(merged.count == 100)
        #expect(abs(interval.lowerBound - -0.1372350790102788) < 1e-5)
        #expect(abs(interval.upperBound - 0.14481897155926557) < 1e-5)
    }

    @Test("Too few values have no interval")
    func few() {
        var tally = MeanTally()
        for value in 0..<7 { tally.add(Double(value)) }
        #expect(tally.interval == nil)
        tally.add(3)
        #expect(tally.interval != nil)
    }
}
