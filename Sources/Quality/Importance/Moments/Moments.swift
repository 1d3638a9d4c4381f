import Basics
import COpenBLAS
import Synchronization

/// Means of products of a layer's inputs with each other and with the outputs it should have, one set a group.
public struct Moments: Sendable {
    /// Of a group.
    public let inputs: Int
    /// Of a group.
    public let outputs: Int
    /// Places that were looked at.
    public let count: Int
    /// One set of means each.
    public var groups: [Group]

    /// A mean over places is taken of everything.
    public struct Group: Sendable {
        /// E[x xᵀ] (inputs, inputs).
        public var second: [Double]
        /// E[y xᵀ] (outputs, inputs).
        public var cross: [Double]
        /// E[x].
        public var inputMeans: [Double]
        /// E[y].
        public var outputMeans: [Double]
        /// E[y²].
        public var outputPowers: [Double]

        init(inputs: Int, outputs: Int) {
            second = Array(repeating: 0, count: inputs * inputs)
            cross = Array(repeating: 0, count: outputs * inputs)
            inputMeans = Array(repeating: 0, count: inputs)
            outputMeans = Array(repeating: 0, count: outputs)
            outputPowers = outputMeans
        }
    }

    /// Rows summed up at a time.
    private static let blockRows = 512

    /// Goes over rows (count × groups · inputs) and (count × groups · outputs). Sums are made in parts whose number follows from
    /// the shapes alone, so that the same rows give the same bytes on any machine.
    ///
    /// - Throws: `Cancelled`.
    public init(_ rows: RowStore, groups: Int, cancellation: CancellationToken?) throws(Cancelled) {
        let (d, o) = (rows.inputWidth / groups, rows.outputWidth / groups)
        (inputs, outputs, count) = (d, o, rows.count)
        let partCount = groups >= 4 ? 1 : d < 1024 ? 4 : 2
        let total = rows.count
        let found = Mutex<[Int: Group]>([:])
        Team.each(of: groups * partCount, cancellation) { piece in
            let (group, part) = (piece / partCount, piece % partCount)
            let range = part * total / partCount..<(part + 1) * total / partCount
            let sums = rows.sums(group: group, inputs: d, outputs: o, in: range, block: Self.blockRows)
            found.withLock { $0[piece] = sums }
        }
        try cancellation?.check()
        let scale = 1 / Double(max(1, total))
        let parts = found.withLock { $0 }
        self.groups = (0..<groups).map { group in
            var sum = Group(inputs: d, outputs: o)
            for part in 0..<partCount { if let sums = parts[group * partCount + part] { sum.add(sums) } }
            sum.scale(by: scale)
            for row in 0..<d { for column in 0..<row { sum.second[row * d + column] = sum.second[column * d + row] } }
            return sum
        }
    }
}

extension Moments.Group {
    fileprivate mutating func add(_ other: Self) {
        for index in second.indices { second[index] += other.second[index] }
        for index in cross.indices { cross[index] += other.cross[index] }
        for index in inputMeans.indices { inputMeans[index] += other.inputMeans[index] }
        for index in outputMeans.indices { outputMeans[index] += other.outputMeans[index] }
        for index in outputPowers.indices { outputPowers[index] += other.outputPowers[index] }
    }

    fileprivate mutating func scale(by factor: Double) {
        for index in second.indices { second[index] *= factor }
        for index in cross.indices { cross[index] *= factor }
        for index in inputMeans.indices { inputMeans[index] *= factor }
        for index in outputMeans.indices { outputMeans[index] *= factor }
        for index in outputPowers.indices { outputPowers[index] *= factor }
    }

    /// Moments about the means.
    public var centered: Moments.Group {
        var result = self
        let d = inputMeans.count
        for row in 0..<d { for column in 0..<d { result.second[row * d + column] -= inputMeans[row] * inputMeans[column] } }
        for row in outputMeans.indices {
            for column in 0..<d { result.cross[row * d + column] -= outputMeans[row] * inputMeans[column] }
            result.outputPowers[row] -= outputMeans[row] * outputMeans[row]
        }
        return result
    }

    /// E[(y − W x)²] of each output, by the matrix W (outputs, inputs).
    public func errors(_ weights: [Double]) -> [Double] {
        let powers = powers(weights)
        let d = inputMeans.count
        return outputMeans.indices.map { row in
            var product = 0.0
            for column in 0..<d { product += weights[row * d + column] * cross[row * d + column] }
            return max(0, outputPowers[row] - 2 * product + powers[row])
        }
    }

    /// E[(W x)²] of each output.
    public func powers(_ weights: [Double]) -> [Double] {
        let (d, o) = (inputMeans.count, outputMeans.count)
        var product = [Double](repeating: 0, count: o * d)
        pare_blas_dgemm(false, false, Int32(o), Int32(d), Int32(d), weights, Int32(d), second, Int32(d), 0, &product, Int32(d))
        return (0..<o).map { row in
            var sum = 0.0
            for column in 0..<d { sum += weights[row * d + column] * product[row * d + column] }
            return max(0, sum)
        }
    }
}
