import Basics
import COpenBLAS

/// Rows of a layer's inputs and of the outputs it should have, gathered from all runs.
///
/// Sendable because each row is written by one worker, and read only when all are written.
public final class RowStore: @unchecked Sendable {
    /// Rows of each.
    public let count: Int
    /// Numbers of a row of inputs, over all groups.
    public let inputWidth: Int
    /// Numbers of a row of outputs, over all groups.
    public let outputWidth: Int
    private let inputRows: UnsafeMutablePointer<Float>
    private let outputRows: UnsafeMutablePointer<Float>

    /// Rows of zeros.
    public init(count: Int, inputWidth: Int, outputWidth: Int) {
        self.count = count
        self.inputWidth = inputWidth
        self.outputWidth = outputWidth
        inputRows = .allocate(capacity: max(1, count * inputWidth))
        outputRows = .allocate(capacity: max(1, count * outputWidth))
        inputRows.initialize(repeating: 0, count: count * inputWidth)
        outputRows.initialize(repeating: 0, count: count * outputWidth)
    }

    deinit {
        inputRows.deallocate()
        outputRows.deallocate()
    }

    /// A row of inputs.
    public func input(_ row: Int) -> UnsafeMutablePointer<Float> { inputRows + row * inputWidth }
    /// A row of outputs.
    public func output(_ row: Int) -> UnsafeMutablePointer<Float> { outputRows + row * outputWidth }

    /// Sums over a range of rows for one group; of the second moments only the upper triangle.
    func sums(group: Int, inputs d: Int, outputs o: Int, in range: Range<Int>, block: Int) -> Moments.Group {
        var sums = Moments.Group(inputs: d, outputs: o)
        var x = [Double](repeating: 0, count: block * d)
        var y = [Double](repeating: 0, count: block * o)
        var start = range.lowerBound
        while start < range.upperBound {
            let rows = min(block, range.upperBound - start)
            for row in 0..<rows {
                // Bounds: the row lies in the store, the group's part in the row.
                let (from, to) = (input(start + row) + group * d, output(start + row) + group * o)
                for index in 0..<d {
                    let value = Double(from[index])
                    x[row * d + index] = value
                    sums.inputMeans[index] += value
                }
                for index in 0..<o {
                    let value = Double(to[index])
                    y[row * o + index] = value
                    sums.outputMeans[index] += value
                    sums.outputPowers[index] += value * value
                }
            }
            pare_blas_dsyrk(true, Int32(d), Int32(rows), x, Int32(d), 1, &sums.second, Int32(d))
            pare_blas_dgemm(true, false, Int32(o), Int32(d), Int32(rows), y, Int32(o), x, Int32(d), 1, &sums.cross, Int32(d))
            start += rows
        }
        return sums
    }
}

/// Which places of which samples are looked at.
public struct PlaceSample: Sendable {
    /// Places of each sample.
    public let perSample: Int
    private let places: Int
    private let seed: UInt64

    /// Rows for each number that is solved for, beyond which more of one sample tell little new.
    private static let rowsPerInput = 24
    private static let fewestRows = 16_384
    private static let byteLimit = 512 << 20

    /// Decides how many of a sample's `places` are looked at, where rows of `width` numbers are kept and as many as `inputs` solved for.
    public init(places: Int, samples: Int, inputs: Int, width: Int, seed: UInt64) {
        let wanted = min(max(Self.fewestRows, Self.rowsPerInput * inputs), max(1, Self.byteLimit / 4 / max(1, width)))
        perSample = max(1, min(places, (wanted + samples - 1) / max(1, samples)))
        self.places = places
        self.seed = seed
    }

    /// The places of a sample, the same for the same seed.
    public func places(of sample: Int) -> [Int] {
        guard perSample < places else { return Array(0..<places) }
        var random = SeededRandom(seed: seed &* 0x9e37 &+ UInt64(sample))
        var all = Array(0..<places)
        for index in 0..<perSample { all.swapAt(index, Int.random(in: index..<places, using: &random)) }
        return all[..<perSample].sorted()
    }
}
