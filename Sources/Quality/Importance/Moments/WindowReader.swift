import NeuralNetwork
import TensorCore

/// Gathers what single output places of a convolution, transposed or not, or of a product read.
public struct WindowReader: Sendable {
    /// Places a sample has: the product of the output's spatial extents; for products, vectors.
    public private(set) var places: Int
    /// Samples of a batch (for products without a batch, 1).
    public private(set) var samples: Int
    private let channels: Int
    private let window: Int
    /// Elements of one channel of the input; 1 for products.
    private let channelCount: Int
    /// Vectors between a place and what it reads, of products.
    private let shift: Int
    fileprivate let geometry: Geometry?
    /// By place and element of the window where in a channel it lies, −1 for outside; nil where that would be many, and it is worked out anew.
    private let offsets: [Int32]?

    /// Numbers of `offsets` that are worth keeping.
    private static let largestTable = 1 << 22

    fileprivate struct Geometry: Sendable {
        var extents: [Int]
        var results: [Int]
        var kernel: [Int]
        var strides: [Int]
        var dilations: [Int]
        var begins: [Int]
        var isTransposed: Bool
    }

    /// Reads the attributes of a node whose input and output have the shapes given.
    ///
    /// - Throws: where attributes and shapes do not fit each other.
    public init(_ operation: LinearOperator, _ node: Node, input: Shape, output: Shape) throws(LinearOperator.Obstacle) {
        let misfit = LinearOperator.Obstacle(reason: "its attributes do not fit its input of \(input)")
        window = operation.window
        if case .product = operation.form {
            guard input.rank >= 1, input[input.rank - 1] == operation.inputs, output[output.rank - 1] == operation.outputs,
                input.dimensions.dropLast() == output.dimensions.dropLast()
            else { throw misfit }
            samples = input.rank > 1 ? input[0] : 1
            places = input.count / operation.inputs / max(1, samples)
            (channels, channelCount, geometry, offsets) = (operation.inputs, 1, nil, nil)
            shift = operation.reading == .value ? 0 : operation.reading == .earlierStates ? -places : places
            return
        }
        let axes = input.rank - 2
        let isTransposed = if case .transposedConvolution = operation.form { true } else { false }
        func integers(_ name: String, count: Int, otherwise: Int) -> [Int]? {
            guard case .integers(let values) = node.attributes[name] else { return Array(repeating: otherwise, count: count) }
            return values.count == count ? values : nil
        }
        guard axes >= 1, operation.shape.rank == input.rank, output.rank == input.rank,
            input[1] == operation.groups * operation.inputs / operation.window, input[0] == output[0],
            output[1] == operation.groups * operation.outputs,
            let strides = integers("strides", count: axes, otherwise: 1), strides.allSatisfy({ $0 > 0 }),
            let dilations = integers("dilations", count: axes, otherwise: 1), dilations.allSatisfy({ $0 > 0 }),
            let pads = integers("pads", count: 2 * axes, otherwise: 0)
        else { throw misfit }
        let automatic = if case .text(let text) = node.attributes["auto_pad"] { text } else { "NOTSET" }
        let kernel = Array(operation.shape.dimensions[2...])
        let (extents, results) = (Array(input.dimensions[2...]), Array(output.dimensions[2...]))
        var begins: [Int] = []
        for axis in 0..<axes {
            let span = (kernel[axis] - 1) * dilations[axis] + 1
            switch automatic {
            case "NOTSET", "": begins.append(pads[axis])
            case "VALID": begins.append(0)
            case _ where !isTransposed:
                let padding = max(0, (results[axis] - 1) * strides[axis] + span - extents[axis])
                begins.append(automatic == "SAME_UPPER" ? padding / 2 : (padding + 1) / 2)
            default: throw LinearOperator.Obstacle(reason: "its padding is left to the runtime")
            }
        }
        guard !isTransposed || node.attributes["output_shape"] == nil else {
            throw LinearOperator.Obstacle(reason: "its padding is left to the runtime")
        }
        samples = input[0]
        shift = 0
        channels = input[1]
        places = results.reduce(1, *)
        channelCount = extents.reduce(1, *)
        let geometry = Geometry(
            extents: extents, results: results, kernel: kernel, strides: strides, dilations: dilations, begins: begins,
            isTransposed: isTransposed)
        self.geometry = geometry
        let (places, window) = (places, window)
        offsets =
            places * window > Self.largestTable || channelCount > Int32.max
            ? nil : (0..<places * window).map { Int32(geometry.offset(place: $0 / window, element: $0 % window)) }
    }

    /// Of a product whose rows are the places of all samples, one sample's behind the other's: with those of each of `count` samples
    /// as its places.
    public func divided(among count: Int) -> WindowReader {
        guard geometry == nil, shift == 0, count > 0, samples % count == 0 else { return self }
        var reader = self
        (reader.samples, reader.places) = (count, places * samples / count)
        return reader
    }

    /// Numbers of a row: all groups' inputs, one after the other.
    public var width: Int { channels * window }

    /// Writes what a place reads; `source` holds the whole input, `target` has room for `width` numbers.
    public func read(sample: Int, place: Int, _ source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>) {
        guard let geometry else {
            // Bounds: sample × place are the input's vectors.
            let vector = sample * places + place + shift
            if vector >= 0, vector < samples * places {
                target.update(from: source + vector * channels, count: channels)
            } else {
                target.update(repeating: 0, count: channels)
            }
            return
        }
        let base = source + sample * channels * channelCount
        if let offsets {
            offsets.withUnsafeBufferPointer { offsets in
                // Bounds: the table has `window` numbers for each place.
                guard let first = offsets.baseAddress else { return }
                read(base, at: first + place * window, to: target)
            }
            return
        }
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: window) { offsets in
            for element in 0..<window { offsets[element] = Int32(geometry.offset(place: place, element: element)) }
            guard let first = offsets.baseAddress else { return }
            read(base, at: first, to: target)
        }
    }

    /// Writes what a sample has at offsets of each channel, zeros where they are negative.
    private func read(_ sample: UnsafePointer<Float>, at offsets: UnsafePointer<Int32>, to target: UnsafeMutablePointer<Float>) {
        var (base, to) = (sample, target)
        var isInside = true
        for element in 0..<window where offsets[element] < 0 { isInside = false }
        for _ in 0..<channels {
            if isInside {
                for element in 0..<window { to[element] = base[Int(offsets[element])] }
            } else {
                for element in 0..<window { to[element] = offsets[element] < 0 ? 0 : base[Int(offsets[element])] }
            }
            base += channelCount
            to += window
        }
    }
}

extension WindowReader.Geometry {
    /// The position within a channel that an element of the window covers at a place; −1 where there is none.
    fileprivate func offset(place: Int, element: Int) -> Int {
        var (rest, restPlace) = (element, place)
        var (offset, stride) = (0, 1)
        for axis in kernel.indices.reversed() {
            let tap = rest % kernel[axis]
            let at = restPlace % results[axis]
            rest /= kernel[axis]
            restPlace /= results[axis]
            var index = at
            if isTransposed {
                let distance = at + begins[axis] - tap * dilations[axis]
                guard distance >= 0, distance % strides[axis] == 0 else { return -1 }
                index = distance / strides[axis]
            } else {
                index = at * strides[axis] - begins[axis] + tap * dilations[axis]
            }
            guard index >= 0, index < extents[axis] else { return -1 }
            offset += index * stride
            stride *= extents[axis]
        }
        return offset
    }
}
