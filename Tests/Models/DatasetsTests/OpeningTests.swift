import Testing

@testable import Datasets

/// Files of data made by hand.
enum Made {
    /// An IDX file of bytes.
    static func idx(_ extents: [Int], _ content: [UInt8]) -> [UInt8] {
        [0, 0, 8, UInt8(extents.count)] + extents.flatMap { [0, 0, UInt8($0 >> 8), UInt8($0 & 255)] } + content
    }

    /// An NPY file.
    static func npy(_ type: String, _ extents: [Int], _ content: [UInt8]) -> [UInt8] {
        let shape = extents.map { "\($0), " }.joined()
        let header = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(shape)), }\n"
        return [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8) + content
    }

    static func floats(_ values: [Float]) -> [UInt8] {
        values.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } }
    }

    /// Records of CIFAR-10 whose pixels are their place modulo 251.
    static func cifar(_ labels: [UInt8], coarse: Bool = false) -> [UInt8] {
        labels.flatMap { label in (coarse ? [0, label] : [label]) + (0..<3072).map { UInt8($0 % 251) } }
    }
}

@Suite("Opening data")
struct OpeningTests {
    private let folder = TemporaryFolder()

    private func source(_ yaml: String) throws -> any SampleSource {
        try DataSet.open(path: folder.write(yaml, "data.yaml")).source()
    }

