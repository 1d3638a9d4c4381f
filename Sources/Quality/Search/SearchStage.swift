/// A stage of the pipeline that a search may use, in their order.
public enum SearchStage: String, Sendable, Hashable, CaseIterable, Comparable {
    case filters, ranks, prune, share

    public static func < (left: SearchStage, right: SearchStage) -> Bool { left.place < right.place }

    private var place: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// What a network may come to.
public enum SearchBudget: Sendable, Hashable, Codable {
    /// Bytes of the compressed file, everything in it counted.
    case bytes(Int)
    /// Multiply-accumulates for one input.
    case macs(Int)
    /// What the answers may lose: see `QualityReport.lostShare`.
    case loss(Double)

    /// What layers pay with.
    public var price: SearchPrice {
        if case .macs = self { .macs } else { .bytes }
    }
}

/// What is saved by compressing a layer.
public enum SearchPrice: Sendable, Hashable {
    case bytes, macs
}
