import Glibc

/// Times of repeated runs, in seconds.
struct Times {
    private(set) var sorted: [Double] = []

    init(_ seconds: [Double] = []) { sorted = seconds.sorted() }

    /// Runs `body` some times to warm up caches and pages, then `runs` times against the clock.
    init(runs: Int, warmUps: Int = 1, clock: Clock = .wall, _ body: (_ run: Int) throws -> Void) rethrows {
        for run in 0..<warmUps { try body(run) }
        var seconds: [Double] = []
        for run in warmUps..<warmUps + runs {
            switch clock {
            case .wall: seconds.append(try Times.seconds { try body(run) })
            case .processor:
                let before = Times.processorSeconds
                try body(run)
                seconds.append(Times.processorSeconds - before)
            }
        }
        sorted = seconds.sorted()
    }

    var median: Double { quantile(0.5) }

    /// The smallest time that at least `fraction` of the runs kept to; NaN without runs.
    func quantile(_ fraction: Double) -> Double {
        guard !sorted.isEmpty else { return .nan }
        let rank = Int((fraction * Double(sorted.count)).rounded(.up))
        return sorted[min(max(rank - 1, 0), sorted.count - 1)]
    }

    /// What is counted: time that passes, or time of this process on all cores together.
    enum Clock {
        case wall, processor
    }

    private static var processorSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    static func seconds(_ body: () throws -> Void) rethrows -> Double {
        let start = ContinuousClock.now
        try body()
        return start.secondsUntilNow
    }
}

extension ContinuousClock.Instant {
    var secondsUntilNow: Double { (ContinuousClock.now - self) / .seconds(1) }
}
