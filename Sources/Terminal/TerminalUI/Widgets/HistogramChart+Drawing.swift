extension HistogramChart {
    public func draw(into grid: inout CellGrid, in area: Rect, with look: Appearance) {
        let geometry = Self.geometry(in: area)
        drawBand(into: &grid, geometry.plot, look)
        if ink == .braille, !look.glyphs.isASCII, look.hasColors {
            drawBraille(into: &grid, geometry.plot, look)
        } else {
            drawBlocks(into: &grid, geometry.plot, look)
        }
        drawOutline(into: &grid, geometry.plot, look)
        drawEdges(into: &grid, geometry.plot, look)
        drawAxis(into: &grid, geometry.axis, look)
        drawLabels(into: &grid, geometry.labels, look)
    }

    private func drawBand(into grid: inout CellGrid, _ plot: Rect, _ look: Appearance) {
        let style = look[.histogramDropped]
        let isTinted = style.background.rgb != nil
        for x in plot.x..<plot.endX where isDropped(column: x, in: plot) {
            let column = Rect(x: x, y: plot.y, width: 1, height: plot.height)
            grid.fill(column, isTinted ? .blank : look.glyphs.bandFill, style: style)
        }
    }

    /// A cell shows two colours, so where both series end in one cell the one behind is rounded to the whole cell.
    private func drawBlocks(into grid: inout CellGrid, _ plot: Rect, _ look: Appearance) {
        let behind = Self.resample(original, to: plot.width)
        let front = Self.resample(compressed, to: plot.width)
        let originalStyle = look[.histogramOriginal]
        let droppedStyle = look[.histogramDropped]
        let frontStyle = look[.histogramCompressed]
        for column in 0..<plot.width {
            let x = plot.x + column
            let behindEighths = Self.eighths(behind, column, plot.height)
            let frontEighths = Self.eighths(front, column, plot.height)
            let ink = isDropped(column: x, in: plot) ? droppedStyle : originalStyle
            let behindStyle = Style(ink.foreground, ink.attributes)
            for row in 0..<plot.height {
                let point = Point(x: x, y: plot.endY - 1 - row)
                let behindHere = max(0, min(8, behindEighths - row * 8))
                let frontHere = max(0, min(8, frontEighths - row * 8))
                if behindHere == 0, frontHere == 0 { break }
                if behindHere > 0 {
                    if look.hasColors {
                        grid.put(look.glyphs.columnEighths[behindHere], at: point, style: behindStyle)
                    } else if behindHere >= 4 {
                        // Without colours the two series differ by their ground.
                        grid.put(look.glyphs.shades[2], at: point, style: behindStyle)
                    } else if row == 0 {
                        grid.put(look.glyphs.columnEighths[behindHere], at: point, style: behindStyle)
                    }
                }
                if frontHere > 0 {
                    let covers = look.hasColors && behindHere >= 4 && behindHere > frontHere
                    let style = covers ? frontStyle.on(behindStyle.foreground) : frontStyle
                    grid.put(look.glyphs.columnEighths[frontHere], at: point, style: style)
                }
            }
        }
    }

    private static func eighths(_ heights: [Double], _ column: Int, _ rows: Int) -> Int {
        guard column < heights.count, heights[column].isFinite, heights[column] > 0 else { return 0 }
        return max(1, Int((min(1, heights[column]) * Double(rows * 8)).rounded()))
    }

    /// Dot bits of a braille cell: left column from the lowest dot up, then right.
    private static let dots: [[UInt32]] = [[0x40, 0x04, 0x02, 0x01], [0x80, 0x20, 0x10, 0x08]]

    private func drawBraille(into grid: inout CellGrid, _ plot: Rect, _ look: Appearance) {
        let behind = Self.resample(original, to: plot.width * 2)
        let front = Self.resample(compressed, to: plot.width * 2)
        func dotCount(_ heights: [Double], _ bin: Int) -> Int {
            guard bin < heights.count, heights[bin].isFinite, heights[bin] > 0 else { return 0 }
            return max(1, Int((min(1, heights[bin]) * Double(plot.height * 4)).rounded()))
        }
        for column in 0..<plot.width {
            let x = plot.x + column
            let behindDots = [dotCount(behind, column * 2), dotCount(behind, column * 2 + 1)]
            let frontDots = [dotCount(front, column * 2), dotCount(front, column * 2 + 1)]
            let behindStyle = look[isDropped(column: x, in: plot) ? .histogramDropped : .histogramOriginal]
            for row in 0..<plot.height {
                var bits: UInt32 = 0
                var hasFront = false
                for half in 0..<2 {
                    for level in 0..<4 where max(behindDots[half], frontDots[half]) > row * 4 + level {
                        bits |= Self.dots[half][level]
                        if frontDots[half] > row * 4 + level { hasFront = true }
                    }
                }
                guard bits > 0, let scalar = Unicode.Scalar(0x2800 + bits) else { break }
                let style = hasFront ? look[.histogramCompressed] : Style(behindStyle.foreground, behindStyle.attributes)
                grid.put(Glyph(scalar), at: Point(x: x, y: plot.endY - 1 - row), style: style)
            }
        }
    }

    /// A dash in each column at the height of a cell, so that what it is over stays legible beside it.
    private func drawOutline(into grid: inout CellGrid, _ plot: Rect, _ look: Appearance) {
        guard !outline.isEmpty, plot.height > 0 else { return }
        let heights = Self.resample(outline, to: plot.width)
        for (column, height) in heights.enumerated() where height.isFinite && height > 0 {
            let row = min(plot.height - 1, Int(min(1, height) * Double(plot.height)))
            let point = Point(x: plot.x + column, y: plot.endY - 1 - row)
            var style = look[.histogramOutline]
            // Where all of the cell was filled, its colour stays behind the line.
            if grid[point.x, point.y].glyph == look.glyphs.full, look.hasColors { style.background = grid[point.x, point.y].style.foreground }
            grid.put(look.glyphs.horizontalLine, at: point, style: style)
        }
    }

    private func drawEdges(into grid: inout CellGrid, _ plot: Rect, _ look: Appearance) {
        guard let dropped, dropped.upperBound > dropped.lowerBound else { return }
        for edge in [dropped.lowerBound, dropped.upperBound] {
            guard let x = column(of: edge, in: plot) else { continue }
            for y in plot.y..<plot.endY {
                let there = grid[x, y]
                var style = look[.sliderKnob]
                if there.glyph == look.glyphs.full, look.hasColors {
                    style.background = there.style.foreground
                } else if there.glyph != .blank, there.glyph != look.glyphs.bandFill {
                    // The end of a bar stays: its height must read.
                    continue
                }
                grid.put(look.glyphs.thresholdLine, at: Point(x: x, y: y), style: style)
            }
        }
    }

    private func drawAxis(into grid: inout CellGrid, _ axis: Rect, _ look: Appearance) {
        grid.fill(axis, look.glyphs.axis, style: look[.axis])
        guard axis.height > 0 else { return }
        if let dropped, dropped.upperBound > dropped.lowerBound {
            for edge in [dropped.lowerBound, dropped.upperBound] {
                if let x = column(of: edge, in: axis) {
                    grid.put(look.glyphs.sliderKnob, at: Point(x: x, y: axis.y), style: look[.sliderKnob])
                }
            }
        }
        for centroid in centroids {
            guard let x = column(of: centroid, in: axis) else { continue }
            grid.put(look.glyphs.axisTick, at: Point(x: x, y: axis.y), style: look[.centroid])
        }
    }

    private func drawLabels(into grid: inout CellGrid, _ row: Rect, _ look: Appearance) {
        guard !row.isEmpty else { return }
        var taken: [Range<Int>] = []
        for label in labels {
            guard let column = column(of: label.value, in: row) else { continue }
            let width = TextWidth.columns(of: label.text)
            let x = max(row.x, min(row.endX - width, column - width / 2))
            guard width <= row.width, !taken.contains(where: { $0.overlaps((x - 1)..<(x + width + 1)) }) else { continue }
            taken.append(x..<(x + width))
            grid.write(label.text, at: Point(x: x, y: row.y), style: label.style ?? look[.dim])
        }
    }
}
