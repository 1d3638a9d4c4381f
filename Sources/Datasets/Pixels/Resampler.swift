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

    private func filterRows<Element: Resizable>(
        of view: PixelView<Element>, _ rows: Range<Int>, into elements: UnsafeMutablePointer<Element>
    ) {
        var next = elements
        for channel in 0..<view.channels {
            for row in rows {
                let line = view.base + channel * view.channelStride + row * view.rowStride
                for column in 0..<window.width {
                    let value =
                        source.width == target.width
                        ? line[(left + column) * view.columnStride]
                        : Element.weighed(
                            line + horizontal.ranges[column].lowerBound * view.columnStride, stride: view.columnStride,
                            by: horizontal, at: column)
                    next.initialize(to: value)
                    next += 1
                }
            }
        }
    }

    private func filterColumns<Element: Resizable>(
        of elements: UnsafePointer<Element>, rows: Range<Int>, channels: Int,
        into resized: UnsafeMutablePointer<Element>
    ) {
        var next = resized
        for channel in 0..<channels {
            let plane = elements + channel * rows.count * window.width
            for row in 0..<window.height {
                let first = plane + (vertical.ranges[row].lowerBound - rows.lowerBound) * window.width
                for column in 0..<window.width {
                    next.initialize(to: Element.weighed(first + column, stride: window.width, by: vertical, at: row))
                    next += 1
                }
            }
        }
    }
}
