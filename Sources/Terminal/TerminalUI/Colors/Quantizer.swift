/// Finds the nearest colour that a terminal of some depth can show; remembers its answers.
public struct Quantizer: Sendable {
    public let depth: ColorDepth
    private let candidates: [(index: Int, color: Seen)]
    private var known: [RGB: Int] = [:]
    private var knownPairs: [Pairing: (foreground: Int, background: Int)] = [:]

    private struct Pairing: Hashable {
        var foreground: RGB
        var background: RGB
    }

    public init(_ depth: ColorDepth) {
        self.depth = depth
        let indices: Range<Int> =
            switch depth {
            case .mono, .trueColor: 0..<0
            case .colors8: 0..<8
            case .colors16: 0..<16
            // The first sixteen are the user's to redefine, so only the fixed ones are relied upon.
            case .colors256: 16..<256
            }
        candidates = indices.map { ($0, Seen(TerminalPalette.xterm256[$0])) }
    }

    /// Palette index of the nearest colour; 0xRRGGBB in true colour, 0 in mono.
    public mutating func index(of color: RGB) -> Int {
        if depth == .trueColor { return Int(color.hex) }
        if let index = known[color] { return index }
        let wanted = Seen(color)
        var best = (index: 0, distance: Double.infinity)
        for candidate in candidates {
            let distance = distance(candidate.color, wanted)
            if distance < best.distance { best = (candidate.index, distance) }
        }
        known[color] = best.index
        return best.index
    }

    /// With few colours a hue says more than a lightness: a pale blue is nearer to blue than to grey.
    private func distance(_ candidate: Seen, _ wanted: Seen) -> Double {
        guard depth == .colors8 || depth == .colors16 else { return candidate.lab.squaredDistance(to: wanted.lab) }
        let lightness = candidate.lab.lightness - wanted.lab.lightness
        if wanted.lab.chroma < Self.leastChroma {
            return candidate.lab.chroma < Self.leastChroma ? lightness * lightness : .greatestFiniteMagnitude
        }
        if candidate.lab.chroma < Self.leastChroma { return 10_000 + lightness * lightness }
        let turn = abs(candidate.hue - wanted.hue)
        let hue = min(turn, 360 - turn)
        return hue * hue + lightness * lightness / 2
    }

    /// What is less colourful passes for grey, in CIELAB units.
    private static let leastChroma = 12.0

    /// A colour as distances need it.
    private struct Seen: Sendable {
        let lab: LabColor
        /// Angle on the colour wheel of red, green and blue: CIELAB's own bends blues towards violet.
        let hue: Double

        init(_ color: RGB) {
            lab = LabColor(color)
            hue = color.hueDegrees
        }
    }

    /// The colour as the terminal will show it.
    public mutating func shown(_ color: RGB) -> RGB {
        switch depth {
        case .trueColor, .mono: color
        default: TerminalPalette.xterm256[index(of: color)]
        }
    }

    /// Palette indices for a foreground on a background: what could be told apart stays apart.
    public mutating func pair(_ foreground: RGB, on background: RGB) -> (foreground: Int, background: Int) {
        guard depth != .trueColor, depth != .mono else { return (index(of: foreground), index(of: background)) }
        let pairing = Pairing(foreground: foreground, background: background)
        if let known = knownPairs[pairing] { return known }
        let found = nearestPair(foreground, on: background)
        knownPairs[pairing] = found
        return found
    }

    private mutating func nearestPair(_ foreground: RGB, on background: RGB) -> (foreground: Int, background: Int) {
        let behind = index(of: background)
        let front = index(of: foreground)
        let shownBehind = TerminalPalette.xterm256[behind]
        // Enough to be told from the ground; on a dark one the palette's blue would not read.
        let needed = min(foreground.contrast(with: background) * 0.8, shownBehind.luminance < 0.2 ? 2.5 : 2)
        if foreground == background || TerminalPalette.xterm256[front].contrast(with: shownBehind) >= needed {
            return (front, behind)
        }
        let wanted = Seen(foreground)
        var best = (index: front, distance: Double.infinity)
        for candidate in candidates {
            guard TerminalPalette.xterm256[candidate.index].contrast(with: shownBehind) >= needed else { continue }
            let distance = distance(candidate.color, wanted)
            if distance < best.distance { best = (candidate.index, distance) }
        }
        return (best.index, behind)
    }
}
