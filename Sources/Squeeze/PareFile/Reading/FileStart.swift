import Basics
import Compression
import ModelFormats
import NeuralNetwork
import TensorCore

/// The start of a `.pare` file, see `FileLayout`: what is told of the parts behind it.
struct FileStart {
    private let file: MappedFile
    private let structure: StructureText
    private let plan: [UInt8]
    private var table: GraphFields
    /// Where the parts begin.
    private var position: Int

    /// Reads the head, whose checksum must be right.
    init(_ file: MappedFile) throws(ModelFileError) {
        self.file = file
        let textByteCount = file.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
        guard textByteCount <= UInt64(file.byteCount - 8) else {
            throw .truncated(path: file.path, place: .field("header", byte: 8), needed: Int(clamping: textByteCount), available: file.byteCount - 8)
        }
        let bodyOffset = 8 + Int(textByteCount)
        let beginning = FileLayout.beginning(bodyByteCount: file.byteCount - bodyOffset)
        guard beginning.count == bodyOffset, file.withUnsafeBytes({ $0.starts(with: beginning) }) else {
            throw .malformed(
                path: file.path, place: .field("the header", byte: 0), expected: "one of \(file.byteCount - bodyOffset) bytes behind it",
                found: "another")
        }
        var fields = GraphFields(file.withUnsafeBytes { Array($0[bodyOffset...].prefix(64)) }[...])
        var numbers: [Int] = []
        var isRead = fields.take(4) != nil
        let start = bodyOffset + 4
        var end = start
        for _ in 0..<5 {
            guard let number = fields.number(), number.value <= UInt64(TextStream.capacity(of: file.byteCount)) else {
                isRead = false
                break
            }
            numbers.append(Int(number.value))
            end += number.bytes.count
        }
        guard isRead else { throw Self.damaged(file, "sizes of its head", "none") }
        let (structureByteCount, structureStream, planByteCount, planStream, tableByteCount) = (
            numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]
        )
        let sizes = [tableByteCount, structureStream, planStream]
        let headEnd = sizes.reduce(end, +)
        guard headEnd <= file.byteCount else {
            throw .truncated(path: file.path, place: .field("the head", byte: bodyOffset), needed: headEnd, available: file.byteCount)
        }
        let head = file.withUnsafeBytes { Array($0[start..<headEnd]) }
        let expected = file.withUnsafeBytes { UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: bodyOffset, as: UInt32.self)) }
        let found = Checksum.of(head)
        guard found == expected else {
            throw .malformed(
                path: file.path, place: .field("the head", byte: bodyOffset), expected: "of checksum \(expected.hexadecimal)", found: found.hexadecimal)
        }
        var place = end - start
        func part(_ count: Int) -> [UInt8] {
            defer { place += count }
            return Array(head[place..<place + count])
        }
        table = GraphFields(part(tableByteCount)[...])
        guard let structureText = TextStream.decoded(part(structureStream), byteCount: structureByteCount),
            let plan = TextStream.decoded(part(planStream), byteCount: planByteCount)
        else { throw Self.damaged(file, "texts no longer than their streams can hold", "longer ones") }
        guard let structure = StructureText(structureText) else { throw Self.damaged(file, "a graph or names", "neither") }
        self.structure = structure
        self.plan = plan
        position = headEnd
    }

    private static func damaged(_ file: MappedFile, _ expected: String, _ found: String) -> ModelFileError {
        .malformed(path: file.path, place: .field("the head", byte: 8), expected: expected, found: found)
    }

    /// A tensor that the structure names.
    private struct Named {
        var name: String
        var shape: Shape
        /// nil of a type Pare does not hold.
        var type: ElementType?
        var typeName: String
    }

    /// What the file holds, with the places of its parts.
    func reader() throws(ModelFileError) -> PareReader {
        var start = self
        return try start.read()
    }

    private mutating func read() throws(ModelFileError) -> PareReader {
        let numberByteCount = try size("the numbers")
        var graphByteCount = 0
        if case .longGraph = structure { graphByteCount = try size("the graph") }
        let graphStart = position + numberByteCount
        guard graphStart + graphByteCount <= file.byteCount else {
            throw .truncated(
                path: file.path, place: .field("the graph", byte: position), needed: graphStart + graphByteCount, available: file.byteCount)
        }
        let graph: MappedFile?
        var metadata: [UInt8]?
        let named: [Named]
        switch structure {
        case .graph(let message): graph = MappedFile(holding: message, path: file.path)
        case .longGraph: graph = MappedFile(part: graphStart..<graphStart + graphByteCount, of: file)
        case .tensors(_, let text):
            graph = nil
            metadata = text
        }
        if let graph {
            named = try ReadONNXStructure(graph).references.map {
                Named(name: $0.name, shape: $0.shape, type: $0.elementType, typeName: $0.elementType.safetensorsName)
            }
        } else {
            named = try listed()
        }
        guard plan.count >= named.count else { throw Self.damaged(file, "a letter for each of \(named.count) tensors", "\(plan.count)") }
        var kinds: [FileLayout.Kind] = []
        for (letter, tensor) in zip(plan, named) {
            guard let kind = FileLayout.Kind(rawValue: letter), kind == .stored || tensor.type != nil else {
                throw .malformed(path: file.path, place: .tensor(tensor.name), expected: "of a kind that fits its type", found: "kind \(letter)")
            }
            kinds.append(kind)
        }
        var lines: [[UInt8]] = []
        var text = GraphFields(plan[named.count...])
        while !text.isAtEnd, let line = text.string() { lines.append(line) }
        guard text.isAtEnd, let recipe = String(validating: lines.joined(separator: [10]), as: UTF8.self) else {
            throw Self.damaged(file, "a recipe that is UTF-8", "other bytes")
        }
        return try place(named, kinds, numberByteCount: numberByteCount, graph, graphByteCount: graphByteCount, recipe, metadata)
    }

    /// Finds the places of all parts, which fill the file.
    private mutating func place(
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

    /// The tensors of a model without a graph.
    private func listed() throws(ModelFileError) -> [Named] {
        guard case .tensors(let lines, _) = structure else { return [] }
        var named: [Named] = []
        var seen: Set<String> = []
        for line in lines {
            guard let shape = Shape(checking: line.shape), seen.insert(line.name).inserted else {
                throw .malformed(path: file.path, place: .tensor(line.name), expected: "of a possible shape, and once", found: "\(line.shape.prefix(16))")
            }
            let type = ElementType.allCases.first { $0.safetensorsName == line.type }
            named.append(Named(name: line.name, shape: shape, type: type, typeName: line.type))
        }
        return named
    }

    private mutating func size(_ name: String) throws(ModelFileError) -> Int {
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
            throw .malformed(path: file.path, place: .tensor(tensor.name), expected: "of a known type, and to fit in memory", found: "\(tensor.shape) of \(tensor.typeName)")
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
