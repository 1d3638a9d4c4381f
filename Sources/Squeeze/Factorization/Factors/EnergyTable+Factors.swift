extension EnergyTable {
    /// The factors at given ranks (1…`fullRanks`), cut out of the decomposition; a side at full rank stays whole.
    ///
    /// - Complexity: a copy of the factors; where just one side is whole, one matrix product turns the core back.
    public func factors(_ ranks: Ranks) -> FactorMatrices {
        let full = fullRanks
        precondition(
            (1...full.out).contains(ranks.out) && (1...full.in).contains(ranks.in),
            "ranks \(ranks.out)·\(ranks.in) are not within 1·1…\(full.out)·\(full.in)")
        if layout.isMatrix {
            let rank = min(ranks.out, ranks.in)
            return FactorMatrices(
                ranks: Ranks(rank), input: leadingRows(rotated.in, rank, of: full.in, length: layout.in), core: nil,
                output: transposed(leadingRows(rotated.out, rank, of: full.out, length: layout.out), rank, layout.out))
        }
        let isOutWhole = ranks.out == layout.out
        let isInWhole = ranks.in == layout.in
        var core = corner(ranks)
        if isOutWhole { core = turnedBack(core, ranks, isOut: true) }
        if isInWhole { core = turnedBack(core, ranks, isOut: false) }
        return FactorMatrices(
            ranks: ranks, input: isInWhole ? nil : leadingRows(rotated.in, ranks.in, of: layout.in, length: layout.in),
            core: core,
            output: isOutWhole
                ? nil : transposed(leadingRows(rotated.out, ranks.out, of: layout.out, length: layout.out), ranks.out, layout.out))
    }

    /// The first `count` of every group's `extent` rows.
    private func leadingRows(_ rows: [Float], _ count: Int, of extent: Int, length: Int) -> [Float] {
        if count == extent { return rows }
        var result: [Float] = []
        result.reserveCapacity(layout.groups * count * length)
        for group in 0..<layout.groups {
            let start = group * extent * length
            result += rows[start..<start + count * length]
        }
        return result
    }

    /// Every group's rows × length as length × rows.
    private func transposed(_ values: [Float], _ rows: Int, _ length: Int) -> [Float] {
        [Float](unsafeUninitializedCapacity: values.count) { result, count in
            // Bounds: both hold groups × rows × length.
            for group in 0..<layout.groups {
                let start = group * rows * length
                for row in 0..<rows {
                    for column in 0..<length { result[start + column * rows + row] = values[start + row * length + column] }
                }
            }
            count = values.count
        }
    }

    /// groups × ranks.out × ranks.in × window: what is left of the core or, where its places depend on each other, what fits best.
    private func corner(_ ranks: Ranks) -> [Float] {
        if ranks == fullRanks { return rotated.core }
        if ranks.in < layout.in, windows.contains(where: { $0 != nil }) { return fittedCorner(ranks) }
        var result: [Float] = []
        let width = layout.in * layout.window
        result.reserveCapacity(layout.groups * ranks.out * ranks.in * layout.window)
        for group in 0..<layout.groups {
            for row in 0..<ranks.out {
                let start = (group * layout.out + row) * width
                result += rotated.core[start..<start + ranks.in * layout.window]
            }
        }
        return result
    }

    /// A corner whose whole side is rotated back to the channels as they are in the layer.
    private func turnedBack(_ core: [Float], _ ranks: Ranks, isOut: Bool) -> [Float] {
        let vectors = isOut ? rotated.out : rotated.in
        let extent = isOut ? layout.out : layout.in
        return productOverGroups(
            core, ranks, isOut: isOut, with: vectors, rows: extent, columns: extent, transposed: true, window: layout.window,
            groups: layout.groups)
    }
}
