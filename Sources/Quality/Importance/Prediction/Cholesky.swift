import Glibc

/// The lower triangle L of a positive matrix L Lᵀ.
struct Cholesky: Sendable {
    private var rows: [[Double]]

    init(_ matrix: [[Double]]) {
        rows = matrix
        for row in matrix.indices {
            for column in 0...row {
                var value = matrix[row][column]
                for place in 0..<column { value -= rows[row][place] * rows[column][place] }
                // Rounding may leave less than nothing of what is there twice.
                rows[row][column] = row == column ? max(value, 1e-12).squareRoot() : value / rows[column][column]
            }
        }
    }

    /// L⁻¹ x.
    func forwards(_ vector: [Double]) -> [Double] {
        var solved = vector
        for row in rows.indices {
            for place in 0..<row { solved[row] -= rows[row][place] * solved[place] }
            solved[row] /= rows[row][row]
        }
        return solved
    }

    /// L⁻ᵀ x.
    func backwards(_ vector: [Double]) -> [Double] {
        var solved = vector
        for row in rows.indices.reversed() {
            for place in row + 1..<rows.count { solved[row] -= rows[place][row] * solved[place] }
            solved[row] /= rows[row][row]
        }
        return solved
    }
}
