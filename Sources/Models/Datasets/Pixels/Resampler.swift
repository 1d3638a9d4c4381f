/// Resizes images of one size, as far as a window of the result needs: first along rows, then along columns.
struct Resampler: Sendable {
    private let source: Preprocessing.Extent
    private let target: Preprocessing.Extent
    private let window: Preprocessing.Extent
    private let top: Int
    private let left: Int
    private let horizontal: TriangleFilter
    private let vertical: TriangleFilter

    /// From `source` to `target` pixels, of which a centred `window` is wanted; it fits into the target.
    init(from source: Preprocessing.Extent, to target: Preprocessing.Extent, window: Preprocessing.Extent) {
        precondition(window.height <= target.height && window.width <= target.width)
        self.source = source
        self.target = target
        self.window = window
        // As torchvision's CenterCrop: a half goes to the even number.
        top = Int((Double(target.height - window.height) / 2).rounded(.toNearestOrEven))
        left = Int((Double(target.width - window.width) / 2).rounded(.toNearestOrEven))
        horizontal = TriangleFilter(from: source.width, to: target.width, window: left..<left + window.width)
        vertical = TriangleFilter(from: source.height, to: target.height, window: top..<top + window.height)
    }

    /// Gives `body` the window of the resized image; its memory is only valid there. `view` has the source's size.
    func resize<Element: Resizable>(_ view: PixelView<Element>, _ body: (PixelView<Element>) -> Void) {
        precondition(view.height == source.height && view.width == source.width)
        if source == target {
            return body(view.window(top: top, left: left, height: window.height, width: window.width))
        }
        let rows = source.height == target.height ? top..<top + window.height : vertical.reach
        let partial = ImageLayout(channels: view.channels, height: rows.count, width: window.width, isPlanar: true)
        withUnsafeTemporaryAllocation(of: Element.self, capacity: partial.count) { memory in
            guard let elements = memory.baseAddress else { return }
            filterRows(of: view, rows, into: elements)
            if source.height == target.height { return body(partial.view(elements)) }
            let full = ImageLayout(channels: view.channels, height: window.height, width: window.width, isPlanar: true)
            withUnsafeTemporaryAllocation(of: Element.self, capacity: full.count) { memory in
                guard let resized = memory.baseAddress else { return }
                filterColumns(of: elements, rows: rows, channels: view.channels, into: resized)
                body(full.view(resized))
            }
        }
    }

    /// Makes rows of the window's width, channel by channel.
    private func filterRows<Element: Resizable>(
        of view: PixelView<Element>, _ rows: Range<Int>, into elements: UnsafeMutablePointer<Element>
    ) {
        let stride = view.columnStride
        withSums(of: Element.self) { filter, sums in
            var output = elements
            for channel in 0..<view.channels {
                for row in rows {
                    let line = view.base + channel * view.channelStride + row * view.rowStride
                    defer { output += filter.count }
                    if source.width == target.width {
                        for column in 0..<filter.count { (output + column).initialize(to: line[(left + column) * stride]) }
                        continue
                    }
                    let weights = Element.weights(of: filter)
                    for tap in 0..<filter.tapCount {
                        for column in 0..<filter.count {
                            Element.add(
                                line[(filter.starts[column] &+ tap) &* stride],
                                times: weights[tap &* filter.count &+ column],
                                to: &sums[column])
                        }
                    }
                    Self.finish(sums, count: filter.count, to: output)
                }
            }
        }
    }

    /// Makes the window of rows that have its width already.
    private func filterColumns<Element: Resizable>(
        of elements: UnsafePointer<Element>, rows: Range<Int>, channels: Int,
        into resized: UnsafeMutablePointer<Element>
    ) {
        let width = window.width
        withSums(of: Element.self) { _, sums in
            vertical.withView { filter in
                let weights = Element.weights(of: filter)
                var output = resized
                for channel in 0..<channels {
                    let plane = elements + channel * rows.count * width
                    for row in 0..<filter.count {
                        for tap in 0..<filter.tapCount {
                            let line = plane + (filter.starts[row] - rows.lowerBound + tap) * width
                            let weight = weights[tap * filter.count + row]
                            for column in 0..<width { Element.add(line[column], times: weight, to: &sums[column]) }
                        }
                        Self.finish(sums, count: width, to: output)
                        output += width
                    }
                }
            }
        }
    }

    /// Gives `body` the filter along rows, and a sum for every column of the window.
    private func withSums<Element: Resizable>(
        of _: Element.Type, _ body: (TriangleFilter.View, UnsafeMutablePointer<Element.Sum>) -> Void
    ) {
        withUnsafeTemporaryAllocation(of: Element.Sum.self, capacity: window.width) { memory in
            guard let sums = memory.baseAddress else { return }
            sums.initialize(repeating: Element.initialSum, count: window.width)
            horizontal.withView { body($0, sums) }
        }
    }

    /// Makes elements of sums, which begin anew.
    @inline(__always)
    private static func finish<Element: Resizable>(
        _ sums: UnsafeMutablePointer<Element.Sum>, count: Int, to output: UnsafeMutablePointer<Element>
    ) {
        for column in 0..<count {
            (output + column).initialize(to: Element.element(from: sums[column]))
            sums[column] = Element.initialSum
        }
    }
}
