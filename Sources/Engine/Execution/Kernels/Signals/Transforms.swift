import Glibc
import NeuralNetwork
import TensorCore

extension KernelLibrary {
    /// Operators of signal processing.
    static let signals: [String: Maker] = [
        "HannWindow": cosineWindow([0.5, 0.5]), "HammingWindow": cosineWindow([25.0 / 46, 21.0 / 46]),
        "BlackmanWindow": cosineWindow([0.42, 0.5, 0.08]), "DFT": transform, "STFT": shortTimeTransform, "Col2Im": columnsToImage,
    ]

    /// Σ (−1)ⁱ · weightᵢ · cos(2πi · n / N), N one less where the window is not periodic.
    private static func cosineWindow(_ weights: [Double]) -> Maker {
        { context throws(KernelFault) in
            let number = context.integer("output_datatype", default: 1)
            guard let type = ElementType(onnxNumber: number)?.runtime, type == .float32 || type == .float64 else {
                throw KernelFault("data type \(number) is not supported")
            }
            let output = ValueType(elementType: type, shape: try context.outputShape())
            let count = output.shape.count
            let period = Double(context.flag("periodic", default: true) ? count : count - 1)
            return Kernel(outputs: [output]) { _, outputs, _ in
                for index in 0..<count {
                    var sum = 0.0
                    for (order, weight) in weights.enumerated() {
                        let angle = 2 * Double.pi * Double(order) * Double(index) / period
                        sum += (order % 2 == 0 ? weight : -weight) * (order == 0 ? 1 : cos(angle))
                    }
                    if type == .float32 {
                        outputs[0].floatPointer[index] = Float(sum)
                    } else {
                        outputs[0].elements(as: Double.self)[index] = sum
                    }
                }
            }
        }
    }

    /// The longest transform that is summed term by term.
    private static let longestTransform = 1 << 13

    /// A discrete Fourier transform along an axis; the last axis holds real numbers, or real and imaginary parts.
    private static let transform: Maker = { context throws(KernelFault) in
        let shape = try context.floatShape(0)
        let output = ValueType(elementType: .float32, shape: try context.outputShape())
        guard shape.rank >= 2, shape.rank == output.shape.rank else { throw KernelFault("an input of \(shape) has no signals") }
        var axis = context.operatorSet >= 20 ? -2 : context.integer("axis", default: 1)
        if context.operatorSet >= 20, context.hasInput(2), let given = try context.integers(2).first { axis = given }
        axis = try context.normalized(axis, rank: shape.rank)
        let isInverse = context.flag("inverse")
        let isRealResult = isInverse && context.flag("onesided")
        var length = isRealResult ? output.shape[axis] : shape[axis]
        if context.hasInput(1), let given = try context.integers(1).first { length = given }
        let parts = shape[shape.rank - 1]
        guard parts == 1 || parts == 2, axis < shape.rank - 1, (1...longestTransform).contains(length) else {
            throw KernelFault("a transform of length \(length) of \(shape) is not supported")
        }
        let lines = Shape(Array(shape.dimensions[..<(shape.rank - 1)])).split(at: axis)
        let signal = FourierTransform(
            length: length, given: min(shape[axis], length), parts: parts, isInverse: isInverse, isRealResult: isRealResult,
            resultCount: output.shape[axis])
        let resultParts = output.shape[shape.rank - 1]
        return Kernel(outputs: [output], scratchByteCount: signal.byteCount) { inputs, outputs, scratch in
            guard output.shape.count > 0 else { return }
            let table = scratch.assumingMemoryBound(to: Double.self)
            signal.prepare(table)
            for block in 0..<lines.outer {
                for column in 0..<lines.inner {
                    let source = inputs.floats(0) + (block * lines.extent * lines.inner + column) * parts
                    let target = outputs[0].floatPointer + (block * signal.resultCount * lines.inner + column) * resultParts
                    signal.run(
                        table, source, step: lines.inner * parts, window: nil, target, resultStep: lines.inner * resultParts)
                }
            }
        }
    }

    /// Transforms of frames of a signal (batch, length, 1 or 2), perhaps windowed.
    private static let shortTimeTransform: Maker = { context throws(KernelFault) in
        let shape = try context.floatShape(0)
        let output = ValueType(elementType: .float32, shape: try context.outputShape())
        let parts = shape.rank == 3 ? shape[2] : 1
        guard shape.rank >= 2, parts == 1 || parts == 2, output.shape.rank == 4, let step = try context.integers(1).first, step >= 1
        else { throw KernelFault("a signal of \(shape) is not supported") }
        let length = context.hasInput(3) ? try context.integers(3).first ?? 0 : try context.shape(2).count
        try context.checkVector(2, count: length)
        guard (1...longestTransform).contains(length), length <= shape[1] else {
            throw KernelFault("frames of length \(length) are not supported")
        }
        let (frames, count) = (output.shape[1], output.shape[2])
        let signal = FourierTransform(
            length: length, given: length, parts: parts, isInverse: false, isRealResult: false, resultCount: count)
        return Kernel(outputs: [output], scratchByteCount: signal.byteCount) { inputs, outputs, scratch in
            let table = scratch.assumingMemoryBound(to: Double.self)
            signal.prepare(table)
            for sample in 0..<shape[0] {
                for frame in 0..<frames {
                    signal.run(
                        table, inputs.floats(0) + (sample * shape[1] + frame * step) * parts, step: parts,
                        window: inputs.optionalFloats(2), outputs[0].floatPointer + (sample * frames + frame) * count * 2,
                        resultStep: 2)
                }
            }
        }
    }

