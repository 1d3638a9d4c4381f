import COpenBLAS

extension EnergyTable {
    /// groups × ranks.out × ranks.in × window: the cores that give on data what the whole kernels give, as nearly as these ranks can.
    func fittedCorner(_ ranks: Ranks) -> [Float] {
        var result: [Float] = []
        result.reserveCapacity(layout.groups * ranks.out * ranks.in * layout.window)
        for (group, window) in windows.enumerated() {
            guard let window else { preconditionFailure("all groups have moments, or none") }
            result += window.fitted(rotated.core, group, layout, ranks)
        }
        return result
    }
}

extension WindowMoments {
    /// The first rows of a group's core, fitted by the first inputs: C · H⁻¹ with H the moments of those, and C of all with those.
    fileprivate func fitted(_ core: [Float], _ group: Int, _ layout: KernelLayout, _ ranks: Ranks) -> [Float] {
        let kept = ranks.in * layout.window
        var own = [Double](repeating: 0, count: kept * kept)
        for row in 0..<kept { for column in 0..<kept { own[row * kept + column] = Double(moments[row * extent + column]) } }
        let mean = (0..<kept).reduce(0) { $0 + own[$1 * kept + $1] } / Double(kept)
        for index in 0..<kept { own[index * kept + index] += mean * 1e-9 }
        var cross = [Float](repeating: 0, count: ranks.out * kept)
        core.withUnsafeBufferPointer { core in
            moments.withUnsafeBufferPointer { moments in
                guard let core = core.baseAddress, let moments = moments.baseAddress else { return }
                // Bounds: the first rows of group × out × extent; all rows and the first columns of the moments.
                multiply(
                    MatrixView(core + group * layout.out * extent, rows: ranks.out, columns: extent),
                    by: MatrixView(moments, rows: extent, columns: kept, stride: extent), into: &cross, stride: kept)
            }
        }
        var fitted = cross.map(Double.init)
        let code = pare_lapack_cholesky_solve(Int32(kept), &own, Int32(ranks.out), &fitted)
        guard code == 0 else {
            // Inputs that follow from others: the core as it is loses a little more.
            return (0..<ranks.out).flatMap { row in
                let start = (group * layout.out + row) * extent
                return core[start..<start + kept]
            }
        }
        return fitted.map(Float.init)
    }
}
