import Basics
import Compression
import ModelFormats
import NeuralNetwork
import TensorCore
import TextFormats

/// The parts behind a file's head.
extension FileStart {
    /// Finds the places of all parts, which fill the file.
    mutating func place(
        _ named: [Named], _ kinds: [FileLayout.Kind], numberByteCount: Int, _ graph: MappedFile?, graphByteCount: Int, _ recipe: String,
        _ metadata: [UInt8]?
    ) throws(ModelFileError) -> PareReader {
        var entries: [Int: Range<Int>] = [:]
        var end = position + numberByteCount + graphByteCount
        let entryOrder = named.indices.filter { kinds[$0] == .entry }
        for index in entryOrder {
            let byteCount = try size(named[index].name)
            guard byteCount > 0, byteCount <= file.byteCount - end else {
                throw .truncated(path: file.path, place: .tensor(named[index].name), needed: byteCount, available: file.byteCount - end)
            }
            entries[index] = end..<end + byteCount
            end += byteCount
        }
        var stored: [Int: Range<Int>] = [:]
        let byteCounts = try named.map { tensor throws(ModelFileError) in try byteCount(of: tensor) }
        let storedOrder = named.indices.filter { kinds[$0] == .stored && byteCounts[$0] > 0 }
        if !storedOrder.isEmpty {
            let aligned = min((end + 7) / 8 * 8, file.byteCount)
            guard file.withUnsafeBytes({ $0[end..<aligned].allSatisfy { $0 == 0 } }) else {
                throw .malformed(path: file.path, place: .field("the bytes before stored tensors", byte: end), expected: "zeros", found: "others")
            }
            end = aligned
        }
        let widths = named.map { $0.type?.byteCount ?? ($0.typeName == "C64" ? 8 : 1) }
        for index in storedOrder.sorted(by: { (widths[$1], $0) < (widths[$0], $1) }) {
            guard byteCounts[index] <= file.byteCount - end else {
                throw .truncated(path: file.path, place: .tensor(named[index].name), needed: byteCounts[index], available: file.byteCount - end)
            }
            stored[index] = end..<end + byteCounts[index]
            end += byteCounts[index]
        }
        guard end == file.byteCount else {
            throw .malformed(
                path: file.path, place: .field("the parts", byte: position), expected: "to fill the file", found: "\(end) of \(file.byteCount) bytes")
        }
        let numbersChecksum = numberByteCount > 0 ? try checksum() : nil
        let longGraphChecksum = graphByteCount > 0 ? try checksum() : nil
        var checksums: [Int: UInt32] = [:]
        for index in entryOrder + storedOrder { checksums[index] = try checksum() }
        guard table.isAtEnd else { throw Self.damaged(file, "a table of its parts", "a longer one") }

        let numberOrder = named.indices.filter { kinds[$0] == .numbers }
        let numbers = try self.numbers(numberByteCount, numbersChecksum, numberOrder.map { named[$0] })
        let values = Dictionary(uniqueKeysWithValues: zip(numberOrder, numbers))
        var items: [PareReader.Item] = []
        var opaque: [(tensor: Provenance.OpaqueTensor, checksum: UInt32?)] = []
        for (index, tensor) in named.enumerated() {
            let storage = (entries[index] ?? stored[index]).map { TensorStorage.mapped(file, $0) } ?? .owned([])
            guard let type = tensor.type else {
                let dimensions = tensor.shape.dimensions
                opaque.append((.init(name: tensor.name, type: tensor.typeName, dimensions: dimensions, storage: storage), checksums[index]))
                continue
            }
            switch kinds[index] {
            case .entry:
                let bytes = Tensor(shape: [storage.byteCount], elementType: .uint8, storage: storage)
                items.append(.init(name: tensor.name, kind: .entry(tensor.shape, type), tensor: bytes, checksum: checksums[index]))
            case .stored:
                let whole = Tensor(shape: tensor.shape, elementType: type, storage: storage)
                items.append(.init(name: tensor.name, kind: .stored, tensor: whole, checksum: checksums[index]))
            case .numbers:
                let bytes = values[index] ?? []
                let whole = Tensor(shape: tensor.shape, elementType: type, storage: .owned(bytes))
                items.append(.init(name: tensor.name, kind: .stored, tensor: whole, checksum: bytes.isEmpty ? nil : Checksum.of(bytes)))
            }
        }
        return PareReader(
            file: file, items: items, opaque: opaque,
            graph: graph.map { message in
                .init(message: message, checksum: longGraphChecksum ?? message.withUnsafeBytes { Checksum.of(Array($0)) })
            }, recipe: recipe, originalMetadata: metadata.map { String(decoding: $0, as: UTF8.self) })
    }

    mutating func size(_ name: String) throws(ModelFileError) -> Int {
        guard let number = table.number(), number.value <= UInt64(file.byteCount) else {
            throw Self.damaged(file, "the size of \(name)", "none that fits the file")
        }
        return Int(number.value)
    }

    private mutating func checksum() throws(ModelFileError) -> UInt32 {
        guard let bytes = table.take(4) else { throw Self.damaged(file, "a checksum for each part", "fewer") }
        return bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }

    private func byteCount(of tensor: Named) throws(ModelFileError) -> Int {
        let bits = tensor.type.map { $0.byteCount * 8 } ?? Provenance.OpaqueTensor.bits(of: tensor.typeName) ?? .max
        let (bitCount, overflow) = tensor.shape.count.multipliedReportingOverflow(by: bits)
        guard bits < .max, !overflow else {
            throw .malformed(
                path: file.path, place: .tensor(tensor.name), expected: "of a known type, and to fit in memory",
                found: "\(tensor.shape) of \(printable(tensor.typeName))")
        }
        return bitCount / 8 + (bitCount % 8 == 0 ? 0 : 1)
    }

    private func numbers(_ byteCount: Int, _ checksum: UInt32?, _ tensors: [Named]) throws(ModelFileError) -> [[UInt8]] {
        let stream = file.withUnsafeBytes { Array($0[position..<position + byteCount]) }
        if let checksum {
            let made = Checksum.of(stream)
            guard made == checksum else {
                throw .malformed(
                    path: file.path, place: .field("the numbers beside the layers", byte: position), expected: "of checksum \(checksum.hexadecimal)",
                    found: made.hexadecimal)
            }
        }
        let byteCounts = try tensors.map { tensor throws(ModelFileError) in try self.byteCount(of: tensor) }
        let wanted = zip(tensors, byteCounts).map { (type: $0.type ?? .uint8, byteCount: $1) }
        guard let numbers = NumberStream.decoded(stream, wanted) else {
            throw .malformed(
                path: file.path, place: .field("the numbers beside the layers", byte: position), expected: "\(tensors.count) tensors",
                found: "a stream of something else")
        }
        return numbers
    }
}
