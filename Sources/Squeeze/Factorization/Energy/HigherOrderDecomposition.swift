import Basics

/// The groups of a kernel stack, each rotated into its own bases.
struct HigherOrderDecomposition {
    private(set) var rotated: RotatedKernel
    /// By group, descending; of a matrix the squares of its singular values, and none for `in`.
    private(set) var eigenvaluesOut: [[Double]] = []
    private(set) var eigenvaluesIn: [[Double]] = []
    /// out × in: squares of the core, summed over the window and the groups. Of a matrix: empty.
    private(set) var coreEnergies: [Double] = []
    /// By group, in the data's norm: how the places of the window depend on each other.
    private(set) var windows: [WindowMoments?] = []

    init(
        _ values: UnsafeBufferPointer<Float>, layout: KernelLayout, norm: DataNorm?, cancellation: CancellationToken?
    ) throws(FactorizationError) {
        let rank = layout.isMatrix ? min(layout.out, layout.in) : 0
        rotated = RotatedKernel(
            out: .zeros(layout.groups * layout.out * (layout.isMatrix ? rank : layout.out)),
            in: .zeros(layout.groups * layout.in * (layout.isMatrix ? rank : layout.in)),
            core: .zeros(layout.isMatrix ? 0 : layout.count))
        coreEnergies = .zeros(layout.isMatrix ? 0 : layout.out * layout.in)
        let groups = layout.groups
        eigenvaluesOut = Array(repeating: [], count: groups)
        eigenvaluesIn = Array(repeating: [], count: groups)
        // Small groups side by side, each on one thread; large ones in turn, each on all.
        let available = Workers.available
        let isSideBySide = groups > 1 && layout.count / groups < 1 << 18
        let inside = isSideBySide ? Workers.one : available
        var outcomes = [GroupOutcome?](repeating: nil, count: groups)
        try rotated.out.withUnsafeMutableBufferPointer { out throws(FactorizationError) in
            try rotated.in.withUnsafeMutableBufferPointer { `in` throws(FactorizationError) in
                try rotated.core.withUnsafeMutableBufferPointer { core throws(FactorizationError) in
                    try outcomes.withUnsafeMutableBufferPointer { outcomes throws(FactorizationError) in
                        // Bounds: group g writes its own part of each buffer, of the same length in every group.
                        nonisolated(unsafe) let (out, `in`, core, outcomes) = (out, `in`, core, outcomes)
                        let body: (Int) -> Void = { group in
                            let target = GroupTarget(
                                out: out.part(group, of: groups), in: `in`.part(group, of: groups),
                                core: core.part(group, of: groups))
                            let part = values.part(group, of: groups)
                            outcomes[group] = Result { () throws(FactorizationError) in
                                if let norm {
                                    return try decomposeOnData(
                                        part, layout, norm.moments[group], into: target, workers: inside, cancellation: cancellation)
                                }
                                return try layout.isMatrix
                                    ? decomposeMatrix(part, layout, into: target, workers: inside, cancellation: cancellation)
                                    : decomposeKernel(part, layout, into: target, workers: inside, cancellation: cancellation)
                            }
                        }
                        try (isSideBySide ? available : .one).split(groups, cancellation: cancellation, body)
                    }
                }
            }
        }
        for (group, outcome) in outcomes.enumerated() {
            guard let outcome else { continue }
            let figures = try outcome.get()
            eigenvaluesOut[group] = figures.eigenvaluesOut
            eigenvaluesIn[group] = figures.eigenvaluesIn
            windows.append(figures.window)
            for (index, energy) in figures.coreEnergies.enumerated() { coreEnergies[index] += energy }
        }
    }
}

private typealias GroupOutcome = Result<GroupFigures, FactorizationError>

/// What a group's decomposition says besides its bases and its core.
struct GroupFigures {
    var eigenvaluesOut: [Double]
    var eigenvaluesIn: [Double] = []
    var coreEnergies: [Double] = []
    var window: WindowMoments?
}

/// Where a group's part of `RotatedKernel` goes.
struct GroupTarget {
    var out: UnsafeMutableBufferPointer<Float>
    var `in`: UnsafeMutableBufferPointer<Float>
    var core: UnsafeMutableBufferPointer<Float>
}

extension Array where Element: AdditiveArithmetic {
    static func zeros(_ count: Int) -> [Element] { Array(repeating: .zero, count: count) }
}

extension UnsafeBufferPointer {
    /// Part `index` of `count` equal ones.
    func part(_ index: Int, of count: Int) -> UnsafeBufferPointer {
        let length = self.count / count
        return UnsafeBufferPointer(rebasing: self[index * length..<(index + 1) * length])
    }
}

extension UnsafeMutableBufferPointer {
    /// Part `index` of `count` equal ones.
    func part(_ index: Int, of count: Int) -> UnsafeMutableBufferPointer {
        let length = self.count / count
        return UnsafeMutableBufferPointer(rebasing: self[index * length..<(index + 1) * length])
    }
}
