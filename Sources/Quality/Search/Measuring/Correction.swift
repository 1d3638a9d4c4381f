/// How many times larger measured losses are than predicted ones.
struct Correction {
    /// Of all layers together, where nothing else is known.
    var overall = 1.0
    /// By the stages that an option uses.
    private var stages: [Set<SearchStage>: Double] = [:]
    /// By unit, over that of its stages.
    private var units: [Double]

    /// Factors that a layer's loss may be off by, beyond what is measured.
    private static let largest = 8.0

    init(units: Int) { self.units = Array(repeating: 1, count: units) }

    func factor(_ unit: Int, _ option: LayerOption) -> Double { units[unit] * (stages[option.stages] ?? overall) }

    /// Takes what options of some stages cost in all, over what was predicted.
    mutating func set(_ factor: Double, for set: Set<SearchStage>) {
        guard factor.isFinite, factor > 0 else { return }
        stages[set] = factor
    }

    /// Takes what a unit's option was measured to cost beside what is expected of it by now: the measurement counts by how sure it is, against
    /// an expectation that is believed within a factor of about two.
    mutating func learn(_ measured: PairedDistances, of unit: Int, expected: Double) {
        guard expected > 0, measured.mean.isFinite, measured.error.isFinite else { return }
        let (prior, noise) = (0.7 * expected, max(measured.error, 1e-3 * expected))
        let (priorWeight, weight) = (1 / (prior * prior), 1 / (noise * noise))
        let believed = (expected * priorWeight + measured.mean * weight) / (priorWeight + weight)
        units[unit] *= min(max(believed / expected, 1 / Self.largest), Self.largest)
        units[unit] = min(max(units[unit], 1 / Self.largest), Self.largest)
    }
}
