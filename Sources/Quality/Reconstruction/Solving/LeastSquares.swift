import COpenBLAS
import Importance
import Synchronization

/// Weights that reproduce outputs from inputs with the least squared error, given the moments of both:
/// the minimum of tr((W − W*) H (W − W*)ᵀ) + λ‖W − W₀‖², in closed form W = (C + λW₀)(H + λI)⁻¹.
///
/// W₀ are the weights before, so what the inputs do not determine stays as it is, and the error never grows.
public struct LeastSquares: Sendable {
    /// H = E[x xᵀ] (inputs, inputs), symmetric.
    public var second: [Double]
    /// C = E[y xᵀ] (outputs, inputs).
    public var cross: [Double]
    public var inputs: Int
    public var outputs: Int
    /// λ as a fraction of the mean of H's diagonal.
    public var ridge: Double

    /// Floating-point operations that rows with zeros of their own may take to be solved one by one.
    private static let exactLimit = 4e11
    /// Rounds of conjugate gradients where that would take longer.
    private static let rounds = 60

    public init(second: [Double], cross: [Double], inputs: Int, outputs: Int, ridge: Double) {
        precondition(
            second.count == inputs * inputs && cross.count == outputs * inputs,
            "moments of \(second.count) and \(cross.count) numbers do not fit \(outputs) × \(inputs)")
        self.second = second
        self.cross = cross
        self.inputs = inputs
        self.outputs = outputs
        self.ridge = ridge
    }

    private var meanDiagonal: Double {
        (0..<inputs).reduce(0) { $0 + second[$1 * inputs + $1] } / Double(max(1, inputs))
    }

    /// The weights nearest to the outputs, from `start` on; where `mask` is false they stay zero. Inputs that say nothing
    /// (no positive moments, not finite) leave `start` as it is.
    public func solution(from start: [Double], mask: [Bool]? = nil) -> [Double] {
        precondition(start.count == cross.count && mask?.count ?? start.count == start.count, "\(start.count) weights")
        let mean = meanDiagonal
        guard mean > 0, mean.isFinite else { return start }
        _ = Team.openBLASOnOneThread
        guard let mask, mask.contains(false) else { return whole(start, mean) ?? start }
        let supports = (0..<outputs).map { row in (0..<inputs).filter { mask[row * inputs + $0] } }
        let cost = supports.reduce(0.0) { $0 + Double($1.count) * Double($1.count) * Double($1.count) / 3 }
        return cost <= Self.exactLimit ? rowByRow(start, supports, mean) : iterated(start, mask, mean)
    }

    /// One factorization for all rows.
    private func whole(_ start: [Double], _ mean: Double) -> [Double]? {
        Self.solve(second, cross, from: start, inputs: inputs, outputs: outputs, ridge: ridge * mean, mean: mean)
    }

    /// A singular matrix gets a ridge as small as makes it positive definite.
    private static func solve(
        _ second: [Double], _ cross: [Double], from start: [Double], inputs: Int, outputs: Int, ridge: Double, mean: Double
    ) -> [Double]? {
        var ridge = ridge
        for _ in 0..<8 {
            var matrix = second
            for index in 0..<inputs { matrix[index * inputs + index] += ridge }
            var right = cross
            for index in right.indices { right[index] += ridge * start[index] }
            let info = pare_lapack_cholesky_solve(Int32(inputs), &matrix, Int32(outputs), &right)
            if info == 0, right.allSatisfy(\.isFinite) { return right }
            ridge = max(ridge * 10, mean * 1e-9)
        }
        return nil
    }

    /// A factorization a row, over the weights that it has.
    private func rowByRow(_ start: [Double], _ supports: [[Int]], _ mean: Double) -> [Double] {
        let solved = Mutex(start)
        Team.each(of: outputs) { row in
            let support = supports[row]
            guard !support.isEmpty else {
                solved.withLock { for column in 0..<inputs { $0[row * inputs + column] = 0 } }
                return
            }
            let count = support.count
            let own = submatrix(support)
            let target = support.map { cross[row * inputs + $0] }
            let old = support.map { start[row * inputs + $0] }
            let found = Self.solve(own, target, from: old, inputs: count, outputs: 1, ridge: ridge * mean, mean: mean) ?? old
            solved.withLock { solved in
                for column in 0..<inputs { solved[row * inputs + column] = 0 }
                for (position, index) in support.enumerated() { solved[row * inputs + index] = found[position] }
            }
        }
        return solved.withLock { $0 }
    }

