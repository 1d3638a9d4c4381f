import Factorization
import Testing

@Suite("Energy map")
struct EnergyMapTests {
    static let layouts = [
        KernelLayout(out: 23, in: 17, window: 4, order: .outFirst), KernelLayout(groups: 2, out: 9, in: 14, window: 3, order: .inFirst),
        KernelLayout(out: 12, in: 30, order: .inFirst),
    ]

    @Test("The iso-error line names the least rank out that keeps the error", arguments: layouts)
    func isoError(layout: KernelLayout) throws {
        let table = try EnergyTable(
            tensor(SampleKernels.decaying(layout, terms: 6, decay: 1, noise: 0.05, seed: 3)), layout: layout)
        let full = table.fullRanks
        for fraction in [0.0, 0.001, 0.01, 0.1, 0.5, 0.99] {
            let line = table.ranks(onSquaredError: fraction)
            #expect(line.count == full.in)
            for (index, out) in line.enumerated() {
                let expected =
                    layout.isMatrix
                    ? (table.squaredError(Ranks(index + 1)) <= fraction * table.power ? index + 1 : nil)
                    : (1...full.out).first { table.squaredError(Ranks(out: $0, in: index + 1)) <= fraction * table.power }
                #expect(out == expected)
            }
        }
    }

    @Test("The iso-size line names the greatest rank out that still fits", arguments: layouts)
    func isoSize(layout: KernelLayout) throws {
        let table = try EnergyTable(tensor(SampleKernels.normal(layout.count, seed: 4)), layout: layout)
        let full = table.fullRanks
        for count in [10, layout.count / 4, layout.count - 1, layout.count, 2 * layout.count] {
            for (index, out) in table.ranks(onFactorCount: count).enumerated() {
                let expected =
                    layout.isMatrix
                    ? (layout.factorCount(Ranks(index + 1)) <= count ? index + 1 : nil)
                    : (1...full.out).last { layout.factorCount(Ranks(out: $0, in: index + 1)) <= count }
                #expect(out == expected)
            }
        }
    }

    @Test("Cells show the energy kept at the ranks they stand for, from rank 1 to all", arguments: layouts)
    func cells(layout: KernelLayout) throws {
        let table = try EnergyTable(
            tensor(SampleKernels.decaying(layout, terms: 6, decay: 1, noise: 0.05, seed: 3)), layout: layout)
        let full = table.fullRanks
        for (rows, columns) in [(1, 1), (2, 5), (9, 40), (60, 80)] {
            let map = table.energyMap(rows: rows, columns: columns)
            #expect(map.count == rows * columns && map.last == 1)
            for row in 0..<rows {
                let out = EnergyTable.rank(ofCell: row, of: rows, extent: full.out)
                for column in 0..<columns {
                    let rankIn = EnergyTable.rank(ofCell: column, of: columns, extent: full.in)
                    let ranks = layout.isMatrix ? Ranks(rankIn) : Ranks(out: out, in: rankIn)
                    #expect(map[row * columns + column] == Float(table.energyKept(ranks)))
                }
            }
        }
        for extent in [1, 2, 17, 300] {
            for cells in [2, 7, 40] {
                #expect(EnergyTable.rank(ofCell: 0, of: cells, extent: extent) == 1)
                #expect(EnergyTable.rank(ofCell: cells - 1, of: cells, extent: extent) == extent)
                guard extent >= cells else { continue }
                for cell in 0..<cells {
                    let rank = EnergyTable.rank(ofCell: cell, of: cells, extent: extent)
                    #expect(EnergyTable.cell(ofRank: rank, of: cells, extent: extent) == cell)
                }
            }
        }
    }

    @Test("Bars of a spectrum fall from 1, and a cut stands behind the bars it keeps")
    func spectrum() throws {
        let layout = KernelLayout(out: 23, in: 17, window: 4, order: .outFirst)
        let table = try EnergyTable(
            tensor(SampleKernels.decaying(layout, terms: 6, decay: 1, noise: 0.05, seed: 3)), layout: layout)
        for columns in [1, 5, 23, 60] {
            let heights = table.spectrumOut.heights(columns: columns)
            #expect(heights.count == columns && heights.first == 1)
            #expect(zip(heights, heights.dropFirst()).allSatisfy { $0 >= $1 })
            #expect(table.spectrumOut.column(ofCutAfter: 23, columns: columns) == columns)
            #expect(table.spectrumOut.column(ofCutAfter: 0, columns: columns) == 0)
        }
        #expect(table.spectrumOut.column(ofCutAfter: 6, columns: 23) == 6)
        #expect(table.spectrumOut.heights(columns: 23)[5] > 4 * table.spectrumOut.heights(columns: 23)[6])
        #expect(table.spectrumOut.heights(columns: 0).isEmpty)
    }
}