    @Test("An IDX pair is found by the usual names, and scale, mean and std apply to every pixel")
    func idx() throws {
        folder.write(Made.idx([2, 1, 3], [0, 51, 102, 153, 204, 255]), "t10k-images-idx3-ubyte")
        folder.write(Made.idx([2], [3, 1]), "t10k-labels-idx1-ubyte")
        let plain = try DataSet.open(path: folder.path + "t10k-images-idx3-ubyte").source()
        #expect(plain.labels == [3, 1])
        #expect(plain.shape == [1, 1, 3])
        #expect(plain.values(0..<2).values == [0, 51, 102, 153, 204, 255])
        #expect(plain.values(1..<2).values == [153, 204, 255])
        #expect(try DataSet.open(path: folder.path).source().labels == [3, 1])
        let scaled = try source("kind: idx\nimages: t10k-images-idx3-ubyte\nscale: 0.2\nmean: 10.2\nstd: [2]")
        #expect(
            zip(scaled.values(0..<2).values, [-5.1, 0, 5.1, 10.2, 15.3, 20.4] as [Float]).allSatisfy { abs($0 - $1) < 1e-5 })
    }

    @Test("CIFAR files follow each other; CIFAR-100 has a second label byte")
    func cifar() throws {
        folder.write(Made.cifar([7, 0]), "a.bin")
        folder.write(Made.cifar([9]), "b.bin")
        let both = try source("kind: cifar\nimages: [a.bin, b.bin]\nmean: [0, 100, 200]")
        #expect(both.labels == [7, 0, 9])
        #expect(both.shape == [3, 32, 32])
        let values = both.values(1..<3).values
        #expect(values[0] == 0 && values[1024] == Float(1024 % 251 - 100) && values[3072 + 2048] == Float(2048 % 251 - 200))
        folder.write(Made.cifar([42, 99], coarse: true), "hundred.bin")
        #expect(try DataSet.open(path: folder.path + "hundred.bin").source().labels == [42, 99])
    }

    @Test("Pixels may lie one by one or channel by channel, and channels may be turned around")
    func layouts() throws {
        // One image of 1×2 pixels: (1, 2, 3) and (4, 5, 6).
        folder.write(Made.npy("|u1", [1, 2, 1, 3], [1, 2, 3, 4, 5, 6]), "interleaved.npy")
        folder.write(Made.npy("|u1", [1, 3, 1, 2], [1, 4, 2, 5, 3, 6]), "planar.npy")
        #expect(try DataSet.open(path: folder.path + "interleaved.npy").source().values(0..<1).values == [1, 4, 2, 5, 3, 6])
        #expect(try source("kind: npy\nimages: planar.npy\nlayout: nchw").values(0..<1).values == [1, 4, 2, 5, 3, 6])
        #expect(
            try source("kind: npy\nimages: interleaved.npy\nlayout: nhwc\nchannels: bgr\nmean: [1, 2, 3]").values(0..<1)
                .values
                == [2, 5, 0, 3, -2, 1])
        let gray = try source("kind: npy\nimages: planar.npy\nchannels: gray")
        #expect(gray.shape == [1, 1, 2])
        // Pillow: (R·19595 + G·38470 + B·7471 + 2¹⁵) >> 16.
        #expect(gray.values(0..<1).values == [2, 5])
        folder.write(Made.npy("|u1", [1, 1, 2], [7, 8]), "gray.npy")
        #expect(try source("kind: npy\nimages: gray.npy\nchannels: rgb").values(0..<1).values == [7, 8, 7, 8, 7, 8])
    }

    @Test(
        "Numbers of every type become inputs",
        arguments: [
            ("<f4", Made.floats([1.5, -2])), ("<i2", [1, 0, 254, 255]), (">i2", [0, 1, 255, 254]), ("|i1", [1, 254]),
            ("<i8", [1, 0, 0, 0, 0, 0, 0, 0, 254, 255, 255, 255, 255, 255, 255, 255]), ("<f2", [0, 0x3e, 0, 0xc0]),
        ] as [(String, [UInt8])])
    func types(type: String, content: [UInt8]) throws {
        folder.write(Made.npy(type, [2, 1], content), "x.npy")
        let source = try source("kind: npy\nimages: x.npy\nscale: 10\nmean: 5\nstd: 2")
        let first: Float = type.hasSuffix("f4") || type.hasSuffix("f2") ? 5 : 2.5
        #expect(source.shape == [1])
        #expect(source.labels == nil)
        #expect(source.values(0..<2).values == [first, -12.5])
    }

    @Test("Labels may be numbers of any type or one-hot rows")
    func labels() throws {
        folder.write(Made.npy("<f4", [3, 1], Made.floats([1, 2, 3])), "x.npy")
        for (type, extents, content) in [
            ("|u1", [3], [2, 0, 1]), ("<f4", [3, 1], Made.floats([2, 0, 1])),
            ("<f4", [3, 3], Made.floats([0, 0, 1, 1, 0, 0, 0, 1, 0])), ("|b1", [3, 3], [0, 0, 1, 1, 0, 0, 0, 1, 0]),
        ] as [(String, [Int], [UInt8])] {
            folder.write(Made.npy(type, extents, content), "y.npy")
            #expect(
                try source("kind: npy\nimages: x.npy\nlabels: y.npy\nclasses: [a, b, c]").labels == [2, 0, 1], "\(type)")
        }
    }

    @Test("Archives name samples x, images or x_test; others are named in the description")
    func archives() throws {
        let golden = try bytes(of: goldens + "pixels.npz")
        folder.write(golden, "p.npz")
        let named = try DataSet.open(path: folder.path + "p.npz").source()
        #expect(named.goesByName && named.fields["rgb.png"] != nil && named.fields["gray.png"]?.count == 17)
        let set = try source("kind: npz\nimages: p.npz\nx: gray.png")
        // 17 rows of 23 pixels are read as samples.
        #expect(set.count == 17 && set.labels == nil)
        #expect(
            failure(folder.write("kind: npz\nimages: p.npz\nx: nothing", "e.yaml"))?.contains("has no array nothing") == true
        )
    }

    @Test("A text becomes the numbers of its vocabulary, from the end where `last` says so")
    func text() throws {
        folder.write("abcé\n", "input.txt")
        folder.write(#"{"a": 0, "b": 1, "\u00e9": 2, "\n": 3, "c": 4}"#, "vocab.json")
        let yaml = "kind: text\ntext: input.txt\nvocabulary: vocab.json\n"
        for (last, tokens) in [("", [0, 1, 4, 2, 3]), ("last: 3", [4, 2, 3]), ("last: 99", [0, 1, 4, 2, 3])]
            as [(String, [Int32])]
        {
            guard case .text(let text) = try DataSet.open(path: folder.write(yaml + last, "d.yaml")).content else {
                Issue.record("not a text")
                return
            }
            #expect(text.tokens == tokens && text.vocabularyCount == 5)
        }
    }

    @Test("A source in memory gives its numbers")
    func memory() {
        let source = ArraySource(values: [1, 2, 3, 4, 5, 6], shape: [2], labels: [0, 1, 0])
        #expect(source.count == 3)
        #expect(source.values(1..<3).values == [3, 4, 5, 6])
        #expect(source.values(1..<1).values == [])
    }

    @Test("Many threads may read the same source")
    func threads() async throws {
        folder.write(Made.cifar((0..<40).map { $0 % 10 }), "a.bin")
        let source = try source("kind: cifar\nimages: a.bin\nresize: [20, 20]")
        let expected = source.values(0..<40).values
        await withTaskGroup(of: Bool.self) { group in
            for part in 0..<8 {
                group.addTask {
                    source.values(part * 5..<part * 5 + 5).values == Array(expected[part * 5 * 1200..<(part + 1) * 5 * 1200])
                }
            }
            for await isSame in group { #expect(isSame) }
        }
    }
}
