import Compression
import Evaluation
import Workbench

/// The layers whose weights a configuration changes, with what their values follow from: how they are coded left out.
public typealias ChangedPlans = [Int: LayerPlan]

/// What is known of the quality of an open model's configurations, and what is being found out.
public struct Quality: Sendable {
    /// What a layer's plan does to the network's quality by itself, all other layers as they were.
    public struct LayerEffect: Sendable, Hashable {
        public var figure: QualityFigure
        public var samples: Int
    }

    struct EffectKey: Hashable {
        var layer: Int
        var plan: LayerPlan
    }

    /// A report with the configuration that it is of.
    public struct Measured: Sendable {
        public var report: QualityReport
        public var plans: ChangedPlans
    }

    /// What is measured on; nil where nothing is.
    public internal(set) var data: DataChoice?
    /// What the data is called, once it is open.
    public internal(set) var dataName: String?
    /// Data that is being opened.
    public internal(set) var opening: DataChoice?
    /// Why nothing is measured, in one line.
    public internal(set) var reason: String?
    /// Whether measurements can be asked for.
    var isReady: Bool { dataName != nil }

    /// The newest report, of whatever configuration.
    public internal(set) var newest: Measured?
    /// The configuration that was last asked for.
    var asked: ChangedPlans?
    /// Complete reports, the newest last, so that undo and the pin need no second measurement.
    private var known: [Measured] = []
    private var effects: [EffectKey: LayerEffect] = [:]
    /// Layers whose own effects were asked for since the last configuration.
    private var askedEffects: Set<EffectKey> = []

    /// The recovered network whose layers' effects were asked for since the last configuration.
    var askedRecovered: RecoveredNetwork?

    /// The layer on screen and the configuration that was last prepared for.
    private var prepared: (focus: Int, plans: ChangedPlans)?

    /// The configuration that was last timed.
    private var timed: ChangedPlans?

    private static let knownLimit = 32

    /// Begins before anything was measured.
    init(data: DataChoice?) {
        self.data = data
        opening = data
    }

    /// The report of a configuration, however many samples it has seen; nil where there is none.
    public func report(of plans: ChangedPlans) -> QualityReport? {
        if let newest, newest.plans == plans { return newest.report }
        return known.last { $0.plans == plans }?.report
    }

    /// Whether the report of a configuration is still growing or to come.
    public func isMeasuring(_ plans: ChangedPlans) -> Bool {
        guard isReady, opening == nil else { return opening != nil }
        return report(of: plans)?.isComplete != true
    }

    /// The effect of a layer's plan by itself; nil where it was not measured.
    public func effect(of layer: Int, under plan: LayerPlan) -> LayerEffect? {
        effects[EffectKey(layer: layer, plan: plan.values)]
    }

    /// Takes a report; one of another configuration than is in force only until there is a better one.
    mutating func take(_ report: QualityReport, of plans: ChangedPlans, inForce: ChangedPlans) {
        let measured = Measured(report: report, plans: plans)
        if plans == inForce || newest?.plans != inForce { newest = measured }
        if plans.count == 1, let (layer, plan) = plans.first { take(report, of: layer, under: plan) }
        guard report.isComplete else { return }
        known.removeAll { $0.plans == plans }
        known.append(measured)
        if known.count > Self.knownLimit { known.removeFirst() }
    }

    /// Takes what a layer's plan does by itself.
    mutating func take(_ report: QualityReport, of layer: Int, under plan: LayerPlan) {
        let key = EffectKey(layer: layer, plan: plan.values)
        if let effect = effects[key], effect.samples > report.samples { return }
        effects[key] = LayerEffect(figure: report.headline, samples: report.samples)
    }

    /// What a configuration needs before its figures are there.
    enum Need {
        case nothing, measuring
        /// Nothing, as it was measured before; what still runs is of another one.
        case stopping
    }

    /// Notes that a configuration is in force; what was asked for before is dropped.
    mutating func ask(for plans: ChangedPlans) -> Need {
        guard asked != plans else { return .nothing }
        asked = plans
        askedEffects = []
        askedRecovered = nil
        guard let measured = known.last(where: { $0.plans == plans }) else { return .measuring }
        newest = measured
        return .stopping
    }

    /// Notes that a layer came on screen; whether it must be prepared for under this configuration, which is measured.
    mutating func askToPrepare(_ focus: Int, under plans: ChangedPlans) -> Bool {
        guard report(of: plans)?.isComplete == true else { return false }
        if let prepared, prepared.focus == focus, prepared.plans == plans { return false }
        prepared = (focus, plans)
        return true
    }

    /// Notes that a configuration of other shapes, which is measured, is to be timed; false where that was asked for before.
    mutating func askToTime(_ plans: ChangedPlans) -> Bool {
        guard report(of: plans)?.isComplete == true, timed != plans else { return false }
        timed = plans
        return true
    }

    /// Notes that the layers' own effects are asked for; answers with those that are missing.
    ///
    /// `samples` is how many an effect is measured on.
    mutating func askForEffects(of plans: ChangedPlans, samples: Int) -> [Int] {
        guard plans.count > 1, let report = report(of: plans), report.isComplete else { return [] }
        let enough = min(samples, report.samples)
        let missing = plans.filter { layer, plan in
            let key = EffectKey(layer: layer, plan: plan)
            return !askedEffects.contains(key) && (effects[key]?.samples ?? 0) < enough
        }
        for (layer, plan) in missing { askedEffects.insert(EffectKey(layer: layer, plan: plan)) }
        return missing.keys.sorted()
    }

    /// Takes other data as open; what was measured on the data before counts no more.
    mutating func opened(_ name: String) {
        data = opening ?? data
        self = Quality(data: data)
        opening = nil
        dataName = name
    }

    /// Notes that data cannot be opened or the network not be run on it; what was open before stays.
    mutating func failed(_ reason: String) {
        opening = nil
        asked = nil
        if !isReady { self.reason = reason }
    }

    /// Notes that nothing can be measured any more; what was measured counts no more.
    mutating func broke(_ reason: String) {
        self = Quality(data: nil)
        self.reason = reason
    }
}
