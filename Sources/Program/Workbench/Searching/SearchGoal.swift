import Basics
import Search

/// What a search is to keep to.
public enum SearchGoal: Sendable, Hashable {
    case budget(SearchBudget)
    case time(TimeLimit)
}

/// What a sample may take to run, on this machine.
public enum TimeLimit: Sendable, Hashable {
    case seconds(Double)
    /// Of what it takes in the original network, 0…1.
    case share(Double)

    /// Reads a change or a time as a person writes it: `-40%`, `12ms`, `1.5s`, `800us`; nil where it is neither.
    public init?(_ text: String) {
        let words = text.lowercased().replacing("−", with: "-").filter { $0 != " " }
        for (unit, seconds) in [("ms", 1e-3), ("us", 1e-6), ("µs", 1e-6), ("s", 1)] where words.hasSuffix(unit) {
            guard let number = Double(words.dropLast(unit.count)), number.isFinite, number > 0 else { return nil }
            self = .seconds(number * seconds)
            return
        }
        guard words.hasSuffix("%"), let percent = Double(words.dropLast()), percent > -100, percent < 0 else { return nil }
        self = .share(1 + percent / 100)
    }

    /// As a person reads it: `40.0 % less time`, `12.0 ms`.
    public var text: String {
        switch self {
        case .seconds(let seconds): NumberText.milliseconds(seconds)
        case .share(let share): "\(NumberText.percent(1 - share, digits: 1)) less time"
        }
    }

    /// Seconds for a sample of a network that took so long.
    func seconds(of original: Double) -> Double {
        switch self {
        case .seconds(let seconds): seconds
        case .share(let share): share * original
        }
    }
}

/// Why a time cannot be met.
public struct TimeOutOfReach: Error, Sendable {
    /// What a sample took in the original network, and in the fastest that was made.
    public let original: Double
    public let fastest: Double
}
