import Evaluation
import ImageMetrics
import TerminalUI

/// Images of both networks in two halves: tiles of the same latents at the same places.
struct ImageSheetView {
    /// Images that fit into each half.
    let count: Int
    private let form: GeneratorForm
    private let original: [[Float]]
    private let changed: [[Float]]
    private let halves: SheetHalves
    private let tiling: Tiling

    init(form: GeneratorForm, original: [[Float]], changed: [[Float]], in area: Rect) {
        self.form = form
        self.original = original
        self.changed = changed
        halves = SheetHalves(area)
        tiling = Tiling(form.image, in: halves.left, wanted: original.count)
        count = min(original.count, tiling.across * tiling.down)
    }

    /// How images are laid out: the largest of which enough fit.
    struct Tiling: Hashable {
        /// Pixels of a tile; its rows are even, as a row of cells holds two.
        var width: Int
        var height: Int
        var across: Int
        var down: Int

        var count: Int { across * down }

        init(_ image: ImageShape, in area: Rect, wanted: Int) {
            let candidates = stride(from: image.width, to: 3, by: -1).map { Tiling(width: $0, of: image, in: area) }
            // All of them at a size at which shapes are told; else fewer, but larger.
            let ladder = [(wanted, 12), (9, 12), (6, 12), (4, 9), (2, 8), (1, 1)]
            for (least, width) in ladder {
                if let tiling = candidates.first(where: { $0.count >= least && $0.width >= min(width, image.width) }) {
                    self = tiling
                    return
                }
            }
            self = Tiling(width: min(4, image.width), of: image, in: area)
        }

        private init(width: Int, of image: ImageShape, in area: Rect) {
            self.width = width
            let rows = (Double(image.height * width) / Double(image.width)).rounded()
            height = max(2, Int(rows) + Int(rows) % 2)
            // A column between neighbours; rows need none, for images have margins.
            across = (area.width + 1) / (width + 1)
            down = area.height / (height / 2)
        }
    }

    func draw(into grid: inout CellGrid, isStale: Bool, _ look: Appearance) {
        guard tiling.count > 0 else { return }
        let target = ImageShape(channels: form.image.channels, height: tiling.height, width: tiling.width)
        let scaler = ImageScaler(from: form.image, to: target, values: form.values)
        for index in 0..<count {
            let (row, column) = (index / tiling.across, index % tiling.across)
            for (half, images) in [(halves.left, original), (halves.right, changed)] {
                let place = Rect(
                    x: half.x + column * (tiling.width + 1), y: half.y + row * (tiling.height / 2), width: tiling.width,
                    height: tiling.height / 2)
                grid.draw(Self.picture(images[index], scaler), in: place, with: look)
            }
        }
        if isStale { grid.mapStyles(halves.right) { $0.adding(.dim) } }
    }

    private static func picture(_ image: [Float], _ scaler: ImageScaler) -> PixelImage {
        let shape = scaler.target
        var values = [Float](repeating: 0, count: shape.count)
        image.withUnsafeBufferPointer { image in values.withUnsafeMutableBufferPointer { scaler.scale(image, into: $0) } }
        let pixels = (0..<shape.pixelCount).map { place in
            func level(_ channel: Int) -> UInt8 {
                let value = values[min(channel, shape.channels - 1) * shape.pixelCount + place]
                // What is no number is drawn as black.
                return value > 0 ? UInt8((min(1, value) * 255).rounded()) : 0
            }
            return RGB(level(0), level(1), level(2))
        }
        return PixelImage(width: shape.width, height: shape.height, pixels: pixels)
    }
}
