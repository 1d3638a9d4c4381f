import Datasets
import TensorCore
import Testing

@Suite("Samples on their way into inputs")
struct FeedingTests {
    private let folder = TemporaryFolder()

    /// Sample s holds 10 s, 10 s + 1, … in the order of its elements.
    private func source(_ count: Int, _ shape: Shape) -> ArraySource {
        ArraySource(values: (0..<count).flatMap { sample in (0..<shape.count).map { Float(10 * sample + $0) } }, shape: shape)
    }

    private func written<Number>(
        _ feed: SampleFeed, _ samples: [Int], _ shape: Shape, _ type: ElementType, batch: Int, as _: Number.Type
    ) -> [Number] {
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: shape.count * type.byteCount, alignment: 8)
        defer { bytes.deallocate() }
        #expect(feed.write(samples, into: bytes, shape: shape, elementType: type, batch: batch).isEmpty)
        return Array(bytes.bindMemory(to: Number.self))
    }

    @Test("Samples lie along the axis that counts them, and the places behind the last repeat them")
    func axes() {
        let first = SampleFeed(input: "x", source: source(3, [2, 2]))
        #expect(written(first, [2, 0], [3, 2, 2], .float32, batch: 3, as: Float.self) == [20, 21, 22, 23, 0, 1, 2, 3, 20, 21, 22, 23])
        // (time, samples, channels).
        let second = SampleFeed(input: "x", source: source(3, [2, 2]), batchAxis: 1)
        #expect(written(second, [2, 0], [2, 2, 2], .float32, batch: 2, as: Float.self) == [20, 21, 0, 1, 22, 23, 2, 3])
        #expect(written(second, [1], [2, 2, 2], .float32, batch: 2, as: Float.self) == [10, 11, 10, 11, 12, 13, 12, 13])
    }

    @Test("Whole numbers and Booleans are written as such")
    func types() {
        let feed = SampleFeed(input: "ids", source: source(2, [2]))
        #expect(written(feed, [1, 0], [2, 2], .int64, batch: 2, as: Int64.self) == [10, 11, 0, 1])
        #expect(written(feed, [1, 0], [2, 2], .int32, batch: 2, as: Int32.self) == [10, 11, 0, 1])
        #expect(written(feed, [1, 0], [2, 2], .boolean, batch: 2, as: UInt8.self) == [1, 1, 0, 1])
    }

    @Test("Images come with their channels last where a network takes them so")
    func channelsLast() {
        let turned = source(2, [3, 1, 2]).channelsLast
        #expect(turned.shape == [1, 2, 3])
        #expect(turned.values(1..<2).values == [10, 12, 14, 11, 13, 15])
    }

    @Test("Arrays go by their names, in a part of the data as well, and a description gives them others")
    func names() throws {
        let archive = Made.npz([
            ("ids", Made.npy("<i4", [3, 2], [5, 0, 0, 0, 6, 0, 0, 0, 7, 0, 0, 0, 8, 0, 0, 0, 9, 0, 0, 0, 3, 0, 0, 0])),
            ("mask", Made.npy("|b1", [3, 2], [1, 1, 1, 0, 1, 0])), ("labels", Made.npy("|u1", [3], [2, 0, 1])),
        ])
        let path = folder.write(archive, "d.npz")
        let set = try DataSet.open(path: path)
        let source = try set.source()
        #expect(source.goesByName && source.count == 3 && source.labels == [2, 0, 1])
        #expect(source.fields["ids"]?.values(0..<3).values == [5, 6, 7, 8, 9, 3])
        #expect(source.fields["ids"]?.wholeNumbers == 3...9)
        #expect(source.fields["mask"]?.values(1..<2).values == [1, 0])
        // Along its second axis there are two samples of three.
        #expect(source.fields["ids"]?.counted(along: 1)?.values(1..<2).values == [6, 8, 3])
        let part = try set.part(from: 1.0 / 3, to: 1).source()
        #expect(part.count == 2 && part.fields["ids"]?.values(0..<1).values == [7, 8])
        let described = try DataSet.open(
            path: folder.write("kind: npz\nimages: d.npz\nx: ids\ninputs: {input_ids: ids, pixels: 1x3x8x8, other: [2, 5]}", "d.yaml"))
        #expect(try described.source().fields["input_ids"]?.shape == [2])
        let shapes: [String: Shape] = ["pixels": [1, 3, 8, 8], "other": [2, 5]]
        #expect(described.inputShapes == shapes)
        #expect(
            failure(folder.write("kind: npz\nimages: d.npz\nx: ids\ninputs: {a: nothing}", "e.yaml"))?.contains("has no array nothing")
                == true)
        #expect(failure(folder.write("kind: folder\nimages: .\ninputs: {a: b}", "f.yaml"))?.contains("a shape such as") == true)
        #expect(failure(folder.write("kind: npz\nimages: d.npz\ninputs: [1]", "g.yaml"))?.contains("inputs must be") == true)
    }

    @Test("As many labels as an array has along another axis say that samples lie along that one, in every array that has it")
    func labelledTime() throws {
        // Three samples of two steps of one number, and a mask, time first.
        let archive = Made.npz([
            ("x", Made.npy("<i4", [2, 3, 1], [0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 10, 0, 0, 0, 11, 0, 0, 0, 12, 0, 0, 0])),
            ("mask", Made.npy("|b1", [2, 3], [1, 1, 0, 1, 0, 0])), ("y", Made.npy("|u1", [3], [2, 0, 1])),
        ])
        let set = try DataSet.open(path: folder.write(archive, "t.npz"))
        let source = try set.source()
        #expect(source.count == 3 && source.shape == [2, 1] && source.labels == [2, 0, 1])
        #expect(source.values(1..<2).values == [1, 11])
        let mask = try #require(source.fields["mask"])
        #expect(mask.count == 3 && mask.values(0..<1).values == [1, 1] && mask.counted(along: 1) == nil)
        let part = try set.part(from: 1.0 / 3, to: 1).source()
        #expect(part.count == 2 && part.labels == [0, 1] && part.values(0..<1).values == [1, 11])
        // Where that is not clear, it is refused.
        let square = Made.npz([("x", Made.npy("|u1", [2, 3, 3], Array(repeating: 1, count: 18))), ("y", Made.npy("|u1", [3], [0, 0, 1]))])
        #expect(failure(folder.write(square, "s.npz"))?.contains("3 labels for 2 samples") == true)
    }

    @Test(
        "Shapes are written with x, × or commas between whole extents",
        arguments: [
            ("x=1x3x640x640", "x", [1, 3, 640, 640]), ("a=b=2×5", "a=b", [2, 5]), ("x=7", "x", [7]), ("x=1,2", "x", [1, 2]),
            ("x=", "", nil), ("x", "", nil), ("=1", "", nil), ("x=1x0", "", nil), ("x=1xx2", "", nil), ("x=-1", "", nil),
            ("x=9999999999x9999999999x9", "", nil),
        ] as [(String, String, Shape?)])
    func shapes(text: String, name: String, shape: Shape?) {
        let found = InputShape(text)
        #expect(found?.shape == shape)
        if shape != nil { #expect(found?.name == name) }
    }
}

