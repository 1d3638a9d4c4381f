/// Pixels in memory, wherever their channels, rows and columns lie; offsets count elements.
struct PixelView<Element> {
    /// Bounds: every offset within the extents lies in the memory the view was made of, which outlives it.
    var base: UnsafePointer<Element>
    var channels: Int
    var height: Int
    var width: Int
    var channelStride: Int
    var rowStride: Int
    var columnStride: Int

    subscript(channel: Int, row: Int, column: Int) -> Element {
        base[channel * channelStride + row * rowStride + column * columnStride]
    }

    /// The part that begins at `top` and `left` and lies within the view.
    func window(top: Int, left: Int, height: Int, width: Int) -> PixelView {
        precondition(top >= 0 && left >= 0 && top + height <= self.height && left + width <= self.width)
        var part = self
        part.base += top * rowStride + left * columnStride
        part.height = height
        part.width = width
        return part
    }
}

/// How the pixels of an image are stored.
struct ImageLayout: Sendable, Hashable {
    var channels: Int
    var height: Int
    var width: Int
    /// Channel by channel, or else pixel by pixel.
    var isPlanar: Bool

    var count: Int { channels * height * width }

    /// A view of the image's elements; there are `count`.
    func view<Element>(_ elements: UnsafePointer<Element>) -> PixelView<Element> {
        PixelView(
            base: elements, channels: channels, height: height, width: width,
            channelStride: isPlanar ? height * width : 1, rowStride: isPlanar ? width : width * channels,
            columnStride: isPlanar ? 1 : channels)
    }
}