    /// Sums columns (N, C · block, places) to the image (N, C, spatial…) they were taken from; where they overlap they add.
    private static let columnsToImage: Maker = { context throws(KernelFault) in
        let input = try context.floatShape(0)
        let output = ValueType(elementType: .float32, shape: try context.outputShape())
        let block = try context.integers(2)
        let axes = block.count
        guard output.shape.rank == axes + 2 else { throw KernelFault("blocks of \(block) do not fit \(output.shape)") }
        func read(_ name: String, _ count: Int, _ least: Int, _ value: Int) throws(KernelFault) -> [Int] {
            let values = context.integers(name) ?? Array(repeating: value, count: count)
            guard values.count == count, values.allSatisfy({ $0 >= least && $0 <= longestTable }) else {
                throw KernelFault("\(name) is \(values), not \(count) numbers of \(least) or more")
            }
            return values
        }
        let (strides, dilations) = (try read("strides", axes, 1, 1), try read("dilations", axes, 1, 1))
        let pads = try read("pads", 2 * axes, 0, 0)
        let image = Array(output.shape.dimensions[2...])
        var places: [Int] = []
        for axis in 0..<axes {
            let span = try checkedProduct(block[axis] - 1, dilations[axis]) + 1
            let room = image[axis] + pads[axis] + pads[axes + axis] - span
            places.append(room < 0 ? 0 : room / strides[axis] + 1)
        }
        let (steps, columns) = (Shape(block), Shape(places))
        guard try checkedProduct(output.shape[1], checkedProduct(block)) == input[1], columns.count == input[2] else {
            throw KernelFault("\(input) does not hold \(columns.count) blocks of \(block)")
        }
        let imageStrides = Shape(image).rowMajorStrides
        let plane = try checkedProduct(image)
        return Kernel(outputs: [output]) { [places] inputs, outputs, _ in
            outputs[0].floats.update(repeating: 0)
            for channel in 0..<output.shape[0] * output.shape[1] {
                var source = inputs.floats(0) + channel * steps.count * columns.count
                let target = outputs[0].floatPointer + channel * plane
                steps.forEachIndex { step in
                    Shape(places).forEachIndex { place in
                        var offset = 0
                        var isInside = true
                        for axis in 0..<axes {
                            let index = place[axis] * strides[axis] - pads[axis] + step[axis] * dilations[axis]
                            isInside = isInside && index >= 0 && index < image[axis]
                            offset += index * imageStrides[axis]
                        }
                        if isInside { target[offset] += source.pointee }
                        source += 1
                    }
                }
            }
        }
    }
}

/// A discrete Fourier transform, summed term by term in float64.
private struct FourierTransform: Sendable {
    let length: Int
    /// Elements that are given; the others are 0.
    let given: Int
    /// 1 for real signals, 2 for complex ones.
    let parts: Int
    let isInverse: Bool
    /// Whether what is given are the frequencies of a real signal, from 0 to half of the length.
    let isRealResult: Bool
    let resultCount: Int

    var byteCount: Int { length * 4 * 8 }

    /// Writes the cosines and sines of the transform's angles.
    func prepare(_ table: UnsafeMutablePointer<Double>) {
        for index in 0..<length {
            let angle = (isInverse ? 2 : -2) * Double.pi * Double(index) / Double(length)
            (table[2 * index], table[2 * index + 1]) = (cos(angle), sin(angle))
        }
    }

    func run(
        _ table: UnsafeMutablePointer<Double>, _ source: UnsafePointer<Float>, step: Int, window: UnsafePointer<Float>?,
        _ target: UnsafeMutablePointer<Float>, resultStep: Int
    ) {
        let signal = table + 2 * length
        for index in 0..<length {
            var (real, imaginary) = (0.0, 0.0)
            if index < given {
                real = Double(source[index * step])
                imaginary = parts == 2 ? Double(source[index * step + 1]) : 0
            }
            if isRealResult, index > length / 2 {
                // The other half of a real signal's frequencies mirrors the first.
                let mirrored = length - index
                (real, imaginary) = (0, 0)
                if mirrored < given {
                    real = Double(source[mirrored * step])
                    imaginary = parts == 2 ? -Double(source[mirrored * step + 1]) : 0
                }
            }
            let factor = window.map { Double($0[index]) } ?? 1
            (signal[2 * index], signal[2 * index + 1]) = (real * factor, imaginary * factor)
        }
        let scale = isInverse ? 1 / Double(length) : 1
        for frequency in 0..<min(resultCount, length) {
            var (real, imaginary) = (0.0, 0.0)
            var turn = 0
            for index in 0..<length {
                let (cosine, sine) = (table[2 * turn], table[2 * turn + 1])
                real += signal[2 * index] * cosine - signal[2 * index + 1] * sine
                imaginary += signal[2 * index] * sine + signal[2 * index + 1] * cosine
                turn += frequency
                if turn >= length { turn -= length }
            }
            target[frequency * resultStep] = Float(real * scale)
            if !isRealResult { target[frequency * resultStep + 1] = Float(imaginary * scale) }
        }
    }
}
