import Factorization

/// The spectra of a layer, and how much energy every pair of ranks keeps, as cells to draw.
public struct FactorPicture: Sendable {
    public var layout: KernelLayout
    /// The largest ranks there are.
    public var full: Ranks
    /// Heights 0…1 of the singular values of each side, one a column.
    public var spectrumOut: [Float]
    public var spectrumIn: [Float]
    /// Whether energies are those of what the layer gives on data.
    public var isOnData: Bool
    /// What empirical variational Bayes makes of the spectra of the weights, where those are known.
    public var automatic: AutomaticRanks?
    /// What the factors in force keep of the energy, in the norm that they were chosen in; nil while that is not known.
    public var energyKept: Double?
    /// Energy kept 0…1: rows (rank out, rising) × columns (rank in, rising).
    public var energies: [Float]
    public var rows: Int
    public var columns: Int
    /// For each column the row at which the factors are as large as the layer; nil where none is.
    public var sameSize: [Int?]
    /// For each column the row at which a hundredth of the energy is lost; nil where none is.
    public var sameError: [Int?]

    /// Energy that each pair of ranks on this line loses.
    public static let drawnLoss = 0.01

    /// Samples a table to so many columns of spectrum and cells of map.
    public init(
        _ table: EnergyTable, automatic: AutomaticRanks?, energyKept: Double? = nil, spectrumColumns: Int, rows: Int, columns: Int
    ) {
        isOnData = table.isOnData
        self.automatic = automatic
        self.energyKept = energyKept
        layout = table.layout
        full = table.fullRanks
        spectrumOut = table.spectrumOut.heights(columns: spectrumColumns)
        spectrumIn = table.spectrumIn.heights(columns: spectrumColumns)
        let rows = table.layout.isMatrix ? 1 : min(rows, full.out)
        let columns = min(columns, full.in)
        energies = table.energyMap(rows: rows, columns: columns)
        self.rows = rows
        self.columns = columns
        let largest = table.ranks(onFactorCount: table.layout.count)
        let exact = table.ranks(onSquaredError: Self.drawnLoss)
        func cells(_ line: [Int?]) -> [Int?] {
            (0..<columns).map { column in
                let rank = EnergyTable.rank(ofCell: column, of: columns, extent: line.count)
                return line[rank - 1].map { EnergyTable.cell(ofRank: $0, of: rows, extent: table.fullRanks.out) }
            }
        }
        sameSize = cells(largest)
        sameError = cells(exact)
    }
}
