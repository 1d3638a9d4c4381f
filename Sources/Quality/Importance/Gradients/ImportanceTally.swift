import COpenBLAS
import Execution
import NeuralNetwork
import TensorCore

/// Adds up the squared gradients at one layer's weights, sample by sample: of each output, and of all outputs the products of each two
/// inputs.
///
/// A sample's gradient at the weights is the sum over places of the gradient at the outputs times the inputs, so that places which go
/// together, as neighbours in an image do, count together.
///
/// Not Sendable: one thread at a time has it.
final class ImportanceTally {
    let layer: ObservedLayer
    private let reader: WindowReader
    private let gradients: GradientRows
    private let batch: Int
    let blockWidth: Int
    /// Upper triangles, by group and block: sums over samples and outputs of products of a gradient's elements.
    private(set) var seconds: [[Float]]
    /// The same of the inputs alone, each place counting alike, of some places of each sample.
    private(set) var plainSeconds: [[Float]]
    private(set) var sums: Sums

    /// Sums over samples.
    struct Sums {
        /// Places whose products are in `plainSeconds`.
        var plainPlaces = 0
        /// Places that were looked at, and sums over them of the inputs and of their squares.
        var places = 0
        var means: [Double]
        var inputPowers: [Double]
        /// Of each output, the squares of its gradients at places, and of that at its weights.
        var slopes: [Double]
        var powers: [Double]
        /// Of each group, the squares of sums of outputs' gradients: what moves together with the inputs' means.
        var commons: [Double]
    }

    init(_ layer: ObservedLayer, input: Shape, output: Shape, batch: Int) throws(LinearOperator.Obstacle) {
        let operation = layer.operation
        self.layer = layer
        self.batch = batch
        var (read, given) = (input.dimensions, output.dimensions)
        if LinearOperator.isRecurrent(layer.node) {
            guard input.rank == 3 else { throw .init(reason: "its input of \(input) is no sequence") }
            if operation.reading != .value { read[2] = operation.inputs }
            given = [read[0], read[1], operation.outputs]
        }
        let whole = try WindowReader(operation, layer.node, input: Shape(read), output: Shape(given))
        let isDivided = input.rank == 2 && !LinearOperator.isRecurrent(layer.node)
        reader = isDivided ? whole.divided(among: batch) : whole
        gradients = GradientRows(layer, reader)
        let blockWidth = InputMoments.blockWidth(inputs: operation.inputs, window: operation.window)
        self.blockWidth = blockWidth
        let count = (operation.inputs + blockWidth - 1) / blockWidth
        seconds = (0..<operation.groups * count).map { index in
            let width = min(blockWidth, operation.inputs - index % count * blockWidth)
            return Array(repeating: 0, count: width * width)
        }
        plainSeconds = seconds
        let zeros = Array(repeating: 0.0, count: operation.groups * operation.outputs)
        sums = Sums(
            means: Array(repeating: 0, count: operation.groups * operation.inputs),
            inputPowers: Array(repeating: 0, count: operation.groups), slopes: zeros, powers: zeros,
            commons: Array(repeating: 0, count: operation.groups))
    }

    /// Adds one run; `samples` are the places of the batch that hold some.
    func add(_ observation: NodeObservation, samples: [Int]) {
        let readsStates = layer.operation.reading != .value
        let source = readsStates ? observation.states ?? observation.input : observation.input
        let gradient = readsStates ? observation.recurrentGradient ?? observation.gradient : observation.gradient
        guard let source = source.baseAddress, let gradient = gradient.baseAddress else { return }
        // What is one sample: a row of the batch, a sequence whose steps come first, or all there is.
        let units: [[(sample: Int, place: Int)]]
        if reader.samples == batch {
            units = samples.map { sample in (0..<reader.places).map { (sample, $0) } }
        } else if reader.places == batch {
            units = (0..<reader.places).map { place in (0..<reader.samples).map { ($0, place) } }
        } else {
            units = [(0..<reader.samples).flatMap { sample in (0..<reader.places).map { (sample, $0) } }]
        }
        for unit in units {
            if unit.count <= layer.operation.outputs { addFew(unit, source, gradient) } else { addMany(unit, source, gradient) }
        }
    }

