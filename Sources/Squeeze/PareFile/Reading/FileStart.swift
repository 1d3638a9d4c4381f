import Basics
import Compression
import ModelFormats
import NeuralNetwork
import TensorCore

/// The start of a `.pare` file, see `FileLayout`: what is told of the parts behind it.
struct FileStart {
    let file: MappedFile
    private let structure: StructureText
    private let plan: [UInt8]
    var table: GraphFields
    /// Where the parts begin.
    let position: Int

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

    static func damaged(_ file: MappedFile, _ expected: String, _ found: String) -> ModelFileError {
        .malformed(path: file.path, place: .field("the head", byte: 8), expected: expected, found: found)
    }

    /// A tensor that the structure names.
    struct Named {
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
}
