import Basics
import TensorCore

/// Random changes of images that leave their class as it is.
public struct Augmentation: Sendable, Hashable {
    /// Pixels an image is moved at most along each axis: padding by as much and cropping at random.
    public var shift = 0
    /// Whether half of the images are mirrored left to right.
    public var flips = false
    /// The least part of height and width that is cut out and stretched; 1 for none.
    public var leastCrop = 1.0
    /// What is seen beyond an image's edge.
    public var fill: Float = 0

    public init(shift: Int = 0, flips: Bool = false, leastCrop: Double = 1, fill: Float = 0) {
        self.shift = shift
        self.flips = flips
        self.leastCrop = leastCrop
        self.fill = fill
    }

    var isNothing: Bool { shift == 0 && !flips && leastCrop >= 1 }

    /// How an image lies in memory.
    struct Layout: Sendable, Hashable {
        var channels: Int
        var height: Int
        var width: Int
        /// Whether all channels of a pixel lie side by side.
        var isInterleaved = false

        /// The layout of samples of so many axes: a gray image has two, and of three those that are as few as channels come last or, usually,
        /// first. Nil of what is no image.
        init?(_ sample: Shape) {
            let counts = [1, 3, 4]
            switch sample.rank {
            case 2: self.init(channels: 1, height: sample[0], width: sample[1])
            case 3 where counts.contains(sample[2]) && !counts.contains(sample[0]):
                self.init(channels: sample[2], height: sample[0], width: sample[1], isInterleaved: true)
            case 3: self.init(channels: sample[0], height: sample[1], width: sample[2])
            default: return nil
            }
        }

        init(channels: Int, height: Int, width: Int, isInterleaved: Bool = false) {
            (self.channels, self.height, self.width, self.isInterleaved) = (channels, height, width, isInterleaved)
        }

        func place(_ channel: Int, _ row: Int, _ column: Int) -> Int {
            isInterleaved ? (row * width + column) * channels + channel : (channel * height + row) * width + column
        }
    }

    /// Changes one image in place; `work` holds as many numbers.
    func apply(
        to image: UnsafeMutableBufferPointer<Float>, _ layout: Layout, random: inout SeededRandom,
        work: UnsafeMutableBufferPointer<Float>
    ) {
        let down = shift > 0 ? Int(random.next() % UInt64(2 * shift + 1)) - shift : 0
        let right = shift > 0 ? Int(random.next() % UInt64(2 * shift + 1)) - shift : 0
        let isFlipped = flips && random.next() >> 63 == 1
        if leastCrop < 1 { crop(image, layout, &random, work) }
        guard down != 0 || right != 0 || isFlipped else { return }
        _ = work.update(fromContentsOf: image)
        for channel in 0..<layout.channels {
            for row in 0..<layout.height {
                for column in 0..<layout.width {
                    let (from, source) = (row + down, (isFlipped ? layout.width - 1 - column : column) + right)
                    let isInside = (0..<layout.height).contains(from) && (0..<layout.width).contains(source)
                    image[layout.place(channel, row, column)] = isInside ? work[layout.place(channel, from, source)] : fill
                }
            }
        }
    }

    /// Cuts a part out and stretches it to the whole, between neighbours in a straight line.
    private func crop(
        _ image: UnsafeMutableBufferPointer<Float>, _ layout: Layout, _ random: inout SeededRandom,
        _ work: UnsafeMutableBufferPointer<Float>
    ) {
        _ = work.update(fromContentsOf: image)
        let part = Float(leastCrop + (1 - leastCrop) * random.uniform())
        let top = Float(random.uniform()) * (1 - part) * Float(layout.height)
        let left = Float(random.uniform()) * (1 - part) * Float(layout.width)
        func place(_ index: Int, _ start: Float, _ extent: Int) -> (first: Int, second: Int, weight: Float) {
            let position = max(0, min(Float(extent - 1), start + (Float(index) + 0.5) * part - 0.5))
            let first = Int(position)
            return (first, min(first + 1, extent - 1), position - Float(first))
        }
        for row in 0..<layout.height {
            let y = place(row, top, layout.height)
            for column in 0..<layout.width {
                let x = place(column, left, layout.width)
                for channel in 0..<layout.channels {
                    func between(_ row: Int) -> Float {
                        let (near, far) = (work[layout.place(channel, row, x.first)], work[layout.place(channel, row, x.second)])
                        return near + (far - near) * x.weight
                    }
                    let (first, second) = (between(y.first), between(y.second))
                    image[layout.place(channel, row, column)] = first + (second - first) * y.weight
                }
            }
        }
    }
}
