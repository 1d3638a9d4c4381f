/// What errors of a stack of kernels do to what it gives on data: Σ ΔW Σ ΔWᵀ over its outputs, Σ second moments of what a group of them reads.
public struct DataNorm: Sendable {
    /// One a group, of in · window inputs, the window of a channel together.
    public let moments: [BlockMoments]

    /// Moments as they were measured.
    public init(_ moments: [BlockMoments]) { self.moments = moments }

    /// How much of what two inputs have in common factors are chosen by; energies are of all of it.
    ///
    /// Inputs change as other layers are compressed, and few samples tell little of them. On GoogLeNet in factors that hold 90 % of the
    /// weights, moments of 125 images, 125 others lose 0.46 nats more at 0.95, 0.39 at 0.8, 0.38 at 0.6 and 0.39 at 0.4; 1.50 by the weights' norm.
    static let trust = 0.6

    /// Whether it is of kernels laid out so.
    public func fits(_ layout: KernelLayout) -> Bool {
        moments.count == layout.groups && moments.allSatisfy { $0.extent == layout.in * layout.window }
    }

    /// The norm of kernels of which some groups and inputs are left: for each group left its place and its inputs.
    public func selecting(_ groups: [(place: Int, inputs: [Int])]) -> DataNorm {
        DataNorm(groups.map { moments[$0.place].selecting($0.inputs) })
    }

    /// The squares of what changed kernels (groups × out × in × window, whatever their order in the file) give, added up over outputs.
    func power(_ changes: [Double], _ layout: KernelLayout) -> Double {
        let size = layout.out * layout.in * layout.window
        return moments.enumerated().reduce(0) { sum, group in
            sum + group.element.powers(Array(changes[group.offset * size..<(group.offset + 1) * size])).reduce(0, +)
        }
    }
}

/// Second moments of inputs: whole, or of wide layers in blocks along the diagonal and nothing off them.
public struct BlockMoments: Sendable {
    /// Each row-major and symmetric; their extents add up to `extent`.
    public let blocks: [[Float]]
    /// Number of inputs.
    public let extent: Int

    public init(_ blocks: [[Float]]) {
        self.blocks = blocks
        extent = blocks.reduce(0) { $0 + Self.width($1) }
    }

    /// Whether all products of two inputs are there.
    public var isWhole: Bool { blocks.count == 1 }

    /// Each block with the number of its first input.
    var placed: [(start: Int, width: Int, values: [Float])] {
        var start = 0
        return blocks.map { block in
            defer { start += Self.width(block) }
            return (start, Self.width(block), block)
        }
    }

    private static func width(_ block: [Float]) -> Int { Int(Double(block.count).squareRoot().rounded()) }

    /// Those of some inputs, in rising order.
    func selecting(_ inputs: [Int]) -> BlockMoments {
        if inputs.count == extent { return self }
        return BlockMoments(
            placed.map { start, width, values in
                let own = inputs.filter { $0 >= start && $0 < start + width }.map { $0 - start }
                return own.flatMap { row in own.map { values[row * width + $0] } }
            }
            .filter { !$0.isEmpty })
    }

    /// The same with so much of what is off the diagonal.
    func trusted(_ part: Double) -> BlockMoments {
        BlockMoments(
            placed.map { _, width, values in
                var own = values
                for row in 0..<width { for column in 0..<width where column != row { own[row * width + column] *= Float(part) } }
                return own
            })
    }

    /// v Σ vᵀ of each of the rows v (count × extent).
    func powers(_ rows: [Double]) -> [Double] {
        let count = rows.count / extent
        var sums = [Double](repeating: 0, count: count)
        for (start, width, values) in placed {
            let wide = values.map(Double.init)
            var product = [Double](repeating: 0, count: count * width)
            rows.withUnsafeBufferPointer { rows in
                wide.withUnsafeBufferPointer { wide in
                    guard let rows = rows.baseAddress, let wide = wide.baseAddress else { return }
                    // Bounds: columns start..<start + width of all rows.
                    multiply(
                        MatrixView(rows + start, rows: count, columns: width, stride: extent),
                        by: MatrixView(wide, rows: width, columns: width), into: &product, stride: width)
                }
            }
            for row in 0..<count {
                for column in 0..<width { sums[row] += product[row * width + column] * rows[row * extent + start + column] }
            }
        }
        return sums.map { max(0, $0) }
    }
}
