import Basics
import TensorCore
import Testing

@Suite("Tensors")
struct TensorTests {
    static func tensor<Element>(_ values: [Element], _ type: ElementType) -> Tensor {
        Tensor(shape: [values.count], elementType: type, storage: .owned(values.withUnsafeBytes { Array($0) }))
    }

    @Test("A shape is refused where an extent is negative or the count overflows")
    func shapes() {
        #expect(Shape(checking: [2, 3, 4])?.count == 24)
        #expect(Shape(checking: [])?.count == 1)
        #expect(Shape(checking: [0, 1 << 62])?.count == 0)
        #expect(Shape(checking: [-1]) == nil)
        #expect(Shape(checking: [1 << 32, 1 << 32]) == nil)
        #expect(Shape([64, 3, 7, 7]).description == "64·3·7·7")
        #expect(Shape([]).description == "scalar")
    }

    #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
        @Test("Every half-precision pattern converts as the processor's type does")
        func halfPrecision() {
            for pattern in UInt16.min ... .max {
                let expected = Float(Float16(bitPattern: pattern))
                let found = Float(halfPrecisionPattern: pattern)
                #expect(expected.isNaN ? found.isNaN : found.bitPattern == expected.bitPattern, "\(pattern)")
            }
        }
    #endif

    @Test("Every bfloat16 pattern is the upper half of a float32")
    func bfloat16() {
        let floats = Self.tensor(Array(UInt16.min ... .max), .bfloat16).floats()
        for (index, value) in floats.enumerated() { #expect(value.bitPattern == UInt32(index) << 16) }
    }

    @Test("Double precision rounds to the nearest float32")
    func doublePrecision() {
        let values = [1.0, 0.1, -1e300, 1 + 0x1p-24, 1 + 0x1.8p-24, .nan, 4e-46]
        let floats = Self.tensor(values, .float64).floats()
        #expect(Array(floats.prefix(5)) == [1, 0.1, -.infinity, 1, 1 + 0x1p-23])
        #expect(floats[5].isNaN)
        #expect(floats[6] == 0)
    }

    @Test("Chunks cover a range in order, aligned or not", arguments: [ElementType.float32, .float16])
    func chunks(type: ElementType) {
        let count = Tensor.chunkCount * 2 + 17
        let tensor =
            type == .float32
            ? Self.tensor((0..<count).map(Float.init), type)
            : Self.tensor((0..<count).map { UInt16($0 % 31744) }, type)
        for range in [0..<count, 0..<0, 5..<6, 3..<count - 2, Tensor.chunkCount - 1..<Tensor.chunkCount + 1] {
            var next = range.lowerBound
            tensor.forEachChunk(in: range) { offset, chunk in
                #expect(offset == next)
                #expect(chunk.count <= Tensor.chunkCount)
                if type == .float32 { #expect(chunk.first == Float(next)) }
                next += chunk.count
            }
            #expect(next == range.upperBound)
        }
    }

    @Test("A float32 tensor at an odd address reads the same")
    func unaligned() throws {
        let values: [Float] = [1.5, -2, 3e9]
        let folder = "/tmp"
        let path = "\(folder)/pare-unaligned-\(UInt64.random(in: 0 ... .max))"
        let bytes = [UInt8(7)] + values.withUnsafeBytes { Array($0) }
        try write(bytes, to: path)
        defer { remove(path) }
        let file = try MappedFile(path: path)
        let tensor = Tensor(shape: [3], elementType: .float32, storage: .mapped(file, 1..<13))
        #expect(tensor.floats() == values)
    }
}
