/// What becomes of an image on its way into a network: resized, cropped, its channels arranged, then
/// (pixel × scale − mean) / std.
struct Preprocessing: Sendable, Hashable {
    enum Resizing: Sendable, Hashable {
        /// The shorter side gets this many pixels, the longer one its share, rounded down.
        case shortSide(Int)
        case exactly(height: Int, width: Int)
    }

    enum Channels: String, Sendable, Hashable, CaseIterable {
        case rgb, bgr, gray
    }

    struct Extent: Sendable, Hashable {
        var height: Int
        var width: Int
    }

    var resizing: Resizing?
    /// The middle of the resized image.
    var crop: Extent?
    /// Nil leaves the channels as they are stored.
    var channels: Channels?
    /// One value for all channels, or one a channel in the order of `channels`.
    var scale: [Double] = [1]
    var mean: [Double] = [0]
    var std: [Double] = [1]
}

extension Preprocessing {
    /// The size after resizing.
    func resized(_ extent: Extent) -> Extent {
        switch resizing {
        case nil: extent
        case .exactly(let height, let width): Extent(height: height, width: width)
        case .shortSide(let side):
            // As torchvision's Resize does.
            if extent.width < extent.height {
                Extent(height: side * extent.height / extent.width, width: side)
            } else {
                Extent(height: side, width: side * extent.width / extent.height)
            }
        }
    }

    /// The size of what enters the network.
    func final(_ extent: Extent) -> Extent { crop ?? resized(extent) }

    /// Whether images of every size come out in the same one.
    var makesSizesEqual: Bool {
        if crop != nil { return true }
        if case .exactly = resizing { return true }
        return false
    }

    /// Channels that enter the network, of images stored with `count`; nil where they cannot be arranged so.
    func channelCount(from count: Int) -> Int? {
        switch channels {
        case nil: count
        case .gray: count == 1 || count == 3 ? 1 : nil
        case .rgb, .bgr: count == 1 || count == 3 ? 3 : nil
        }
    }
}
