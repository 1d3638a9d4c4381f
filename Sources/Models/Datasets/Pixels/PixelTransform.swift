import TensorCore

/// The last steps of preprocessing: channels arranged, then (pixel × scale − mean) / std, channel by channel.
struct PixelTransform: Sendable {
    /// Channels of the images it is given.
    let sourceChannels: Int
    /// Channels it makes.
    let channels: Int
    /// Which source channel each channel is; nil for the brightness of red, green and blue.
    private let sources: [Int?]
    private let factors: [Float]
    private let offsets: [Float]
    /// What a byte becomes, 256 numbers a channel.
    private let tables: [Float]

    /// Fails where the channels cannot be arranged so, or the numbers of values are neither 1 nor that of the channels.
    init(_ preprocessing: Preprocessing, sourceChannels: Int) throws(PreprocessingFault) {
        guard let channels = preprocessing.channelCount(from: sourceChannels) else {
            throw .channels(preprocessing.channels?.rawValue ?? "", found: sourceChannels)
        }
        self.sourceChannels = sourceChannels
        self.channels = channels
        func values(_ values: [Double], _ name: String) throws(PreprocessingFault) -> [Double] {
            guard values.count == 1 || values.count == channels else {
                throw .valueCount(name, found: values.count, channels: channels)
            }
            return values.count == 1 ? Array(repeating: values[0], count: channels) : values
        }
        let scale = try values(preprocessing.scale, "scale")
        let mean = try values(preprocessing.mean, "mean")
        let std = try values(preprocessing.std, "std")
        let isReversed = preprocessing.channels == .bgr
        sources = (0..<channels).map { channel in
            if sourceChannels == channels { return isReversed ? channels - 1 - channel : channel }
            return channels == 1 ? nil : 0
        }
        factors = zip(scale, std).map { Float($0 / $1) }
        offsets = zip(mean, std).map { Float(-$0 / $1) }
        tables = (0..<channels).flatMap { channel in
            (0..<256).map { Float((Double($0) * scale[channel] - mean[channel]) / std[channel]) }
        }
    }

    /// Writes an image of bytes; `output` has room for `channels × height × width` numbers.
    func write(_ view: PixelView<UInt8>, to output: UnsafeMutablePointer<Float>) {
        tables.withUnsafeBufferPointer { tables in
            for channel in 0..<channels {
                let table = UnsafeBufferPointer(rebasing: tables[channel * 256..<(channel + 1) * 256])
                let plane = output + channel * view.height * view.width
                if let source = sources[channel] {
                    Self.map(view, channel: source, to: plane) { table[Int($0)] }
                } else {
                    Self.mapBrightness(of: view, to: plane) { table[Int($0)] }
                }
            }
        }
    }

    /// Writes an image of numbers; `output` has room for `channels × height × width` numbers.
    func write(_ view: PixelView<Float>, to output: UnsafeMutablePointer<Float>) {
        for channel in 0..<channels {
            let (factor, offset) = (factors[channel], offsets[channel])
            let plane = output + channel * view.height * view.width
            if let source = sources[channel] {
                Self.map(view, channel: source, to: plane) { $0 * factor + offset }
            } else {
                Self.mapBrightness(of: view, to: plane) { $0 * factor + offset }
            }
        }
    }

    @inline(__always)
    private static func map<Element>(
        _ view: PixelView<Element>, channel: Int, to plane: UnsafeMutablePointer<Float>, _ value: (Element) -> Float
    ) {
        var next = plane
        for row in 0..<view.height {
            var element = view.base + channel * view.channelStride + row * view.rowStride
            for _ in 0..<view.width {
                next.pointee = value(element.pointee)
                next += 1
                element += view.columnStride
            }
        }
    }

    /// ITU-R 601's brightness, in Pillow's fixed point.
    private static func mapBrightness(
        of view: PixelView<UInt8>, to plane: UnsafeMutablePointer<Float>, _ value: (UInt8) -> Float
    ) {
        for row in 0..<view.height {
            for column in 0..<view.width {
                let sum =
                    Int(view[0, row, column]) * 19_595 + Int(view[1, row, column]) * 38_470
                    + Int(view[2, row, column]) * 7_471 + 0x8000
                plane[row * view.width + column] = value(UInt8(truncatingIfNeeded: sum >> 16))
            }
        }
    }

    private static func mapBrightness(
        of view: PixelView<Float>, to plane: UnsafeMutablePointer<Float>, _ value: (Float) -> Float
    ) {
        for row in 0..<view.height {
            for column in 0..<view.width {
                let brightness =
                    view[0, row, column] * 0.299 + view[1, row, column] * 0.587 + view[2, row, column] * 0.114
                plane[row * view.width + column] = value(brightness)
            }
        }
    }
}

/// Why preprocessing does not fit the data.
enum PreprocessingFault: Error {
    case channels(String, found: Int)
    case valueCount(String, found: Int, channels: Int)
    case cropTooLarge(Preprocessing.Extent, image: Preprocessing.Extent)
    case notImages(key: String, Shape)

    var words: String {
        switch self {
        case .channels(let wanted, let found): "channels: \(wanted) does not suit data of \(found) channels"
        case .valueCount(let name, let found, let channels):
            "\(name) has \(found) values for \(channels) \(channels == 1 ? "channel" : "channels")"
        case .cropTooLarge(let crop, let image):
            "crop [\(crop.height), \(crop.width)] is larger than an image, \(image.height)×\(image.width)"
        case .notImages(let key, let shape): "\(key) is for images, but a sample is \(shape)"
        }
    }
}