extension Made {
    /// An archive of arrays that are stored as they are, as `numpy.savez` makes it.
    static func npz(_ members: [(name: String, content: [UInt8])]) -> [UInt8] {
        func little(_ value: Int, _ width: Int) -> [UInt8] { (0..<width).map { UInt8(value >> (8 * $0) & 0xff) } }
        var (file, directory): ([UInt8], [UInt8]) = ([], [])
        for (name, content) in members {
            let name = Array("\(name).npy".utf8)
            // Version, flags, method, time and date, checksum, both sizes, lengths of name and extra field.
            let common =
                little(20, 2) + little(0, 2) + little(0, 2) + little(0, 4) + little(0, 4) + little(content.count, 4)
                + little(content.count, 4) + little(name.count, 2) + little(0, 2)
            directory +=
                [0x50, 0x4b, 1, 2] + little(20, 2) + common + little(0, 2) + little(0, 2) + little(0, 2) + little(0, 4)
                + little(file.count, 4) + name
            file += [0x50, 0x4b, 3, 4] + common + name + content
        }
        let end =
            [0x50, 0x4b, 5, 6] + little(0, 4) + little(members.count, 2) + little(members.count, 2) + little(directory.count, 4)
            + little(file.count, 4) + little(0, 2)
        return file + directory + end
    }
}
