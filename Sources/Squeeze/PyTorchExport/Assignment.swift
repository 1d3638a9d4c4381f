import Compression

/// What a plan does to the single weights of a tensor: which are zero, and which share a value.
struct Assignment {
    /// The values that weights share, rising; nil where each has its own.
    var codebook: [Float]?
    /// Of each weight: where weights share values, 0 for zero and otherwise its place in the codebook, counted from 1;
    /// where they do not, whether it stays. Empty where all weights stay as they are.
    var codes: [UInt16]

    /// Finds out what a plan has done from the values it left.
    init(_ values: [Float], under plan: LayerPlan) {
        let isPruned = plan.prune != nil
        guard plan.share != nil else {
            codes = isPruned ? values.map { $0 == 0 ? 0 : 1 } : []
            return
        }
        // Without pruning, zero is a value like others.
        func isDropped(_ value: Float) -> Bool { isPruned && value == 0 }
        let patterns = Set(values.lazy.filter { !isDropped($0) }.map(\.bitPattern))
        let codebook = patterns.map { Float(bitPattern: $0) }.sorted { ($0, $0.bitPattern) < ($1, $1.bitPattern) }
        var places: [UInt32: UInt16] = [:]
        for (index, value) in codebook.enumerated() { places[value.bitPattern] = UInt16(index + 1) }
        codes = values.map { isDropped($0) ? 0 : places[$0.bitPattern] ?? 0 }
        self.codebook = codebook
    }

    /// Codes of the type that they are stored in.
    var bytes: [UInt8] {
        if isWide { return codes.withUnsafeBytes { Array($0) } }
        return codes.map { UInt8(truncatingIfNeeded: $0) }
    }

    var isWide: Bool { (codebook?.count ?? 1) > 255 }
}

/// Puts elements of a tensor that channels were dropped from back into their places; what was dropped is zero.
struct Expansion {
    /// Extents before and after, and by axis the indices that stay.
    private let extents: [Int]
    private let kept: [[Int]]

    init(extents: [Int], kept: [[Int]?]) {
        self.extents = extents
        self.kept = zip(extents, kept).map { $1 ?? Array(0..<$0) }
    }

    func callAsFunction<Element: ExpressibleByIntegerLiteral>(_ elements: [Element]) -> [Element] {
        precondition(elements.count == kept.reduce(1) { $0 * $1.count }, "\(elements.count) elements for \(kept.map(\.count))")
        var result = [Element](repeating: 0, count: extents.reduce(1, *))
        var index = [Int](repeating: 0, count: extents.count)
        for element in elements {
            var place = 0
            for axis in extents.indices { place = place * extents[axis] + kept[axis][index[axis]] }
            result[place] = element
            var axis = extents.count - 1
            while axis >= 0 {
                index[axis] += 1
                if index[axis] < kept[axis].count { break }
                index[axis] = 0
                axis -= 1
            }
        }
        return result
    }
}
