import Basics
import CImageDecoders
import Glibc

/// A JPEG or PNG file.
struct ImageFile {
    private let file: MappedFile
    private let pixelLimit: UInt64

    /// Images of more than `pixelLimit` pixels are refused.
    init(_ file: MappedFile, pixelLimit: UInt64 = 1 << 26) {
        self.file = file
        self.pixelLimit = pixelLimit
    }

    init(path: String) throws(DataSetError) { self.init(try mapFile(path)) }

    /// Whether a name ends as those of images do.
    static func isNamedSo(_ name: String) -> Bool {
        let lowercased = name.lowercased()
        return [".jpg", ".jpeg", ".png"].contains { lowercased.hasSuffix($0) }
    }

    /// The size its header says.
    func extent() throws(DataSetError) -> Preprocessing.Extent {
        let image = try read(decoding: false)
        return Preprocessing.Extent(height: Int(image.height), width: Int(image.width))
    }

    /// Decodes the image and gives it to `body` as red, green and blue bytes; their memory is only valid there.
    func decode(_ body: (PixelView<UInt8>) throws(DataSetError) -> Void) throws(DataSetError) {
        let image = try read(decoding: true)
        defer { free(image.pixels) }
        guard let pixels = image.pixels else { return }
        let layout = ImageLayout(channels: 3, height: Int(image.height), width: Int(image.width), isPlanar: false)
        try body(layout.view(UnsafePointer(pixels)))
    }

    private func read(decoding: Bool) throws(DataSetError) -> pare_image {
        var image = pare_image()
        var words = [CChar](repeating: 0, count: Int(PARE_IMAGE_ERROR_SIZE))
        let code = file.withUnsafeBytes { bytes in
            pare_image_read(
                bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count, pixelLimit, decoding ? 1 : 0, &image, &words)
        }
        guard code == 0 else {
            let text = words.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            throw DataSetError(path: file.path, what: String(decoding: text, as: UTF8.self))
        }
        return image
    }
}
