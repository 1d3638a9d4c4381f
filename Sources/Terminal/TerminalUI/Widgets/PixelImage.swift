/// An image as half-block pixels: two rows of pixels in a row of cells. Where colours or signs are few, shades stand for lightness.
public struct PixelImage: Widget, Sendable, Hashable {
    public let width: Int
    public let height: Int
    /// Row-major.
    public let pixels: [RGB]

    public init(width: Int, height: Int, pixels: [RGB]) {
        precondition(pixels.count == width * height, "\(pixels.count) pixels for \(width) × \(height)")
        self.width = width
        self.height = height
        self.pixels = pixels
    }

    /// Rows of cells that an image of so many rows of pixels takes.
    public static func cellRows(ofHeight height: Int) -> Int { (height + 1) / 2 }

    public func draw(into grid: inout CellGrid, in area: Rect, with look: Appearance) {
        for row in 0..<min(area.height, Self.cellRows(ofHeight: height)) {
            for column in 0..<min(area.width, width) {
                let upper = pixels[row * 2 * width + column]
                let lower = row * 2 + 1 < height ? pixels[(row * 2 + 1) * width + column] : nil
                drawCell(upper, lower, at: Point(x: area.x + column, y: area.y + row), into: &grid, look)
            }
        }
    }

    private func drawCell(_ upper: RGB, _ lower: RGB?, at point: Point, into grid: inout CellGrid, _ look: Appearance) {
        // Sixteen colours hold four greys, which say more in half cells than shades in whole ones.
        if look.glyphs.isASCII || look.depth < .colors16 {
            let present = [upper, lower].compactMap { $0?.lightness }
            // The first shade would make haze of what is nearly black.
            let mean = present.reduce(0, +) / Double(present.count)
            grid.put(look.glyphs.shade(mean < 0.12 ? 0 : mean), at: point, style: look[.text])
        } else if let lower {
            grid.put(look.glyphs.upperHalf, at: point, style: Style(.rgb(upper.stepped), on: .rgb(lower.stepped)))
        } else {
            grid.put(look.glyphs.upperHalf, at: point, style: Style(.rgb(upper.stepped)))
        }
    }
}

extension RGB {
    /// 0…1 as an eye sees it.
    fileprivate var lightness: Double { LabColor(self).lightness / 100 }

    /// A colour of few: a terminal has a limited number of colour pairs. Greys have 32 steps, colours 16 a channel.
    fileprivate var stepped: RGB {
        let steps = red == green && green == blue ? 31.0 : 15.0
        func step(_ value: UInt8) -> UInt8 { UInt8(((Double(value) / 255 * steps).rounded() / steps * 255).rounded()) }
        return RGB(step(red), step(green), step(blue))
    }
}
