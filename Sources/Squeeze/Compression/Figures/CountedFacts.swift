/// What was counted in the weights, for the newest plans.
struct CountedFacts {
    /// What the values of shared weights depend on.
    struct SharingKey: Hashable {
        var cutoff: Cutoff
        var share: SharePlan
    }

    struct StreamKey: Hashable {
        var sharing: SharingKey
        var coder: EntropyCoder
    }

    /// By magnitude bin.
    var refinements = NewestFacts<Int, BoundaryRefinement>(limit: 4)
    var gaps = NewestFacts<Cutoff, GapProfile>(limit: 64)
    /// Thorough clusterings of plans whose quick one did not come to rest.
    var clusterings = NewestFacts<SharingKey, Clustering>(limit: 16)
    /// By the cutoff of the pruning alone.
    var trellises = NewestFacts<SharingKey, TrellisSummary>(limit: 16)
    /// Bytes of arithmetic streams.
    var streams = NewestFacts<StreamKey, Int>(limit: 64)
    /// The newest stream of each coder, as a fraction of the zero-order entropy.
    var streamRatios: [EntropyCoder: Double] = [:]
}

/// The facts that were inserted last.
struct NewestFacts<Key: Hashable & Sendable, Fact: Sendable>: Sendable {
    private var facts: [Key: Fact] = [:]
    private var order: [Key] = []
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    subscript(key: Key) -> Fact? { facts[key] }

    var all: [Key: Fact] { facts }

    mutating func insert(_ fact: Fact, for key: Key) {
        if facts.updateValue(fact, forKey: key) == nil { order.append(key) }
        if order.count > limit { facts[order.removeFirst()] = nil }
    }
}
