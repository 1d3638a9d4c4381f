extension EnergyTable {
    /// For each rank in (1…) the least rank out whose squared error is at most `fraction` of the power; nil where none is.
    public func ranks(onSquaredError fraction: Double) -> [Int?] {
        let full = fullRanks
        let limit = fraction * power
        if layout.isMatrix { return (1...full.in).map { squaredError(Ranks($0)) <= limit ? $0 : nil } }
        // More rank in never asks for more rank out, so the line is walked once.
        var out = full.out
        return (1...full.in).map { rankIn in
            guard squaredError(Ranks(out: out, in: rankIn)) <= limit else { return nil }
            while out > 1, squaredError(Ranks(out: out - 1, in: rankIn)) <= limit { out -= 1 }
            return out
        }
    }

    /// For each rank in (1…) the greatest rank out whose factors hold at most `count` weights; nil where none does.
    public func ranks(onFactorCount count: Int) -> [Int?] {
        let full = fullRanks
        if layout.isMatrix { return (1...full.in).map { layout.factorCount(Ranks($0)) <= count ? $0 : nil } }
        return (1...full.in).map { rankIn in
            // A whole side has no factor, so full rank may fit where one less does not.
            if layout.factorCount(Ranks(out: full.out, in: rankIn)) <= count { return full.out }
            let fixed = rankIn < layout.in ? layout.groups * rankIn * layout.in : 0
            let each = layout.groups * (rankIn * layout.window + layout.out)
            let out = min((count - fixed) / each, full.out - 1)
            return out >= 1 ? out : nil
        }
    }

    /// The ranks whose factors hold the fewest weights among those that keep `part` (0…1) of the energy; of equal ones, those that
    /// keep more.
    public func leastRanks(keeping part: Double) -> Ranks {
        let full = fullRanks
        let choices = ranks(onSquaredError: max(0, 1 - part)).enumerated().flatMap { index, out -> [Ranks] in
            guard let out else { return [] }
            // A side that is whole has no factor, which may be less than one of the least rank.
            return layout.isMatrix ? [Ranks(index + 1)] : [out, full.out].map { Ranks(out: $0, in: index + 1) }
        }
        return choices.min { (layout.factorCount($0), squaredError($0)) < (layout.factorCount($1), squaredError($1)) } ?? full
    }

    /// The fraction of energy kept, sampled to rows (rank out, ascending) × columns (rank in, ascending), row-major.
    ///
    /// `rank(ofCell:of:extent:)` says which ranks a cell stands for. Of a matrix every row is the same.
    public func energyMap(rows: Int, columns: Int) -> [Float] {
        let full = fullRanks
        var map: [Float] = []
        map.reserveCapacity(rows * columns)
        for row in 0..<rows {
            let out = Self.rank(ofCell: row, of: rows, extent: full.out)
            for column in 0..<columns {
                let rankIn = Self.rank(ofCell: column, of: columns, extent: full.in)
                map.append(Float(energyKept(layout.isMatrix ? Ranks(rankIn) : Ranks(out: out, in: rankIn))))
            }
        }
        return map
    }

    /// The rank a cell of a map stands for: the first stands for 1, the last for all `extent`.
    public static func rank(ofCell cell: Int, of cells: Int, extent: Int) -> Int {
        guard cells > 1 else { return extent }
        return 1 + (cell * (extent - 1) + (cells - 1) / 2) / (cells - 1)
    }

    /// The cell of a map that stands for the rank nearest to this one.
    public static func cell(ofRank rank: Int, of cells: Int, extent: Int) -> Int {
        guard extent > 1 else { return 0 }
        return ((rank - 1) * (cells - 1) + (extent - 1) / 2) / (extent - 1)
    }
}