    /// Rows of what places read, gradients beside them.
    private func gather(
        _ places: ArraySlice<(sample: Int, place: Int)>, _ source: UnsafePointer<Float>, _ gradient: UnsafePointer<Float>,
        _ rows: inout [Float], _ slopes: inout [Float]
    ) {
        let (operation, width) = (layer.operation, reader.width)
        let outputs = operation.groups * operation.outputs
        for (row, at) in places.enumerated() {
            rows.withUnsafeMutableBufferPointer { rows in
                guard let base = rows.baseAddress else { return }
                reader.read(sample: at.sample, place: at.place, source, to: base + row * width)
            }
            gradients.read(gradient, at.sample, at.place, to: &slopes, at: row * outputs)
        }
        for group in 0..<operation.groups {
            let columns = group * operation.inputs..<(group + 1) * operation.inputs
            sums.inputPowers[group] += RowSums.add(rows, columns, of: width, rows: places.count, to: &sums.means)
        }
        RowSums.addSquares(slopes, width: outputs, rows: places.count, to: &sums.slopes)
        sums.places += places.count
    }

    private static let blockRows = 256
    /// Places of a sample that plain moments are taken of: its neighbours say little that is new.
    private static let plainPlaces = 64

    /// Adds the plain products of some of `count` rows of inputs, evenly among all of a sample's places.
    private func addPlain(_ rows: [Float], count: Int, of total: Int) {
        let stride = max(1, total / Self.plainPlaces)
        let taken = (count + stride - 1) / stride
        for group in 0..<layer.operation.groups {
            addProducts(
                rows, group, rows: taken, from: group * layer.operation.inputs, stride: stride * reader.width, to: \.plainSeconds)
        }
        sums.plainPlaces += taken
    }

    /// More places than outputs: the gradient at the weights itself.
    private func addMany(_ unit: [(sample: Int, place: Int)], _ source: UnsafePointer<Float>, _ gradient: UnsafePointer<Float>) {
        let (operation, width) = (layer.operation, reader.width)
        let (outputs, own) = (operation.groups * operation.outputs, operation.outputs * operation.inputs)
        var product = [Float](repeating: 0, count: operation.groups * own)
        var totals = [Double](repeating: 0, count: outputs)
        var rows = [Float](repeating: 0, count: Self.blockRows * width)
        var slopes = [Float](repeating: 0, count: Self.blockRows * outputs)
        for start in stride(from: 0, to: unit.count, by: Self.blockRows) {
            let part = unit[start..<min(unit.count, start + Self.blockRows)]
            gather(part, source, gradient, &rows, &slopes)
            addPlain(rows, count: part.count, of: unit.count)
            for row in 0..<part.count { for output in 0..<outputs { totals[output] += Double(slopes[row * outputs + output]) } }
            for group in 0..<operation.groups {
                Self.multiply(
                    true, false, operation.outputs, operation.inputs, part.count, slopes, group * operation.outputs, outputs, rows,
                    group * operation.inputs, width, adds: start > 0, &product, group * own, operation.inputs)
            }
        }
        for output in 0..<outputs {
            var sum = 0.0
            for index in output * operation.inputs..<(output + 1) * operation.inputs { sum += Double(product[index]) * Double(product[index]) }
            sums.powers[output] += sum
            sums.commons[output / operation.outputs] += totals[output] * totals[output]
        }
        for group in 0..<operation.groups { addProducts(product, group, rows: operation.outputs, from: group * own, stride: operation.inputs, to: \.seconds) }
    }

    /// Few places: with S the gradients and X the inputs of all places, of (SᵀX)ᵀ(SᵀX) = Xᵀ(SSᵀ)X a root of SSᵀ is taken.
    private func addFew(_ unit: [(sample: Int, place: Int)], _ source: UnsafePointer<Float>, _ gradient: UnsafePointer<Float>) {
        let (operation, width, count) = (layer.operation, reader.width, unit.count)
        let outputs = operation.groups * operation.outputs
        var rows = [Float](repeating: 0, count: count * width)
        var slopes = [Float](repeating: 0, count: count * outputs)
        gather(unit[...], source, gradient, &rows, &slopes)
        addPlain(rows, count: count, of: count)
        var (gram, alike) = ([Float](repeating: 0, count: count * count), [Float](repeating: 0, count: count * count))
        var spread = [Float](repeating: 0, count: count * operation.outputs)
        var image = [Float](repeating: 0, count: count * operation.inputs)
        for group in 0..<operation.groups {
            let (first, input) = (group * operation.outputs, group * operation.inputs)
            Self.multiply(false, true, count, count, operation.inputs, rows, input, width, rows, input, width, adds: false, &alike, 0, count)
            Self.multiply(
                false, false, count, operation.outputs, count, alike, 0, count, slopes, first, outputs, adds: false, &spread, 0,
                operation.outputs)
            for output in 0..<operation.outputs {
                var (power, total) = (0.0, 0.0)
                for row in 0..<count {
                    let slope = Double(slopes[row * outputs + first + output])
                    power += slope * Double(spread[row * operation.outputs + output])
                    total += slope
                }
                sums.powers[first + output] += max(0, power)
                sums.commons[group] += total * total
            }
            Self.multiply(false, true, count, count, operation.outputs, slopes, first, outputs, slopes, first, outputs, adds: false, &gram, 0, count)
            Self.root(&gram, count)
            Self.multiply(
                false, false, count, operation.inputs, count, gram, 0, count, rows, input, width, adds: false, &image, 0, operation.inputs)
            addProducts(image, group, rows: count, from: 0, stride: operation.inputs, to: \.seconds)
        }
    }

