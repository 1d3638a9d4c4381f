import Datasets
import Glibc
import TensorCore
import Testing

/// The folder of real data; nil where it is absent.
private let sharedData: String? = {
    let root = getenv("PARE_TEST_DATA").map { String(cString: $0) } ?? "../shared"
    let folder = root + "/data/"
    return access(folder + "mnist-test.yaml", R_OK) == 0 ? folder : nil
}()

/// What Tests/Generators/print_shared_data.py found in a data set.
struct ExpectedData: Sendable, CustomTestStringConvertible {
    var name: String
    var count: Int
    var shape: Shape
    var firstLabels: [Int]
    var labelSum: Int
    /// Of all inputs of the first and last 10 samples; weighted by index modulo 97.
    var sum: Double
    var weighted: Double
    /// The inputs at a third, at half and at four fifths of these.
    var points: [Double]

    init(
        _ name: String, _ count: Int, _ shape: Shape, _ firstLabels: [Int], _ labelSum: Int, sum: Double, weighted: Double,
        points: [Double]
    ) {
        self.name = name
        self.count = count
        self.shape = shape
        self.firstLabels = firstLabels
        self.labelSum = labelSum
        self.sum = sum
        self.weighted = weighted
        self.points = points
    }

    var testDescription: String { name }

    static let all: [ExpectedData] = [
        .init(
            "mnist-test", 10000, [1, 28, 28], [7, 2, 1, 0, 4], 44434,
            sum: 2259.4901960784314, weighted: 107743.4862745098, points: [0.0, 0.0, 0.0]),
        .init(
            "mnist-train", 60000, [1, 28, 28], [5, 0, 4, 1, 9], 267236,
            sum: 1686.0588235294117, weighted: 81269.2862745098, points: [0.0, 0.0, 0.0]),
        .init(
            "mnist-test-bytes", 10000, [1, 28, 28], [7, 2, 1, 0, 4], 44434,
            sum: 576170.0, weighted: 27474589.0, points: [0.0, 0.0, 0.0]),
        .init(
            "mnist-test-normalized", 10000, [1, 28, 28], [7, 2, 1, 0, 4], 44434,
            sum: 681.9675302772841, weighted: 30877.695470658207,
            points: [-0.424212917883804, -0.424212917883804, -0.424212917883804]),
        .init(
            "mnist-test-32", 10000, [1, 32, 32], [7, 2, 1, 0, 4], 44434,
            sum: 2957.533333333333, weighted: 139840.36862745098, points: [0.0, 0.0, 0.0]),
        .init(
            "cifar10-test", 2000, [3, 32, 32], [7, 4, 8, 1, 0], 9000,
            sum: 9262.093754833324, weighted: 440391.09185972094,
            points: [-0.5146840958605664, 2.0776607586265947, 1.1871735593800838]),
        .init(
            "cifar10-train", 10000, [3, 32, 32], [5, 9, 7, 1, 8], 45000,
            sum: 8005.7409886419355, weighted: 385770.1835566618,
            points: [1.1410893246187361, -1.8781573764877126, 1.9406627279732855]),
        .init(
            "cifar10-test-bytes", 2000, [3, 32, 32], [7, 4, 8, 1, 0], 9000,
            sum: 7566982.0, weighted: 362824787.0, points: [74.0, 245.0, 193.0]),
        .init(
            "imagenet-dev-caffe", 250, [3, 224, 224], [0, 4, 8, 12, 16], 124500,
            sum: 19882601.0, weighted: 955693637.0, points: [5.0, -69.0, 98.0]),
        .init(
            "imagenet-dev-mobilenet", 250, [3, 224, 224], [0, 4, 8, 12, 16], 124500,
            sum: -147081.71764705886, weighted: -7060318.054901963,
            points: [0.12941176470588234, -0.6392156862745098, 0.5450980392156863]),
        .init(
            "imagenet-folder", 20, [3, 224, 224], [0, 48, 96, 144, 192], 9120,
            sum: -12795815.0, weighted: -615025150.0, points: [-9.0, -103.0, 100.0]),
    ]
}

