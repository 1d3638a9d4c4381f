import TensorCore

/// Counts over the elements of channels.
struct ActivityTally: Sendable {
    private(set) var elements: [Int]
    private(set) var active: [Int]
    private(set) var squares: [Double]

    init(channels: Int) {
        elements = Array(repeating: 0, count: channels)
        active = elements
        squares = Array(repeating: 0, count: channels)
    }

    var activeShares: [Double] { elements.indices.map { elements[$0] > 0 ? Double(active[$0]) / Double(elements[$0]) : 0 } }
    var energies: [Double] { elements.indices.map { elements[$0] > 0 ? squares[$0] / Double(elements[$0]) : 0 } }

    mutating func add(_ other: ActivityTally) {
        for channel in elements.indices {
            elements[channel] += other.elements[channel]
            active[channel] += other.active[channel]
            squares[channel] += other.squares[channel]
        }
    }

    /// Adds a value whose indices along `axis` are the given channels (−1 for none); of the first axis only `rows`, unless
    /// that is nil.
    mutating func add(_ values: UnsafeBufferPointer<Float>, shape: Shape, axis: Int, channels: [Int], rows: [Int]?) {
        precondition(values.count == shape.count && shape[axis] == channels.count)
        guard let base = values.baseAddress else { return }
        let inner = shape.dimensions[(axis + 1)...].reduce(1, *)
        let outer = shape.dimensions[..<axis].reduce(1, *)
        let perRow = axis > 0 ? outer / max(1, shape[0]) : 1
        let blocks = rows.flatMap { rows in axis > 0 ? rows.flatMap { $0 * perRow..<($0 + 1) * perRow } : nil } ?? Array(0..<outer)
        for block in blocks {
            for (index, channel) in channels.enumerated() where channel >= 0 {
                // Bounds: `block` < outer and `index` < extent, so `inner` elements lie there.
                let (count, sum) = Self.sums(base + (block * channels.count + index) * inner, inner)
                elements[channel] += inner
                active[channel] += count
                squares[channel] += sum
            }
        }
    }

    /// How many of `count` elements are not zero, and the sum of their squares.
    @inline(__always)
    private static func sums(_ base: UnsafePointer<Float>, _ count: Int) -> (active: Int, squares: Double) {
        var active = 0
        var squares = 0.0
        let raw = UnsafeRawPointer(base)
        var index = 0
        if count >= 16 {
            var counts = SIMD16<Int32>.zero
            var sums = SIMD16<Float>.zero
            while index + 16 <= count {
                let values = raw.loadUnaligned(fromByteOffset: index * 4, as: SIMD16<Float>.self)
                counts.replace(with: counts &+ 1, where: values .!= 0)
                sums += values * values
                index += 16
            }
            active = Int(counts.wrappedSum())
            for lane in 0..<16 { squares += Double(sums[lane]) }
        }
        while index < count {
            let value = base[index]
            if value != 0 { active += 1 }
            squares += Double(value * value)
            index += 1
        }
        return (active, squares)
    }
}
