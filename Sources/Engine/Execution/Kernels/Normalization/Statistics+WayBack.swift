extension KernelLibrary {
    /// Through x · w / √(mean of x² + epsilon), row by row.
    static func backThroughRootMeanSquare(
        _ source: UnsafePointer<Float>, _ scale: UnsafePointer<Float>, _ gradient: UnsafePointer<Float>,
        _ targets: [UnsafeMutablePointer<Float>?], rows: Int, count: Int, epsilon: Float
    ) {
        targets[1]?.update(repeating: 0, count: count)
        for row in 0..<rows {
            let (x, dy) = (source + row * count, gradient + row * count)
            var (squares, product): (Float, Float) = (0, 0)
            for index in 0..<count {
                squares += x[index] * x[index]
                product += dy[index] * scale[index] * x[index]
            }
            let inverse = 1 / (squares / Float(count) + epsilon).squareRoot()
            let pull = product / Float(count) * inverse * inverse
            for index in 0..<count { targets[1]?[index] += dy[index] * x[index] * inverse }
            guard let dx = targets[0].map({ $0 + row * count }) else { continue }
            for index in 0..<count { dx[index] = inverse * (dy[index] * scale[index] - x[index] * pull) }
        }
    }

    /// Through a division by the sum of magnitudes, or by the root of the sum of squares, along an axis; lines of zeros stayed.
    static func backThroughNorm(
        _ source: UnsafePointer<Float>, _ gradient: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>,
        _ extents: (outer: Int, extent: Int, inner: Int), order: Int
    ) {
        let (outer, extent, inner) = extents
        for block in 0..<outer {
            for lane in 0..<inner {
                let start = block * extent * inner + lane
                let (x, dy, dx) = (source + start, gradient + start, target + start)
                var (norm, product): (Float, Float) = (0, 0)
                for line in 0..<extent {
                    let value = x[line * inner]
                    norm += order == 1 ? abs(value) : value * value
                    product += dy[line * inner] * value
                }
                if order == 2 { norm = norm.squareRoot() }
                guard norm != 0 else {
                    for line in 0..<extent { dx[line * inner] = dy[line * inner] }
                    continue
                }
                for line in 0..<extent {
                    let value = x[line * inner]
                    let slope: Float = order == 1 ? (value == 0 ? 0 : value < 0 ? -1 : 1) : value / norm
                    dx[line * inner] = (dy[line * inner] - slope * product / norm) / norm
                }
            }
        }
    }
}
