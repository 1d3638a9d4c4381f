/// Where an element of a resized axis lies on the original one, in float32 as ONNX Runtime reckons.
enum CoordinateTransform: String, Sendable {
    case halfPixel = "half_pixel"
    case halfPixelSymmetric = "half_pixel_symmetric"
    case pytorchHalfPixel = "pytorch_half_pixel"
    case halfPixelForNearest = "tf_half_pixel_for_nn"
    case alignCorners = "align_corners"
    case asymmetric
    case cropAndResize = "tf_crop_and_resize"

    func original(_ place: Int, _ axis: ResizedAxis) -> Float {
        let position = Float(place)
        let (resized, length) = (Float(axis.output), Float(axis.input))
        switch self {
        case .halfPixel: return (position + 0.5) / axis.scale - 0.5
        case .pytorchHalfPixel: return axis.output > 1 ? (position + 0.5) / axis.scale - 0.5 : 0
        case .halfPixelForNearest: return (position + 0.5) / axis.scale
        case .asymmetric: return position / axis.scale
        case .alignCorners: return axis.output > 1 ? position * (length - 1) / (resized - 1) : 0
        case .halfPixelSymmetric:
            // The crop that rounding the extent down makes is taken from both ends.
            let adjustment = resized / (axis.scale * length)
            return length / 2 * (1 - adjustment) + (position + 0.5) / axis.scale - 0.5
        case .cropAndResize:
            guard axis.output > 1 else { return 0.5 * (axis.cropStart + axis.cropEnd) * (length - 1) }
            return axis.cropStart * (length - 1)
                + position * (axis.cropEnd - axis.cropStart) * (length - 1) / (resized - 1)
        }
    }
}

/// How nearest-neighbour resizing rounds a coordinate.
enum NearestRounding: String, Sendable {
    case preferFloor = "round_prefer_floor"
    case preferCeil = "round_prefer_ceil"
    case floor
    case ceil
    /// Down when an axis grows and up when it shrinks, as before opset 11.
    case byScale

    func round(_ coordinate: Float, scale: Float) -> Float {
        switch self {
        case .preferFloor:
            let down = coordinate.rounded(.down)
            return coordinate == down + 0.5 ? down : coordinate.rounded(.toNearestOrAwayFromZero)
        case .preferCeil:
            let down = coordinate.rounded(.down)
            return coordinate == down + 0.5 ? down + 1 : coordinate.rounded(.toNearestOrAwayFromZero)
        case .floor: return coordinate.rounded(.down)
        case .ceil: return coordinate.rounded(.up)
        case .byScale: return coordinate.rounded(scale < 1 ? .up : .down)
        }
    }
}

/// One axis before and after resizing.
struct ResizedAxis: Sendable {
    var input: Int
    var output: Int
    var scale: Float
    /// The part of the axis that `tf_crop_and_resize` takes, as fractions.
    var cropStart: Float = 0
    var cropEnd: Float = 1

    var isKept: Bool { input == output && scale == 1 && cropStart == 0 && cropEnd == 1 }
}

/// What each element of a resized axis is made of.
struct AxisTaps: Sendable {
    let input: Int
    /// Weights an output element has.
    let tapCount: Int
    /// Positions on the original axis, `tapCount` for each output element.
    private(set) var positions: [Int] = []
    private(set) var weights: [Float] = []
    /// The output elements that lie outside of the original axis.
    private(set) var outside: [Bool] = []

    init(_ axis: ResizedAxis, transform: CoordinateTransform, rounding: NearestRounding) {
        input = axis.input
        tapCount = 1
        for place in 0..<axis.output {
            let coordinate = axis.isKept ? Float(place) : transform.original(place, axis)
            add(coordinate, transform)
            let nearest = axis.isKept ? Float(place) : rounding.round(coordinate, scale: axis.scale)
            positions.append(clamped(nearest))
            weights.append(1)
        }
    }

    init(linear axis: ResizedAxis, transform: CoordinateTransform) {
        input = axis.input
        tapCount = 2
        for place in 0..<axis.output {
            let original = transform.original(place, axis)
            add(original, transform)
            let coordinate = min(max(original, 0), Float(axis.input - 1))
            let first = clamped(coordinate.rounded(.down))
            positions += [first, min(first + 1, axis.input - 1)]
            let weight = coordinate - Float(first)
            weights += [1 - weight, weight]
        }
    }

    /// Keys' cubic convolution of parameter `a`; with `excludesOutside`, positions outside have no weight.
    init(cubic axis: ResizedAxis, transform: CoordinateTransform, a: Float, excludesOutside: Bool) {
        input = axis.input
        tapCount = 4
        for place in 0..<axis.output {
            let coordinate = transform.original(place, axis)
            add(coordinate, transform)
            let floor = coordinate.rounded(.down)
            let t = coordinate - floor
            var own: [Float] = [
                ((a * (t + 1) - 5 * a) * (t + 1) + 8 * a) * (t + 1) - 4 * a,
                ((a + 2) * t - (a + 3)) * t * t + 1,
                ((a + 2) * (1 - t) - (a + 3)) * (1 - t) * (1 - t) + 1,
                ((a * (2 - t) - 5 * a) * (2 - t) + 8 * a) * (2 - t) - 4 * a,
            ]
            if excludesOutside {
                for tap in 0..<4 {
                    let position = floor + Float(tap - 1)
                    if position < 0 || position >= Float(axis.input) { own[tap] = 0 }
                }
                let sum = own.reduce(0, +)
                if sum != 0 { own = own.map { $0 / sum } }
            }
            weights += own
            for tap in 0..<4 { positions.append(clamped(floor + Float(tap - 1))) }
        }
    }

    private mutating func add(_ coordinate: Float, _ transform: CoordinateTransform) {
        outside.append(transform == .cropAndResize && !(coordinate >= 0 && coordinate <= Float(input - 1)))
    }

    private func clamped(_ position: Float) -> Int {
        // NaN, of an axis without extent or a scale of 0, becomes 0.
        position > 0 ? Int(min(position, Float(input - 1))) : 0
    }
}
