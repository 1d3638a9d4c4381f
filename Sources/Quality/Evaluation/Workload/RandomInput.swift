import Basics
import Execution

/// Seeded numbers for an input.
enum RandomInput {
    /// Normal numbers, or integers below the extent of the table they look up; Booleans are true.
    static func fill(_ bytes: UnsafeMutableRawBufferPointer, of program: Program, _ input: Int, seed: UInt64) {
        var random = SeededRandom(seed: seed)
        switch program.inputs[input].elementType {
        case .float32:
            // Four uniform numbers of 16 bits, added up: variance 1, and much faster than logarithms and roots.
            for position in 0..<bytes.count / 4 {
                let bits = random.next()
                let sum = (bits & 0xffff) + (bits >> 16 & 0xffff) + (bits >> 32 & 0xffff) + (bits >> 48)
                let number = (Float(sum) / 65_536 - 2) * 1.732_050_8
                bytes.storeBytes(of: number, toByteOffset: position * 4, as: Float.self)
            }
        case .int64:
            let count = program.symbolCount(ofInput: input) ?? 2
            for position in 0..<bytes.count / 8 {
                bytes.storeBytes(of: Int64.random(in: 0..<Int64(count), using: &random), toByteOffset: position * 8, as: Int64.self)
            }
        case .int32:
            let count = program.symbolCount(ofInput: input) ?? 2
            for position in 0..<bytes.count / 4 {
                bytes.storeBytes(of: Int32.random(in: 0..<Int32(clamping: count), using: &random), toByteOffset: position * 4, as: Int32.self)
            }
        case .uint8:
            for position in bytes.indices { bytes[position] = UInt8.random(in: 0...255, using: &random) }
        case .boolean: bytes.initializeMemory(as: UInt8.self, repeating: 1)
        default: bytes.initializeMemory(as: UInt8.self, repeating: 0)
        }
    }
}
