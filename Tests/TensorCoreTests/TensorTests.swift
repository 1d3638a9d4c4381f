import Glibc
import Testing

@testable import TensorCore

@Suite struct TensorTests {
    @Test("Every binary16 pattern becomes the float32 of the same value")
    func halfPrecision() {
        for pattern in UInt16.min...UInt16.max {
            let exponent = Int(pattern >> 10 & 0x1f)
            let mantissa = Double(pattern & 0x3ff)
            let sign: Double = pattern & 0x8000 == 0 ? 1 : -1
            let value = Float(halfPrecisionPattern: pattern)
            switch exponent {
            case 31: #expect(mantissa == 0 ? Double(value) == sign * .infinity : value.isNaN)
            case 0: #expect(Double(value) == sign * mantissa * 0x1p-24)
            default: #expect(Double(value) == sign * (1 + mantissa / 1024) * pow(2, Double(exponent - 15)))
            }
        }
        #expect(Float(halfPrecisionPattern: 0x8000).sign == .minus)
    }

    @Test("Chunks cover a range once and in order, whatever the element type and alignment", arguments: [0, 1, 3])
    func chunks(misalignment: Int) {
        let values = (0..<150_000).map { Float($0) }
        for type in [ElementType.float32, .float64] {
            var bytes = [UInt8](repeating: 0, count: misalignment)
            switch type {
            case .float64: for value in values { withUnsafeBytes(of: Double(value)) { bytes += $0 } }
            default: for value in values { withUnsafeBytes(of: value) { bytes += $0 } }
            }
            let path = "/tmp/pare-tensor-test-\(getpid())-\(misalignment)-\(type)"
            defer { unlink(path) }
            try? AtomicFile.write(bytes, to: path)
            guard let file = try? MappedFile(path: path) else {
                Issue.record("the test file cannot be mapped")
                return
            }
            let tensor = Tensor(
                shape: [values.count], elementType: type, storage: .mapped(file, misalignment..<file.byteCount))
            #expect(tensor.floats() == values)
            var expected = 70_001
            tensor.forEachChunk(in: 70_001..<140_123) { offset, chunk in
                #expect(offset == expected)
                #expect(chunk.first == Float(offset))
                expected += chunk.count
            }
            #expect(expected == 140_123)
        }
    }

    @Test("bfloat16 is the upper half of float32")
    func bfloat16() {
        let patterns: [UInt16] = [0x3f80, 0xc000, 0x0001, 0x7f80, 0x8000]
        let bytes = patterns.flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8)] }
        let tensor = Tensor(shape: [5], elementType: .bfloat16, storage: .owned(bytes))
        #expect(tensor.floats().map(\.bitPattern) == patterns.map { UInt32($0) << 16 })
    }

    @Test("A shape whose element count overflows, or with a negative extent, is refused")
    func absurdShapes() {
        #expect(Shape(checking: [1 << 32, 1 << 32]) == nil)
        #expect(Shape(checking: [3, -1]) == nil)
        #expect(Shape(checking: [])?.count == 1)
        #expect(Shape(checking: [4, 0, 9])?.count == 0)
        #expect(Shape([64, 3, 7, 7]).description == "64·3·7·7")
    }

    @Test("Mapping says whether a path is missing, a folder or no regular file")
    func mappingFailures() throws {
        #expect(throws: MappedFile.Failure.cannotOpen(path: "/nowhere/at/all", code: ENOENT)) {
            try MappedFile(path: "/nowhere/at/all")
        }
        #expect(throws: MappedFile.Failure.isDirectory(path: "/tmp")) { try MappedFile(path: "/tmp") }
        #expect(throws: MappedFile.Failure.notRegular(path: "/dev/null")) { try MappedFile(path: "/dev/null") }
    }

    @Test("SplitMix64 gives the published numbers for seed 1234567")
    func splitMix() {
        var random = SeededRandom(seed: 1_234_567)
        let expected: [UInt64] = [
            6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
            4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
        ]
        #expect(expected.map { _ in random.next() } == expected)
    }
}