    /// H of some inputs alone, row by row.
    private func submatrix(_ support: [Int]) -> [Double] {
        let count = support.count
        return [Double](unsafeUninitializedCapacity: count * count) { result, initialized in
            second.withUnsafeBufferPointer { second in
                support.withUnsafeBufferPointer { support in
                    // Bounds: the support's elements are below `inputs`, positions below its count. Plain pointers and loops, for
                    // this is the pass that counts, in builds without optimization too.
                    guard let second = second.baseAddress, let support = support.baseAddress, let result = result.baseAddress else { return }
                    var position = 0
                    while position < count {
                        let from = second + support[position] * inputs
                        let to = result + position * count
                        var other = 0
                        while other < count {
                            (to + other).initialize(to: from[support[other]])
                            other += 1
                        }
                        position += 1
                    }
                }
            }
            initialized = count * count
        }
    }

    /// Conjugate gradients of all rows side by side, from the weights before, with the diagonal as preconditioner: every
    /// round lessens the error, so that it may end at any.
    private func iterated(_ start: [Double], _ mask: [Bool], _ mean: Double) -> [Double] {
        let ridge = max(self.ridge, 1e-9) * mean
        let block = 128
        let blocks = (outputs + block - 1) / block
        let solved = Mutex(start)
        Team.each(of: blocks) { index in
            let rows = index * block..<min(outputs, (index + 1) * block)
            let part = rows.lowerBound * inputs..<rows.upperBound * inputs
            let found = gradients(Array(start[part]), Array(cross[part]), Array(mask[part]), rows.count, ridge)
            solved.withLock { $0.replaceSubrange(part, with: found) }
        }
        return solved.withLock { $0 }
    }

    private func gradients(_ start: [Double], _ cross: [Double], _ mask: [Bool], _ rows: Int, _ ridge: Double) -> [Double] {
        let d = inputs
        func applied(_ vectors: [Double]) -> [Double] {
            var result = vectors.map { $0 * ridge }
            pare_blas_dgemm(false, false, Int32(rows), Int32(d), Int32(d), vectors, Int32(d), second, Int32(d), 1, &result, Int32(d))
            for index in result.indices where !mask[index] { result[index] = 0 }
            return result
        }
        var weights = start
        for index in weights.indices where !mask[index] { weights[index] = 0 }
        let image = applied(weights)
        var residual = start.indices.map { mask[$0] ? cross[$0] + ridge * start[$0] - image[$0] : 0 }
        let scales = (0..<d).map { 1 / (second[$0 * d + $0] + ridge) }
        var direction = residual.indices.map { residual[$0] * scales[$0 % d] }
        func dots(_ left: [Double], _ right: [Double]) -> [Double] {
            (0..<rows).map { row in
                var sum = 0.0
                for index in row * d..<(row + 1) * d { sum += left[index] * right[index] }
                return sum
            }
        }
        var power = dots(residual, direction)
        let goal = power.map { $0 * 1e-12 }
        for _ in 0..<Self.rounds where zip(power, goal).contains(where: { $0 > $1 }) {
            let image = applied(direction)
            let curvature = dots(direction, image)
            for row in 0..<rows where curvature[row] > 0 {
                let step = power[row] / curvature[row]
                for index in row * d..<(row + 1) * d {
                    weights[index] += step * direction[index]
                    residual[index] -= step * image[index]
                }
            }
            let conditioned = residual.indices.map { residual[$0] * scales[$0 % d] }
            let next = dots(residual, conditioned)
            for row in 0..<rows {
                let share = power[row] > 0 ? next[row] / power[row] : 0
                for index in row * d..<(row + 1) * d { direction[index] = conditioned[index] + share * direction[index] }
            }
            power = next
        }
        return weights
    }
}