@Suite("Real data", .enabled(if: sharedData != nil, "there is no folder of real data; PARE_TEST_DATA names it"))
struct SharedDataTests {
    @Test("Every description gives NumPy's inputs and labels", arguments: ExpectedData.all)
    func samples(expected: ExpectedData) throws {
        let folder = try #require(sharedData)
        let set = try DataSet.open(path: folder + expected.name + ".yaml")
        let source = try set.source()
        #expect(set.name == expected.name + ".yaml")
        #expect(source.count == expected.count)
        #expect(source.shape == expected.shape)
        let labels = try #require(source.labels)
        #expect(Array(labels.prefix(5)) == expected.firstLabels)
        #expect(labels.reduce(0, +) == expected.labelSum)

        let ranges = source.count > 20 ? [0..<10, source.count - 10..<source.count] : [0..<source.count]
        let parts = ranges.map { source.values($0) }
        #expect(parts.flatMap(\.skipped).isEmpty)
        let values = parts.flatMap(\.values)
        var (sum, weighted, size) = (0.0, 0.0, 0.0)
        for (index, value) in values.enumerated() {
            sum += Double(value)
            weighted += Double(value) * Double(index % 97)
            size += abs(Double(value))
        }
        #expect(abs(sum - expected.sum) < 1e-6 * size)
        #expect(abs(weighted - expected.weighted) < 1e-6 * 97 * size)
        let points = [values.count / 3, values.count / 2, values.count * 4 / 5].map { Double(values[$0]) }
        #expect(zip(points, expected.points).allSatisfy { abs($0 - $1) < 1e-5 }, "\(points)")
    }

    @Test("Every description in the folder is one of these")
    func complete() throws {
        let folder = try #require(sharedData)
        var names: Set<String> = []
        let handle = try #require(opendir(folder))
        while let entry = readdir(handle) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if name.hasSuffix(".yaml") { names.insert(String(name.dropLast(5))) }
        }
        closedir(handle)
        #expect(names == Set(ExpectedData.all.map(\.name) + ["shakespeare"]))
    }

    @Test("The text is numbered as the vocabulary says")
    func text() throws {
        let folder = try #require(sharedData)
        guard case .text(let text) = try DataSet.open(path: folder + "shakespeare.yaml").content else {
            Issue.record("not a text")
            return
        }
        #expect(text.vocabularyCount == 65)
        #expect(text.tokens.count == 100_000)
        #expect(text.tokens.prefix(5) == [11, 0, 2, 5, 1] && text.tokens.suffix(5) == [9, 8, 20, 25, 10])
        var (sum, weighted) = (0, 0)
        for (index, token) in text.tokens.enumerated() {
            sum += Int(token)
            weighted += Int(token) * (index % 97)
        }
        #expect(sum == 1_023_863 && weighted == 49_376_034)
    }

    @Test(
        "Files open without a description too, and labels are found beside them",
        arguments: [
            ("mnist/t10k-images-idx3-ubyte.gz", 10_000, [1, 28, 28], true), ("mnist", 10_000, [1, 28, 28], true),
            ("cifar10/test_2000.bin", 2000, [3, 32, 32], true), ("imagenet/dev250.npz", 250, [3, 224, 224], true),
            ("imagenet/images", 20, [3, 256, 256], false),
        ] as [(String, Int, Shape, Bool)])
    func plain(path: String, count: Int, shape: Shape, isLabelled: Bool) throws {
        let source = try DataSet.open(path: try #require(sharedData) + path).source()
        #expect(source.count == count)
        #expect(source.shape == shape)
        #expect((source.labels != nil) == isLabelled)
    }

    @Test("Classes have the names of their file")
    func classes() throws {
        let folder = try #require(sharedData)
        #expect(try DataSet.open(path: folder + "cifar10-test.yaml").classNames.suffix(2) == ["ship", "truck"])
        let imagenet = try DataSet.open(path: folder + "imagenet-folder.yaml").classNames
        #expect(imagenet.count == 1000)
        #expect(imagenet[0] == "tench, Tinca tinca")
    }
}
