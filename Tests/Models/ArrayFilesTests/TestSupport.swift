import Basics
import TensorCore

@testable import ArrayFiles

/// Files the tests compare with, committed beside them.
let goldens = String(#filePath.prefix(through: #filePath.lastIndex(of: "/") ?? #filePath.startIndex)) + "Goldens/"

func bytes(_ name: String) throws -> [UInt8] {
    try MappedFile(path: goldens + name).withUnsafeBytes { Array($0) }
}

/// Gives bytes in memory to `body` as a file, and returns the message of the error it throws, if it does.
func fault(_ bytes: [UInt8], _ body: (MappedFile) throws(ArrayFileError) -> Void) -> String? {
    bytes.withUnsafeBytes { bytes in
        do throws(ArrayFileError) {
            try body(MappedFile(constant: bytes, name: "file"))
            return nil
        } catch {
            return error.message
        }
    }
}

extension Tensor {
    /// Elements of any type as float64, in order.
    var numbers: [Double] {
        storage.withUnsafeBytes { bytes in
            func load<Number>(_ type: Number.Type, _ number: (Number) -> Double) -> [Double] {
                (0..<count).map { number(bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Number>.size, as: type)) }
            }
            return switch elementType {
            case .float64: load(Double.self) { $0 }
            case .float32: load(Float.self) { Double($0) }
            case .float16: load(UInt16.self) { Double(Float(halfPrecisionPattern: $0)) }
            case .int64: load(Int64.self) { Double($0) }
            case .int32: load(Int32.self) { Double($0) }
            case .int16: load(Int16.self) { Double($0) }
            case .int8: load(Int8.self) { Double($0) }
            case .uint64: load(UInt64.self) { Double($0) }
            case .uint32: load(UInt32.self) { Double($0) }
            case .uint16: load(UInt16.self) { Double($0) }
            default: load(UInt8.self) { Double($0) }
            }
        }
    }

    var isMapped: Bool {
        if case .mapped = storage { true } else { false }
    }
}
