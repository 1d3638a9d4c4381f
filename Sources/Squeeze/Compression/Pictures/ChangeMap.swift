import Basics
import Glibc
import NeuralNetwork
import TensorCore

/// How far a matrix's values lie from others, cell by cell.
public struct ChangeMap: Sendable, Hashable {
    public var viewport: MapViewport
    /// The root of the mean squared difference in each cell, row by row: cellsDown × cellsAcross.
    public var cells: [Float]
    /// The same of each row and column of cells.
    public var rows: [Float]
    public var columns: [Float]

    /// Compares two tensors of the same extents, seen as matrices.
    ///
    /// - Throws: `Cancelled`.
    public init(
        _ viewport: MapViewport, of view: MatrixView, before: Tensor, after: Tensor, cancellation: CancellationToken? = nil
    ) throws(Cancelled) {
        precondition(before.count == after.count, "\(before.count) values beside \(after.count)")
        self.viewport = viewport
        let (down, across) = (viewport.cellsDown, viewport.cellsAcross)
        let spans = (0..<across).map { viewport.columns(ofCell: $0) }
        var squares = [Double](repeating: 0, count: down * across)
        var counts = squares
        for cellRow in 0..<down where viewport.weightCount > 0 {
            try cancellation?.check()
            for row in viewport.rows(ofCell: cellRow) {
                before.withRow(row, columns: viewport.columns, of: view) { before in
                    after.withRow(row, columns: viewport.columns, of: view) { after in
                        for (cell, span) in spans.enumerated() {
                            let start = span.lowerBound - viewport.columns.lowerBound
                            var sum = 0.0
                            for index in start..<start + span.count {
                                let difference = Double(after[index]) - Double(before[index])
                                sum += difference * difference
                            }
                            squares[cellRow * across + cell] += sum
                            counts[cellRow * across + cell] += Double(span.count)
                        }
                    }
                }
            }
        }
        func root(_ cells: [Int]) -> Float {
            let (sum, count) = cells.reduce((0.0, 0.0)) { ($0.0 + squares[$1], $0.1 + counts[$1]) }
            return Float(sqrt(sum / max(1, count)))
        }
        cells = squares.indices.map { root([$0]) }
        rows = (0..<down).map { row in root((0..<across).map { row * across + $0 }) }
        columns = (0..<across).map { column in root((0..<down).map { $0 * across + column }) }
    }
}
