extension KernelLibrary {
    static let resizing: [String: Maker] = ["Resize": resize, "Upsample": upsample]

    private static let upsample: Maker = { context throws(KernelFault) in
        let scales: [Float]
        if let given = context.floats("scales") { scales = given } else { scales = try floats(context, 1) }
        return try resize(context, scales: scales, transform: .asymmetric, rounding: .byScale)
    }

    private static func floats(_ context: KernelContext, _ index: Int) throws(KernelFault) -> [Float] {
        try context.numbers(index).map { Float($0) }
    }

    /// Inputs are (X, scales) in opset 10 and (X, roi, scales, sizes) since.
    private static let resize: Maker = { context throws(KernelFault) in
        guard context.operatorSet >= 11 else {
            let scales = try floats(context, 1)
            return try resize(context, scales: scales, transform: .asymmetric, rounding: .byScale)
        }
        guard !context.flag("antialias") else {
            throw KernelFault("mode \"\(context.text("mode", default: "nearest"))\" with antialias is not supported")
        }
        let name = context.text("coordinate_transformation_mode", default: "half_pixel")
        guard let transform = CoordinateTransform(rawValue: name) else {
            throw KernelFault("coordinate_transformation_mode \"\(name)\" is not supported")
        }
        let roundingName = context.text("nearest_mode", default: "round_prefer_floor")
        guard let rounding = NearestRounding(rawValue: roundingName), rounding != .byScale else {
            throw KernelFault("nearest_mode \"\(roundingName)\" is not supported")
        }
        let scales = context.hasInput(2) ? try floats(context, 2) : []
        return try resize(context, scales: scales.isEmpty ? nil : scales, transform: transform, rounding: rounding)
    }

    private static func resize(
        _ context: KernelContext, scales: [Float]?, transform: CoordinateTransform, rounding: NearestRounding
    ) throws(KernelFault) -> Kernel {
        let output = try context.output()
        let axes = try resizedAxes(context, scales: scales, cropping: transform == .cropAndResize)
        let mode = context.text("mode", default: "nearest")
        let filler = context.float("extrapolation_value", default: 0)
        guard output.shape.count > 0 else { return Kernel(outputs: [output]) { _, _, _ in } }
        switch mode {
        case "nearest":
            let taps = axes.map { AxisTaps($0, transform: transform, rounding: rounding) }
            return try NearestResizing(context, taps: taps, filler: filler).kernel(output)
        case "linear", "bilinear", "trilinear":
            _ = try context.floatShape(0)
            let taps = axes.map { $0.isKept ? nil : AxisTaps(linear: $0, transform: transform) }
            return try FilteredResizing(output: output, axes: axes, taps: taps, filler: filler).kernel()
        case "cubic":
            _ = try context.floatShape(0)
            let a = context.float("cubic_coeff_a", default: -0.75)
            let excludes = context.flag("exclude_outside")
            let taps = axes.map {
                $0.isKept ? nil : AxisTaps(cubic: $0, transform: transform, a: a, excludesOutside: excludes)
            }
            return try FilteredResizing(output: output, axes: axes, taps: taps, filler: filler).kernel()
        default: throw KernelFault("mode \"\(mode)\" is not supported")
        }
    }

    /// All axes of the input, resized or not.
    private static func resizedAxes(
        _ context: KernelContext, scales: [Float]?, cropping: Bool
    ) throws(KernelFault) -> [ResizedAxis] {
        let input = try context.shape(0)
        let output = try context.outputShape()
        guard output.rank == input.rank, output.count == 0 || input.count > 0 else {
            throw KernelFault("\(input) is not resized to \(output)")
        }
        guard output.count == 0 || output.dimensions.allSatisfy({ $0 <= longestTable }) else {
            throw KernelFault("an axis of \(output) is too long")
        }
        let named = try context.normalized(
            context.integers("axes") ?? Array(0..<input.rank), rank: input.rank)
        var axes = zip(input.dimensions, output.dimensions).map { ResizedAxis(input: $0, output: $1, scale: 1) }
        if let scales {
            guard scales.count == named.count, scales.allSatisfy({ $0 > 0 && $0.isFinite }) else {
                throw KernelFault("scales \(scales) do not fit \(input)")
            }
            for (axis, scale) in zip(named, scales) { axes[axis].scale = scale }
        } else {
            let sizes = try context.integers(3)
            guard sizes.count == named.count else { throw KernelFault("sizes \(sizes) do not fit \(input)") }
            let ratios = zip(named, sizes).map { Float($1) / Float(max(input[$0], 1)) }
            let common: Float?
            switch context.text("keep_aspect_ratio_policy", default: "stretch") {
            case "stretch": common = nil
            case "not_larger": common = ratios.min()
            case "not_smaller": common = ratios.max()
            case let other: throw KernelFault("keep_aspect_ratio_policy \"\(other)\" is not supported")
            }
            for (axis, ratio) in zip(named, ratios) { axes[axis].scale = common ?? ratio }
        }
        if cropping {
            let region = try context.numbers(1)
            guard region.count == 2 * named.count else { throw KernelFault("roi \(region) does not fit \(input)") }
            for (index, axis) in named.enumerated() {
                axes[axis].cropStart = Float(region[index])
                axes[axis].cropEnd = Float(region[index + named.count])
            }
        }
        return axes
    }
}

