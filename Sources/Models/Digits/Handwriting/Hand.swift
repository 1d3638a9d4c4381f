import Basics

/// How one digit is written: everything that differs from one hand, and one moment, to the next.
///
/// Only sums, products, quotients and square roots are used, which IEEE 754 rounds correctly, so a digit is the same on
/// every machine; sines and logarithms differ from one C library to another.
struct Hand {
    /// Standard deviation of a stroke's points around the variant's, in the unit box.
    let unsteadiness: Double
    /// Half the pen's width, in pixels.
    let penRadius: Double
    /// Relative change of the pen's width from the start of a stroke to its end.
    let pressureChange: Double

    private let transform: Affine
    private let warp: Warp

    init(using random: inout SeededRandom) {
        unsteadiness = random.uniform(0.005, 0.044)
        penRadius = random.uniform(0.58, 1.6)
        pressureChange = 0.2 * random.bell()
        transform = Affine(using: &random)
        warp = Warp(strength: random.uniform(0.2, 1.75), using: &random)
    }

    /// The glyph's strokes on the canvas, as chains of short straight pieces.
    func write(_ glyph: Glyph, using random: inout SeededRandom) -> [[Point]] {
        glyph.strokes.map { stroke in
            let unsteady = stroke.moved { point in
                Point(point.x + unsteadiness * random.bell(), point.y + unsteadiness * random.bell())
            }
            return unsteady.flattened(piecesPerSpan: 4).map { warp.apply(to: transform.apply(to: $0)) }
        }
    }
}

/// Size, proportions, slant, rotation and place: the unit box on the canvas.
private struct Affine {
    private let xx, xy, yx, yy: Double
    private let offset: Point

    init(using random: inout SeededRandom) {
        let height = 19.2 * (1 + 0.08 * random.bell())
        let width = height * min(max(0.8 * (1 + 0.17 * random.bell()), 0.46), 1.1)
        let slant = 0.18 * random.bell() + 0.1
        // The half-angle's tangent gives sine and cosine as quotients.
        let t = 0.064 * random.bell()
        let (cosine, sine) = ((1 - t * t) / (1 + t * t), 2 * t / (1 + t * t))
        xx = width * cosine
        xy = -slant * height * cosine - height * sine
        yx = width * sine
        yy = -slant * height * sine + height * cosine
        offset = Point(Canvas.center + 0.9 * random.bell(), Canvas.center + 0.9 * random.bell())
    }

    func apply(to point: Point) -> Point {
        let (x, y) = (point.x - 0.5, point.y - 0.5)
        return Point(offset.x + xx * x + xy * y, offset.y + yx * x + yy * y)
    }
}

/// An elastic distortion: random shifts on a coarse grid over the canvas, interpolated between.
private struct Warp {
    private static let cells = 3
    private var shifts: [Point] = []

    /// `strength` is the shifts' standard deviation in pixels.
    init(strength: Double, using random: inout SeededRandom) {
        let count = (Warp.cells + 1) * (Warp.cells + 1)
        shifts.reserveCapacity(count)
        for _ in 0..<count { shifts.append(Point(strength * random.bell(), strength * random.bell())) }
    }

    func apply(to point: Point) -> Point {
        let (column, u) = cell(point.x)
        let (row, v) = cell(point.y)
        let stride = Warp.cells + 1
        let corner = row * stride + column
        let upper = shifts[corner] * (1 - u) + shifts[corner + 1] * u
        let lower = shifts[corner + stride] * (1 - u) + shifts[corner + stride + 1] * u
        return point + upper * (1 - v) + lower * v
    }

    /// The grid cell of a coordinate, and a smooth weight of its far side, 0…1.
    private func cell(_ coordinate: Double) -> (index: Int, weight: Double) {
        let scaled = min(max(coordinate / Double(Canvas.side), 0), 1) * Double(Warp.cells)
        let index = min(Int(scaled), Warp.cells - 1)
        let t = scaled - Double(index)
        return (index, t * t * (3 - 2 * t))
    }
}

extension SeededRandom {
    /// A bell-shaped number of mean 0 and variance 1 within ±3.47: the scaled sum of four uniform ones.
    mutating func bell() -> Double {
        (uniform() + uniform() + uniform() + uniform() - 2) * 1.7320508075688772
    }
}
