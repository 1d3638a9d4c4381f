import ArrayFiles
import Basics
import Testing

@testable import Datasets

@Suite("Images")
struct ImageTests {
    static let names = [
        "rgb.png", "rgba.png", "gray.png", "gray-alpha.png", "bilevel.png", "palette.png", "palette-transparent.png",
        "color-key.png", "rgb-16.png", "gray-16.png", "interlaced.png", "rgb-420.jpg", "rgb-444.jpg", "progressive.jpg",
        "gray.jpg", "cmyk.jpg",
    ]

    @Test("Every kind of JPEG and PNG decodes to the pixels that Pillow finds", arguments: names)
    func decoding(name: String) throws {
        let expected = try golden("pixels.npz", name)
        let file = try ImageFile(path: goldens + "images/" + name)
        #expect(try file.extent() == .init(height: expected.shape[0], width: expected.shape[1]))
        var found: [UInt8] = []
        try file.decode { view in
            found = Array(UnsafeBufferPointer(start: view.base, count: view.height * view.width * 3))
        }
        #expect(found == expected.bytes)
    }

    @Test(
        "A file that is cut anywhere is a fault, in one line",
        arguments: ["palette-transparent.png", "interlaced.png", "rgb-420.jpg", "progressive.jpg"])
    func truncation(name: String) throws {
        let whole = try bytes(of: goldens + "images/" + name)
        // A JPEG without its end marker is a JPEG still; a PNG's end is a chunk of 12 bytes.
        for count in 0..<whole.count - (name.hasSuffix("jpg") ? 2 : 0) {
            let message = faultOfDecoding(Array(whole[..<count]))
            #expect(message.map { !$0.contains("\n") } == true, "cut at \(count)")
        }
    }

    @Test(
        "Flipped bytes never crash", arguments: ["palette.png", "rgb-16.png", "rgb-420.jpg", "progressive.jpg", "cmyk.jpg"])
    func flips(name: String) throws {
        let whole = try bytes(of: goldens + "images/" + name)
        for index in whole.indices {
            for mask in [0x01, 0x80, 0xff] as [UInt8] {
                var damaged = whole
                damaged[index] ^= mask
                _ = faultOfDecoding(damaged)
            }
        }
    }

    @Test("Sizes beyond the limit are refused before anything is allocated", arguments: ["rgb.png", "rgb-420.jpg"])
    func limit(name: String) throws {
        var bytes = try bytes(of: goldens + "images/" + name)
        if name.hasSuffix("png") {
            bytes.replaceSubrange(16..<24, with: [0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff])
            // The header's checksum, of the new size.
            bytes.replaceSubrange(29..<33, with: checksum(Array(bytes[12..<29])))
        } else {
            let start = try #require(bytes.indices.dropLast().first { bytes[$0] == 0xff && bytes[$0 + 1] == 0xc0 })
            bytes.replaceSubrange(start + 5..<start + 9, with: [0xff, 0xdc, 0xff, 0xdc])
        }
        let folder = TemporaryFolder()
        let file = try ImageFile(path: folder.write(bytes, "huge"))
        let error = #expect(throws: DataSetError.self) { try file.extent() }
        #expect(error?.message.contains("more than the 67108864 that are read") == true, "\(error?.message ?? "")")
    }

    /// The message of the error that decoding throws, if it does; images of more than 2¹⁶ pixels are errors here.
    private func faultOfDecoding(_ bytes: [UInt8]) -> String? {
        bytes.withUnsafeBytes { bytes in
            let file = ImageFile(MappedFile(constant: bytes, name: "image"), pixelLimit: 1 << 16)
            do throws(DataSetError) {
                try file.decode { view in precondition(view.height > 0 && view.width > 0) }
                return nil
            } catch {
                return error.message
            }
        }
    }

    /// PNG's CRC-32, big-endian.
    private func checksum(_ bytes: [UInt8]) -> [UInt8] {
        var remainder: UInt32 = 0xffff_ffff
        for byte in bytes {
            remainder ^= UInt32(byte)
            for _ in 0..<8 { remainder = remainder & 1 == 1 ? 0xedb8_8320 ^ (remainder >> 1) : remainder >> 1 }
        }
        return withUnsafeBytes(of: (~remainder).bigEndian) { Array($0) }
    }

    @Test("Resizing and cropping give Pillow's bytes")
    func resizing() throws {
        let archive = try NPZFile(MappedFile(path: goldens + "resized.npz"))
        var count = 0
        for name in archive.names where name.contains(" ") {
            let words = name.split(separator: " ")
            let size = words[1].split(separator: "x").compactMap { Int($0) }
            let crop = words[2].split(separator: "x").compactMap { Int($0) }
            let isFloat = words[0] == "float"
            let source = try archive.array(named: isFloat ? "gray" : String(words[0]))
            let expected = try archive.array(named: name)
            let layout = ImageLayout(
                channels: source.shape.rank == 3 ? 3 : 1, height: source.shape[0], width: source.shape[1], isPlanar: false)
            var preprocessing = Preprocessing()
            preprocessing.resizing = .exactly(height: size[0], width: size[1])
            preprocessing.crop = .init(height: crop[0], width: crop[1])
            let pipeline = try SamplePipeline(preprocessing, images: layout)
            var output = [Float](repeating: .nan, count: pipeline.shape.count)
            if isFloat {
                pipeline.write(source.bytes.map(Float.init), to: &output)
                let expected = expected.floats()
                #expect(zip(output, expected).allSatisfy { abs($0 - $1) < 1e-4 }, "\(name)")
            } else {
                pipeline.write(source.bytes, to: &output)
                let bytes = expected.bytes
                let interleaved = (0..<bytes.count).map { index in
                    output[index % layout.channels * crop[0] * crop[1] + index / layout.channels]
                }
                #expect(interleaved == bytes.map(Float.init), "\(name)")
            }
            #expect(output.count == expected.count)
            count += 1
        }
        #expect(count == 30)
    }

    @Test("The short side takes what resize says and the long one its share, rounded down")
    func shortSide() {
        var preprocessing = Preprocessing()
        preprocessing.resizing = .shortSide(256)
        #expect(preprocessing.resized(.init(height: 375, width: 500)) == .init(height: 256, width: 341))
        #expect(preprocessing.resized(.init(height: 500, width: 333)) == .init(height: 384, width: 256))
        #expect(preprocessing.resized(.init(height: 10, width: 10)) == .init(height: 256, width: 256))
    }
}
