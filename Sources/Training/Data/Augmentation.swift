import TensorCore

/// Random changes of images (channels, height, width) that leave their class as it is.
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

    /// Changes one image in place; `work` holds as many numbers.
    func apply(
        to image: UnsafeMutableBufferPointer<Float>, channels: Int, height: Int, width: Int, random: inout SeededRandom,
        work: UnsafeMutableBufferPointer<Float>
    ) {
        let down = shift > 0 ? Int(random.next() % UInt64(2 * shift + 1)) - shift : 0
        let right = shift > 0 ? Int(random.next() % UInt64(2 * shift + 1)) - shift : 0
        let isFlipped = flips && random.next() >> 63 == 1
        if leastCrop < 1 { crop(image, channels, height, width, &random, work) }
        guard down != 0 || right != 0 || isFlipped, let pixels = image.baseAddress else { return }
        _ = work.update(fromContentsOf: image)
        for channel in 0..<channels {
            for row in 0..<height {
                let target = pixels + (channel * height + row) * width
                guard (0..<height).contains(row + down) else {
                    target.update(repeating: fill, count: width)
                    continue
                }
                let start = (channel * height + row + down) * width
                for column in 0..<width {
                    let place = (isFlipped ? width - 1 - column : column) + right
                    target[column] = (0..<width).contains(place) ? work[start + place] : fill
                }
            }
        }
    }

    /// Cuts a part out and stretches it to the whole, between neighbours in a straight line.
    private func crop(
        _ image: UnsafeMutableBufferPointer<Float>, _ channels: Int, _ height: Int, _ width: Int,
        _ random: inout SeededRandom, _ work: UnsafeMutableBufferPointer<Float>
    ) {
        _ = work.update(fromContentsOf: image)
        let part = Float(leastCrop + (1 - leastCrop) * random.uniform())
        let top = Float(random.uniform()) * (1 - part) * Float(height)
        let left = Float(random.uniform()) * (1 - part) * Float(width)
        func place(_ index: Int, _ start: Float, _ extent: Int) -> (first: Int, second: Int, weight: Float) {
            let position = max(0, min(Float(extent - 1), start + (Float(index) + 0.5) * part - 0.5))
            let first = Int(position)
            return (first, min(first + 1, extent - 1), position - Float(first))
        }
        for row in 0..<height {
            let y = place(row, top, height)
            for column in 0..<width {
                let x = place(column, left, width)
                for channel in 0..<channels {
                    let plane = channel * height * width
                    let (upper, lower) = (plane + y.first * width, plane + y.second * width)
                    let first = work[upper + x.first] + (work[upper + x.second] - work[upper + x.first]) * x.weight
                    let second = work[lower + x.first] + (work[lower + x.second] - work[lower + x.first]) * x.weight
                    image[plane + row * width + column] = first + (second - first) * y.weight
                }
            }
        }
    }
}
