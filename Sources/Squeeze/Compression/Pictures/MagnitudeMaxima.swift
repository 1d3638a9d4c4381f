import Basics
import NeuralNetwork
import TensorCore

/// The largest |w| of each row and column of a matrix, which tell exactly which of them a threshold kills; draws the density map of
/// any threshold by counting in the weights.
public struct MagnitudeMaxima: Sendable {
    public let view: MatrixView
    /// Patterns of the magnitudes, ascending.
    private let rows: [UInt32]
    private let columns: [UInt32]
    /// What drops the weights that are zero already.
    private let zeroCutoff: Cutoff

    /// Takes maxima by row and by column.
    init(_ view: MatrixView, rows: [UInt32], columns: [UInt32], zeroCutoff: Cutoff) {
        self.view = view
        self.rows = rows.sorted()
        self.columns = columns.sorted()
        self.zeroCutoff = zeroCutoff
    }

    /// Reads every weight once: a fraction of a millisecond for a million of them. `tables` are those of the same weights.
    public init(
        of weights: Tensor, tables: LayerTables, view: MatrixView, cancellation: CancellationToken? = nil
    ) throws(Cancelled) {
        precondition(view.rows * view.columns == weights.count, "\(view.rows) × \(view.columns) of \(weights.shape)")
        var rows = [UInt32](repeating: 0, count: view.rows)
        var columns = [UInt32](repeating: 0, count: view.columns)
        for row in rows.indices {
            try cancellation?.check()
            weights.withRow(row, columns: 0..<view.columns, of: view) { values in
                var largest: UInt32 = 0
                for column in columns.indices {
                    let magnitude = values[column].bitPattern & 0x7fff_ffff
                    largest = max(largest, magnitude)
                    columns[column] = max(columns[column], magnitude)
                }
                rows[row] = largest
            }
        }
        self.init(view, rows: rows, columns: columns, zeroCutoff: tables.table.zeroCutoff)
    }

    /// Rows and columns of the matrix that hold zeros alone once weights below the threshold are dropped.
    public func dead(threshold: Double) -> (rows: Int, columns: Int) {
        let cutoff = cutoff(threshold).pattern
        return (rows.partitioningIndex { $0 >= cutoff }, columns.partitioningIndex { $0 >= cutoff })
    }

    /// The density map of a viewport, counted in the weights: a few milliseconds for four million of them.
    public func exactDensityMap(
        _ viewport: MapViewport, threshold: Double, weights: Tensor, cancellation: CancellationToken? = nil
    ) throws(Cancelled) -> DensityMap {
        let cutoff = cutoff(threshold)
        var cells = [Float](repeating: 0, count: viewport.cellsDown * viewport.cellsAcross)
        let columns = (0..<viewport.cellsAcross).map { viewport.columns(ofCell: $0) }
        var counts = [Int](repeating: 0, count: viewport.cellsAcross)
        for cellRow in 0..<viewport.cellsDown where viewport.weightCount > 0 {
            try cancellation?.check()
            for column in counts.indices { counts[column] = 0 }
            let rows = viewport.rows(ofCell: cellRow)
            for row in rows {
                weights.withRow(row, columns: viewport.columns, of: view) { values in
                    for (cell, span) in columns.enumerated() {
                        let start = span.lowerBound - viewport.columns.lowerBound
                        var survivors = 0
                        for index in start..<start + span.count
                        where values[index].bitPattern & 0x7fff_ffff >= cutoff.pattern { survivors += 1 }
                        counts[cell] += survivors
                    }
                }
            }
            for (cell, span) in columns.enumerated() {
                cells[cellRow * viewport.cellsAcross + cell] = Float(counts[cell]) / Float(rows.count * span.count)
            }
        }
        let dead = dead(threshold: threshold)
        return DensityMap(
            viewport: viewport, cells: cells, deadRows: dead.rows, deadColumns: dead.columns, exactness: .exact)
    }

    /// That of a threshold; zeros are below it whatever the threshold is.
    func cutoff(_ threshold: Double) -> Cutoff { max(Cutoff(threshold: threshold), zeroCutoff) }
}