    private func addProducts(
        _ matrix: [Float], _ group: Int, rows: Int, from start: Int, stride: Int, to sums: ReferenceWritableKeyPath<ImportanceTally, [[Float]]>
    ) {
        let count = (layer.operation.inputs + blockWidth - 1) / blockWidth
        matrix.withUnsafeBufferPointer { matrix in
            guard let base = matrix.baseAddress else { return }
            for block in 0..<count {
                let extent = min(blockWidth, layer.operation.inputs - block * blockWidth)
                pare_blas_ssyrk(
                    true, Int32(extent), Int32(rows), base + start + block * blockWidth, Int32(stride), 1, &self[keyPath: sums][group * count + block],
                    Int32(extent))
            }
        }
    }

    /// Writes the upper triangle R with RᵀR = `matrix`, which is symmetric and has no negative eigenvalues; zeros below it.
    static func root(_ matrix: inout [Float], _ n: Int) {
        var largest: Float = 0
        for index in 0..<n { largest = max(largest, matrix[index * n + index]) }
        for row in 0..<n {
            let pivot = matrix[row * n + row]
            // What is left by rounding is nothing.
            let scale = pivot > largest * 1e-6 ? 1 / pivot.squareRoot() : 0
            for column in row..<n { matrix[row * n + column] *= scale }
            for column in 0..<row { matrix[row * n + column] = 0 }
            guard scale > 0 else { continue }
            for below in row + 1..<max(row + 1, n) {
                let factor = matrix[row * n + below]
                if factor == 0 { continue }
                for column in below..<n { matrix[below * n + column] -= factor * matrix[row * n + column] }
            }
        }
    }

    /// c (m, n) = a (m, k) · b (k, n), each beginning where the number behind it says, with so many numbers from row to row.
    private static func multiply(
        _ flipsLeft: Bool, _ flipsRight: Bool, _ m: Int, _ n: Int, _ k: Int, _ a: [Float], _ aStart: Int, _ lda: Int, _ b: [Float],
        _ bStart: Int, _ ldb: Int, adds: Bool, _ c: inout [Float], _ cStart: Int, _ ldc: Int
    ) {
        a.withUnsafeBufferPointer { a in
            b.withUnsafeBufferPointer { b in
                c.withUnsafeMutableBufferPointer { c in
                    guard let a = a.baseAddress, let b = b.baseAddress, let c = c.baseAddress else { return }
                    pare_blas_sgemm(
                        flipsLeft, flipsRight, Int32(m), Int32(n), Int32(k), a + aStart, Int32(lda), b + bStart, Int32(ldb), adds ? 1 : 0,
                        c + cStart, Int32(ldc))
                }
            }
        }
    }

    /// Adds what another thread added up.
    func add(_ other: ImportanceTally) {
        for index in seconds.indices {
            for element in seconds[index].indices {
                seconds[index][element] += other.seconds[index][element]
                plainSeconds[index][element] += other.plainSeconds[index][element]
            }
        }
        sums.add(other.sums)
    }
}

extension ImportanceTally.Sums {
    fileprivate mutating func add(_ other: Self) {
        places += other.places
        plainPlaces += other.plainPlaces
        for index in means.indices { means[index] += other.means[index] }
        for index in inputPowers.indices {
            inputPowers[index] += other.inputPowers[index]
            commons[index] += other.commons[index]
        }
        for index in powers.indices {
            powers[index] += other.powers[index]
            slopes[index] += other.slopes[index]
        }
    }
}
