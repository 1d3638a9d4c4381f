import Glibc
import NeuralNetwork

extension KernelLibrary {
    /// Images read at places that a grid gives.
    static let gridSampling: [String: Maker] = ["GridSample": sampleGrid, "AffineGrid": affineGrid]

    private enum Interpolation: Sendable { case nearest, linear, cubic }
    private enum Border: String, Sendable { case zeros, border, reflection }

    /// X (N, C, spatial…) at grid (N, places…, axes), whose coordinates run from −1 to 1 and name the last axis first.
    private static let sampleGrid: Maker = { context throws(KernelFault) in
        let (input, grid) = (try context.floatShape(0), try context.floatShape(1))
        let axes = input.rank - 2
        guard (1...3).contains(axes), grid.rank == input.rank, grid[0] == input[0], grid[grid.rank - 1] == axes else {
            throw KernelFault("a grid of \(grid) does not fit an input of \(input)")
        }
        let interpolation: Interpolation
        switch context.text("mode", default: "linear") {
        case "linear", "bilinear": interpolation = .linear
        case "cubic", "bicubic": interpolation = .cubic
        case "nearest": interpolation = .nearest
        case let other: throw KernelFault("mode \"\(other)\" is not supported")
        }
        let name = context.text("padding_mode", default: "zeros")
        guard let border = Border(rawValue: name) else { throw KernelFault("padding_mode \"\(name)\" is not supported") }
        let output = ValueType(elementType: .float32, shape: try context.outputShape())
        guard input.count > 0 || output.shape.count == 0 else { throw KernelFault("an input of \(input) holds nothing to read") }
        let sampler = GridSampler(
            extents: Array(input.dimensions[2...]), interpolation: interpolation, border: border,
            alignsCorners: context.flag("align_corners"))
        let (channels, plane) = (input[1], try checkedProduct(input.dimensions[2...]))
        let places = try checkedProduct(grid.dimensions[1..<grid.rank - 1])
        return Kernel(outputs: [output]) { inputs, outputs, _ in
            guard output.shape.count > 0 else { return }
            for sample in 0..<input[0] {
                for place in 0..<places {
                    let coordinates = inputs.floats(1) + (sample * places + place) * axes
                    let taps = sampler.taps(coordinates)
                    for channel in 0..<channels {
                        let source = inputs.floats(0) + (sample * channels + channel) * plane
                        var sum: Float = 0
                        for tap in taps { sum += tap.weight * source[tap.offset] }
                        outputs[0].floatPointer[(sample * channels + channel) * places + place] = sum
                    }
                }
            }
        }
    }

    private struct GridSampler: Sendable {
        let extents: [Int]
        let interpolation: Interpolation
        let border: Border
        let alignsCorners: Bool

        /// The elements that a place is made of, with their weights.
        func taps(_ coordinates: UnsafePointer<Float>) -> [(offset: Int, weight: Float)] {
            var taps: [(offset: Int, weight: Float)] = [(0, 1)]
            for (axis, extent) in extents.enumerated() {
                let own = self.taps(coordinates[extents.count - 1 - axis], extent)
                taps = taps.flatMap { tap in own.map { (tap.offset * extent + $0.offset, tap.weight * $0.weight) } }
            }
            return taps
        }

        private func taps(_ coordinate: Float, _ extent: Int) -> [(offset: Int, weight: Float)] {
            var place = alignsCorners ? (coordinate + 1) / 2 * Float(extent - 1) : ((coordinate + 1) * Float(extent) - 1) / 2
            if interpolation == .nearest { place = place.rounded(.toNearestOrEven) }
            let least: Float = alignsCorners ? 0 : -0.5
            let greatest = Float(extent - 1) - least
            if place < least || place > greatest {
                switch border {
                case .zeros: break
                // Of a cubic's four elements each is held within the image by itself.
                case .border: if interpolation != .cubic { place = min(max(place, 0), Float(extent - 1)) }
                case .reflection: place = reflected(place, least, greatest)
                }
            }
            // What lies so far away, or is no number, is beyond every border.
            guard abs(place) <= 1e9 else { return [] }
            let first = place.rounded(.down)
            let part = place - first
            let weights: [Float]
            var start = Int(first)
            switch interpolation {
            case .nearest: weights = [1]
            case .linear: weights = [1 - part, part]
            case .cubic:
                weights = Self.cubic(part)
                start -= 1
            }
            return weights.enumerated().compactMap { step, weight -> (offset: Int, weight: Float)? in
                var index = start + step
                if index < 0 || index >= extent {
                    switch border {
                    case .zeros: return nil
                    case .border: index = min(max(index, 0), extent - 1)
                    case .reflection: index = min(max(Int(reflected(Float(index), least, greatest)), 0), extent - 1)
                    }
                }
                return (index, weight)
            }
        }

        private func reflected(_ place: Float, _ least: Float, _ greatest: Float) -> Float {
            let range = greatest - least
            guard range > 0, place < least || place > greatest else { return range > 0 ? place : least }
            let distance = place < least ? least - place : place - greatest
            let turns = (distance / range).rounded(.down)
            let rest = distance - turns * range
            let startsBelow = place < least
            let isEven = turns.truncatingRemainder(dividingBy: 2) == 0
            return startsBelow == isEven ? least + rest : greatest - rest
        }

        /// Keys' cubic convolution with a = −0.75.
        private static func cubic(_ x: Float) -> [Float] {
            let a: Float = -0.75
            func near(_ x: Float) -> Float { ((a + 2) * x - (a + 3)) * x * x + 1 }
            func far(_ x: Float) -> Float { ((a * x - 5 * a) * x + 8 * a) * x - 4 * a }
            return [far(x + 1), near(x), near(1 - x), far(2 - x)]
        }
    }

    /// The grid (N, places…, axes) that affine maps (N, axes, axes + 1) make of evenly spaced places.
    private static let affineGrid: Maker = { context throws(KernelFault) in
        let theta = try context.floatShape(0)
        let output = ValueType(elementType: .float32, shape: try context.outputShape())
        let axes = output.shape.dimensions.last ?? 0
        guard output.shape.rank == axes + 2, theta.dimensions == [output.shape[0], axes, axes + 1] else {
            throw KernelFault("maps of \(theta) do not make a grid of \(output.shape)")
        }
        let extents = Array(output.shape.dimensions[1...axes])
        let alignsCorners = context.flag("align_corners")
        let places = try checkedProduct(extents)
        return Kernel(outputs: [output]) { inputs, outputs, _ in
            for sample in 0..<output.shape[0] {
                let map = inputs.floats(0) + sample * axes * (axes + 1)
                for place in 0..<places {
                    // The last axis varies fastest and is the first coordinate.
                    var rest = place
                    var position = [Float](repeating: 1, count: axes + 1)
                    for axis in extents.indices.reversed() {
                        let index = Float(rest % extents[axis])
                        let extent = Float(extents[axis])
                        rest /= extents[axis]
                        position[axes - 1 - axis] = alignsCorners ? (extent > 1 ? 2 * index / (extent - 1) - 1 : -1) : (2 * index + 1) / extent - 1
                    }
                    for coordinate in 0..<axes {
                        var sum: Float = 0
                        for term in 0...axes { sum += map[coordinate * (axes + 1) + term] * position[term] }
                        outputs[0].floatPointer[(sample * places + place) * axes + coordinate] = sum
                    }
                }
            }
        }
    }
}
