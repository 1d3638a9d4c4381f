import ModelFormats
import NeuralNetwork
import Testing

/// What an independent program says a file holds: a line a tensor with file, name, element type, shape and values.
struct GoldenTensors {
    private let rows: [[String]]

    init(_ table: String) throws { rows = try Goldens.rows(table) }

    func names(of file: String) -> [String] { rows.filter { $0[0] == file }.map { $0[1] } }

    /// Expects each tensor of a file by its name, and no others.
    func check(_ model: Model, file: String) throws {
        let rows = rows.filter { $0[0] == file }
        #expect(!rows.isEmpty)
        #expect(model.tensors.map(\.name).sorted() == rows.map { $0[1] }.sorted())
        for row in rows {
            let tensor = try #require(model.tensors.first { $0.name == row[1] }, "\(row[1])").tensor
            #expect(tensor.elementType.rawValue == row[2], "\(row[1])")
            #expect(tensor.shape.description == row[3], "\(row[1])")
            #expect(try PyTorchTests.numbers(tensor.read()) == row[4].split(separator: ",").map { Double($0) }, "\(row[1])")
        }
    }
}
