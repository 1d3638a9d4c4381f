import Basics
import Evaluation
import Importance
import Search

/// How far the configuration in force is from what a person wants to reach.
struct TargetDistance {
    /// Whether it is reached.
    let isMet: Bool
    /// What is left to it, in words: `12.3 KB to go`.
    let words: String
    /// Whether that rests on what is expected rather than measured.
    let isForetold: Bool

    init?(_ target: SearchBudget, of workspace: Workspace) {
        switch target {
        case .bytes(let limit):
            let left = workspace.totalsInForce.compressedByteCount - limit
            self.init(left <= 0, left <= 0 ? "\(NumberText.bytes(-left)) to spare" : "\(NumberText.bytes(left)) to go")
        case .macs(let limit):
            guard let macs = workspace.shapes.model.macs.count else { return nil }
            let left = macs - limit
            self.init(left <= 0, left <= 0 ? "\(NumberText.count(-left)) to spare" : "\(NumberText.count(left)) to go")
        case .loss(let most):
            if let report = workspace.reportInForce {
                self.init(report.lostShare, most)
                return
            }
            // Nothing can be told of losses that are no share of the original's figure.
            guard let forecast = workspace.forecast, let table = workspace.forecasts.forecaster?.table, let lost = forecast.lostShare(of: table)
            else { return nil }
            self.init(lost, most, isForetold: true)
        }
    }

    private init(_ isMet: Bool, _ words: String) { (self.isMet, self.words, isForetold) = (isMet, words, false) }

    private init(_ lost: Double, _ most: Double, isForetold: Bool = false) {
        let left = lost - most
        isMet = left <= 0
        words = "\(NumberText.fixed(abs(left) * 100, 1)) \(left <= 0 ? "to spare" : "too much")"
        self.isForetold = isForetold
    }
}

extension Forecast {
    /// What is expected to be lost as `QualityReport.lostShare` counts it.
    func lostShare(of table: MarginTable) -> Double? {
        if metric.isProportion { return table.original - value }
        if metric == .bitsPerCharacter, table.original > 0 { return value / table.original - 1 }
        return nil
    }
}

extension QualityReport {
    /// How many samples more than were measured would tell whether so much is lost: as many as make half the interval of the difference as narrow
    /// as that. Nil where the interval is narrow enough, or there is none.
    func samplesLacking(for share: Double) -> Int? {
        guard share > 0, let interval = headline.differenceInterval ?? (headline.metric.isProportion ? headline.interval : nil) else { return nil }
        var half = (interval.upperBound - interval.lowerBound) / 2
        if headline.metric == .bitsPerCharacter, let original = headline.original, original > 0 { half /= original }
        guard headline.metric.isProportion || headline.metric == .bitsPerCharacter, half > share else { return nil }
        let needed = Double(samples) * (half / share) * (half / share)
        return needed < 1e12 ? Int(needed.rounded(.up)) - samples : nil
    }
}
