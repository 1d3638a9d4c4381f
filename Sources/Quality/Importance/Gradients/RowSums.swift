/// Sums over the rows of what is read, with plain pointers, for they go over all of it.
enum RowSums {
    /// Adds columns of rows of `width` numbers to `totals`; gives the sum of their squares.
    static func add(_ matrix: [Float], _ columns: Range<Int>, of width: Int, rows: Int, to totals: inout [Double]) -> Double {
        var power = 0.0
        matrix.withUnsafeBufferPointer { matrix in
            totals.withUnsafeMutableBufferPointer { totals in
                guard let matrix = matrix.baseAddress, let totals = totals.baseAddress else { return }
                for row in 0..<rows {
                    let from = matrix + row * width
                    var squares = SIMD8<Float>()
                    var column = columns.lowerBound
                    while column + 8 <= columns.upperBound {
                        var values = SIMD8<Float>()
                        for lane in 0..<8 { values[lane] = from[column + lane] }
                        for lane in 0..<8 { totals[column + lane] += Double(values[lane]) }
                        squares += values * values
                        column += 8
                    }
                    power += Double(squares.sum())
                    while column < columns.upperBound {
                        totals[column] += Double(from[column])
                        power += Double(from[column] * from[column])
                        column += 1
                    }
                }
            }
        }
        return power
    }

    /// Adds the squares of rows of `width` numbers to `totals`.
    static func addSquares(_ matrix: [Float], width: Int, rows: Int, to totals: inout [Double]) {
        matrix.withUnsafeBufferPointer { matrix in
            totals.withUnsafeMutableBufferPointer { totals in
                guard let matrix = matrix.baseAddress, let totals = totals.baseAddress else { return }
                for row in 0..<rows {
                    for column in 0..<width {
                        let value = Double(matrix[row * width + column])
                        totals[column] += value * value
                    }
                }
            }
        }
    }
}
