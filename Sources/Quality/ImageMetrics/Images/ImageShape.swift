/// Extents of an image as networks hold it: channels, rows, columns.
public struct ImageShape: Sendable, Hashable {
    public var channels: Int
    public var height: Int
    public var width: Int

    public init(channels: Int, height: Int, width: Int) {
        precondition(channels > 0 && height > 0 && width > 0, "an image of \(channels) × \(height) × \(width)")
        self.channels = channels
        self.height = height
        self.width = width
    }

    /// Numbers of an image.
    public var count: Int { channels * height * width }
    /// Pixels of a channel.
    public var pixelCount: Int { height * width }
}
