import TensorCore

/// Everything that becomes of samples that are all stored alike.
struct SamplePipeline: Sendable {
    /// Elements of a stored sample.
    let storedCount: Int
    /// What a sample enters the network as.
    let shape: Shape
    private let layout: ImageLayout
    private let resampler: Resampler
    private let transform: PixelTransform

    /// For images.
    init(_ preprocessing: Preprocessing, images layout: ImageLayout) throws(PreprocessingFault) {
        let stored = Preprocessing.Extent(height: layout.height, width: layout.width)
        let final = preprocessing.final(stored)
        let transform = try PixelTransform(preprocessing, sourceChannels: layout.channels)
        self.init(
            layout: layout, shape: [transform.channels, final.height, final.width],
            resampler: try preprocessing.resampler(for: stored), transform: transform)
    }

    /// For samples that are no images: one value of scale, mean and std for all of their numbers.
    init(_ preprocessing: Preprocessing, numbers shape: Shape) throws(PreprocessingFault) {
        if preprocessing.resizing != nil { throw .notImages(key: "resize", shape) }
        if preprocessing.crop != nil { throw .notImages(key: "crop", shape) }
        if preprocessing.channels != nil { throw .notImages(key: "channels", shape) }
        let extent = Preprocessing.Extent(height: 1, width: shape.count)
        self.init(
            layout: ImageLayout(channels: 1, height: 1, width: shape.count, isPlanar: true), shape: shape,
            resampler: Resampler(from: extent, to: extent, window: extent),
            transform: try PixelTransform(preprocessing, sourceChannels: 1))
    }

    private init(layout: ImageLayout, shape: Shape, resampler: Resampler, transform: PixelTransform) {
        self.layout = layout
        self.shape = shape
        self.resampler = resampler
        self.transform = transform
        storedCount = layout.count
    }

    /// Writes one sample of `storedCount` bytes as `shape.count` numbers.
    func write(_ sample: UnsafePointer<UInt8>, to output: UnsafeMutablePointer<Float>) {
        resampler.resize(layout.view(sample)) { transform.write($0, to: output) }
    }

    /// Writes one sample of `storedCount` numbers as `shape.count` numbers.
    func write(_ sample: UnsafePointer<Float>, to output: UnsafeMutablePointer<Float>) {
        resampler.resize(layout.view(sample)) { transform.write($0, to: output) }
    }
}

extension Preprocessing {
    /// What resizes and crops images of a size.
    func resampler(for stored: Extent) throws(PreprocessingFault) -> Resampler {
        let target = resized(stored)
        let window = final(stored)
        guard window.height <= target.height, window.width <= target.width else {
            throw .cropTooLarge(window, image: target)
        }
        return Resampler(from: stored, to: target, window: window)
    }
}