/// Takes each output element from one place.
private struct NearestResizing: Sendable {
    /// Source offsets in elements for each resized axis and output position; −1 outside of the input.
    private var offsets: [[Int]] = []
    /// Elements behind the last resized axis.
    private var inner = 1
    private let filler: [UInt8]

    init(_ context: KernelContext, taps: [AxisTaps], filler: Float) throws(KernelFault) {
        let strides = try context.shape(0).rowMajorStrides
        self.filler = try context.elementType(0).numbers(NumberBytes(number: Double(filler)))
        for (axis, taps) in taps.enumerated() {
            offsets.append(zip(taps.positions, taps.outside).map { $1 ? -1 : $0 * strides[axis] })
        }
        while let last = taps.indices.reversed().first(where: { $0 == offsets.count - 1 }),
            offsets[last] == (0..<taps[last].input).map({ $0 * strides[last] })
        {
            inner *= taps[last].input
            offsets.removeLast()
        }
    }

    func kernel(_ output: ValueType) -> Kernel {
        let size = output.elementType.byteCount
        return Kernel(outputs: [output]) { inputs, outputs, _ in
            let (source, target) = (inputs.given(0).bytes, outputs[0].bytes)
            guard inner == 1 else { return copyBlocks(source, target, size) }
            switch size {
            case 1: pick(source, target, UInt8.self)
            case 2: pick(source, target, UInt16.self)
            case 4: pick(source, target, UInt32.self)
            default: pick(source, target, UInt64.self)
            }
        }
    }

    /// Calls `body` for each line of the last resized axis, with the offset of its source; −1 outside of the input.
    @inline(__always)
    private func forEachLine(_ axes: ArraySlice<[Int]>, _ body: (_ line: Int, _ source: Int) -> Void) {
        var index = [Int](repeating: 0, count: axes.count)
        var line = 0
        while true {
            var source = 0
            for (axis, place) in index.enumerated() {
                let offset = axes[axis][place]
                if offset < 0 || source < 0 { source = -1 } else { source += offset }
            }
            body(line, source)
            line += 1
            var axis = index.count - 1
            while axis >= 0 {
                index[axis] += 1
                if index[axis] < axes[axis].count { break }
                index[axis] = 0
                axis -= 1
            }
            if axis < 0 { return }
        }
    }

    private func pick<Element: BitwiseCopyable>(
        _ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _ type: Element.Type
    ) {
        let source = source.assumingMemoryBound(to: type)
        let target = target.assumingMemoryBound(to: type)
        let filler = filler.withUnsafeBytes { $0.loadUnaligned(as: type) }
        guard let row = offsets.last else {
            target.pointee = source.pointee
            return
        }
        row.withUnsafeBufferPointer { row in
            forEachLine(offsets.dropLast()) { line, start in
                let to = target + line * row.count
                for place in row.indices {
                    to[place] = start < 0 || row[place] < 0 ? filler : source[start + row[place]]
                }
            }
        }
    }

    private func copyBlocks(_ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _ size: Int) {
        let byteCount = inner * size
        forEachLine(offsets[...]) { line, start in
            let to = target + line * byteCount
            if start >= 0 {
                to.copyMemory(from: source + start * size, byteCount: byteCount)
            } else {
                for element in 0..<inner {
                    filler.withUnsafeBytes { bytes in
                        UnsafeMutableRawBufferPointer(start: to + element * size, count: size).copyMemory(from: bytes)
                    }
                }
            }
        }
    }
}
