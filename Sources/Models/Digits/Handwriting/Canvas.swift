import Basics

/// A square grey picture, 0 for paper and 1 for ink, row by row.
struct Canvas {
    static let side = 28
    static let count = side * side
    static let center = Double(side) / 2

    private(set) var pixels = [Double](repeating: 0, count: Canvas.count)

    /// Draws a chain of straight pieces with a round pen whose radius goes from `startRadius` to `endRadius`, in pixels.
    ///
    /// A pixel's ink is the part of the pen's edge ramp, one pixel wide, that its centre lies in; strokes do not add up.
    mutating func draw(_ chain: [Point], startRadius: Double, endRadius: Double) {
        guard chain.count > 1 else { return }
        pixels.withUnsafeMutableBufferPointer { pixels in
            for piece in 0..<chain.count - 1 {
                let radius = startRadius + (endRadius - startRadius) * Double(piece) / Double(chain.count - 1)
                Canvas.draw(from: chain[piece], to: chain[piece + 1], radius: radius, into: pixels)
            }
        }
    }

    private static func draw(from start: Point, to end: Point, radius: Double, into pixels: UnsafeMutableBufferPointer<Double>) {
        let reach = radius + 0.5
        // Bounds: both ranges are clamped to the canvas, which `pixels` covers.
        let columns = range(min(start.x, end.x) - reach, max(start.x, end.x) + reach)
        let rows = range(min(start.y, end.y) - reach, max(start.y, end.y) + reach)
        let delta = end - start
        let lengthSquared = delta.x * delta.x + delta.y * delta.y
        var row = rows.lowerBound
        while row < rows.upperBound {
            var column = columns.lowerBound
            while column < columns.upperBound {
                let toPixel = Point(Double(column) + 0.5 - start.x, Double(row) + 0.5 - start.y)
                var along = 0.0
                if lengthSquared > 0 { along = (toPixel.x * delta.x + toPixel.y * delta.y) / lengthSquared }
                along = min(max(along, 0), 1)
                let (x, y) = (toPixel.x - along * delta.x, toPixel.y - along * delta.y)
                let ink = min(reach - (x * x + y * y).squareRoot(), 1)
                let index = row * side + column
                if ink > pixels[index] { pixels[index] = ink }
                column += 1
            }
            row += 1
        }
    }

    private static func range(_ lower: Double, _ upper: Double) -> Range<Int> {
        let first = min(max(Int(lower.rounded(.down)), 0), side)
        return first..<max(first, min(Int(upper.rounded(.up)), side))
    }

    /// Mixes each pixel with its eight neighbours; `weight` is a direct neighbour's share in each direction, 0…1/3.
    mutating func blur(weight: Double) {
        let middle = 1 - 2 * weight
        for (step, across) in [(1, Canvas.side), (Canvas.side, 1)] {
            let source = pixels
            for lane in 0..<Canvas.side {
                for place in 0..<Canvas.side {
                    let index = lane * across + place * step
                    let before = place > 0 ? source[index - step] : 0
                    let after = place < Canvas.side - 1 ? source[index + step] : 0
                    pixels[index] = middle * source[index] + weight * (before + after)
                }
            }
        }
    }

    /// Scales the ink by `strength`, roughens it, and lays grain over the paper; `grain` is its standard deviation.
    mutating func roughen(strength: Double, grain: Double, using random: inout SeededRandom) {
        for index in pixels.indices {
            // One number a pixel: a uniform one of the same variance as a bell-shaped one would have.
            let noise = (random.uniform() - 0.5) * 3.4641016151377544 * grain
            pixels[index] = min(max(pixels[index] * strength * (1 + noise) + noise, 0), 1)
        }
    }

    /// The picture in 256 greys.
    var bytes: [UInt8] { pixels.map { UInt8(($0 * 255).rounded()) } }
}
