import CVectorMath
import Glibc

/// The matrix whose columns are what a window sees at its places: (channels · kernel, places), for some rows of places.
struct ColumnMatrix: Sendable {
    let window: SpatialWindow
    let channels: Int
    /// Rows of output places (depth · height) that are laid out at a time.
    let rowsAtATime: Int

    /// Bytes that a part of the matrix should take: about a second-level cache.
    private static let partByteCount = 1 << 20

    init(window: SpatialWindow, channels: Int) throws(KernelFault) {
        self.window = window
        self.channels = channels
        let row = try checkedProduct(channels, window.kernelCount, window.output[2], 4)
        rowsAtATime = max(1, min(Self.partByteCount / max(row, 1), window.output[0] * window.output[1]))
        byteCount = try checkedProduct(row, rowsAtATime)
    }

    let byteCount: Int
    var height: Int { channels * window.kernelCount }
    var rowCount: Int { window.output[0] * window.output[1] }

    /// Lays out rows of places; `source` is (channels, spatial…).
    func fill(rows: Range<Int>, from source: UnsafePointer<Float>, to columns: UnsafeMutablePointer<Float>) {
        forEachLine(rows: rows) { channel, line, step, row, places, target in
            let target = columns + target
            guard let line else {
                memset(target, 0, window.output[2] * 4)
                return
            }
            memset(target, 0, places.lowerBound * 4)
            let first =
                source + channel * window.inputCount + line
                + places.lowerBound * window.strides[2] + step * window.dilations[2] - window.padsBefore[2]
            pare_copy_strided(first, window.strides[2], target + places.lowerBound, places.count, 4)
            memset(target + places.upperBound, 0, (window.output[2] - places.upperBound) * 4)
        }
    }

    /// Adds rows of places back to where they were taken from; the inverse of `fill` for a transposed convolution.
    func add(rows: Range<Int>, from columns: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>) {
        forEachLine(rows: rows) { channel, line, step, row, places, source in
            guard let line else { return }
            let first =
                target + channel * window.inputCount + line
                + places.lowerBound * window.strides[2] + step * window.dilations[2] - window.padsBefore[2]
            pare_add_spread(columns + source + places.lowerBound, first, window.strides[2], places.count)
        }
    }

    /// Calls `body` for each channel, kernel step and row of places: with the offset of the input's line in its plane,
    /// nil in the padding; the places of the row at which the step lies in the input, empty if none; and the offset of
    /// the row in the matrix.
    @inline(__always)
    private func forEachLine(
        rows: Range<Int>,
        _ body: (_ channel: Int, _ line: Int?, _ step: Int, _ row: Int, _ places: Range<Int>, _ offset: Int) -> Void
    ) {
        let width = window.output[2]
        var offset = 0
        for channel in 0..<channels {
            for depthStep in 0..<window.kernel[0] {
                for rowStep in 0..<window.kernel[1] {
                    for step in 0..<window.kernel[2] {
                        let places = window.places(axis: 2, step: step)
                        for row in rows {
                            let depth =
                                row / window.output[1] * window.strides[0] + depthStep * window.dilations[0]
                                - window.padsBefore[0]
                            let height =
                                row % window.output[1] * window.strides[1] + rowStep * window.dilations[1]
                                - window.padsBefore[1]
                            let isInside =
                                depth >= 0 && depth < window.input[0] && height >= 0
                                && height < window.input[1] && !places.isEmpty
                            body(
                                channel, isInside ? (depth * window.input[1] + height) * window.input[2] : nil, step,
                                row, places, offset)
                            offset += width
                        }
                    }
                }
            }
        }
    }
}
