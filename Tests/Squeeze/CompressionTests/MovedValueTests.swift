import NeuralNetwork
import TensorCore
import Testing

@testable import Compression

@Suite("Values that were moved")
struct MovedValueTests {
    @Test("Shared values are spread over what is nearest to them, and none but zeros is lost")
    func spread() {
        let codebook = Codebook(centroids: [-2, -1, 1, 3], counts: [4, 10, 20, 6])
        // Cells: −2.5…−1.5, −1.5…−0.5, 0.5…2, 2…4; zero has what lies between.
        let bins = codebook.spread(binCount: 16, over: -4...4)
        #expect(abs(bins.reduce(0, +) - 40) < 1e-9)
        #expect(bins[7] == 0 && bins[8] == 0)
        #expect(abs(bins[5] - 5) < 1e-9 && abs(bins[6] - 5) < 1e-9)
        #expect(abs(bins[9] - 20 / 3) < 1e-9 && abs(bins[12] - 1.5) < 1e-9 && abs(bins[15] - 1.5) < 1e-9)
        let zoomed = codebook.spread(binCount: 2, over: 0...2)
        #expect(abs(zoomed.reduce(0, +) - 20) < 1e-9)
    }

    @Test("Zero among the shared values, one value alone and none at all are spread too")
    func few() {
        let withZero = Codebook(centroids: [-1, 0, 1], counts: [3, 50, 5])
        #expect(abs(withZero.spread(binCount: 8, over: -2...2).reduce(0, +) - 8) < 1e-9)
        #expect(abs(Codebook(centroids: [0.5], counts: [7]).spread(binCount: 10, over: -1...1).reduce(0, +) - 7) < 1e-9)
        #expect(Codebook(centroids: [], counts: []).spread(binCount: 4, over: -1...1) == [0, 0, 0, 0])
    }

    @Test("A map of moves tells how far each cell's values are from where they were")
    func moves() throws {
        let before = Tensor([Float](repeating: 1, count: 24), shape: [4, 6])
        var values = [Float](repeating: 1, count: 24)
        values[0] = 4
        values[13] = -1
        let after = Tensor(values, shape: [4, 6])
        let view = MatrixView(shape: [4, 6])
        let map = try ChangeMap(MapViewport(of: view, cellsDown: 2, cellsAcross: 3), of: view, before: before, after: after)
        // Cells of 2 × 2 values.
        #expect(map.cells == [1.5, 0, 0, 1, 0, 0])
        #expect(map.rows.map { ($0 * $0 * 12).rounded() } == [9, 4] && map.columns.map { ($0 * $0 * 8).rounded() } == [13, 0, 0])
        let zoomed = try ChangeMap(
            MapViewport(rows: 2..<4, columns: 0..<2, cellsDown: 2, cellsAcross: 2), of: view, before: before, after: after)
        #expect(zoomed.cells == [0, 2, 0, 0])
    }
}
