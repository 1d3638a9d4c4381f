import Glibc

/// The learning rate by step.
public struct RateSchedule: Sendable, Hashable {
    public enum Course: Sendable, Hashable {
        case constant
        /// Times `factor` after every `interval` steps.
        case steps(interval: Int, factor: Double)
        /// Times `factor` at each of these steps.
        case milestones([Int], factor: Double)
        /// Along half a cosine to `floor` at `length` steps, and there it stays (Loshchilov and Hutter 2017).
        case cosine(length: Int, floor: Double)
        /// Caffe's `inv`: times (1 + gamma · step)^−power.
        case inverse(gamma: Double, power: Double)
    }

    public var base: Double
    public var course: Course
    /// Steps in which the rate grows in a straight line; the course begins behind them.
    public var warmUp: Int

    public init(_ base: Double, _ course: Course = .constant, warmUp: Int = 0) {
        self.base = base
        self.course = course
        self.warmUp = warmUp
    }

    /// The rate of a step, counted from 0.
    public func rate(at step: Int) -> Double {
        if step < warmUp { return base * Double(step + 1) / Double(warmUp) }
        let step = step - warmUp
        switch course {
        case .constant: return base
        case .steps(let interval, let factor): return base * pow(factor, Double(step / max(1, interval)))
        case .milestones(let places, let factor): return base * pow(factor, Double(places.count { $0 <= step + warmUp }))
        case .cosine(let length, let floor):
            let part = min(1, Double(step) / Double(max(1, length)))
            return floor + (base - floor) * (1 + cos(.pi * part)) / 2
        case .inverse(let gamma, let power): return base * pow(1 + gamma * Double(step), -power)
        }
    }
}
