import Testing

@testable import TerminalUI

@Suite("Colours")
struct ColorTests {
    @Test("Colours are read from and written as #rrggbb")
    func parsing() {
        #expect(RGB(text: "#0a1B2c") == RGB(10, 27, 44))
        #expect(RGB(text: "#fa0") == RGB(255, 170, 0))
        #expect(RGB(text: "#12345") == nil)
        #expect(RGB(text: "123456") == nil)
        #expect(RGB(text: "#-12345") == nil)
        #expect(RGB(10, 27, 44).description == "#0a1b2c")
    }

    /// Reference values of CIE L*a*b* (D65, 2°) as colour science tables print them.
    @Test("CIELAB agrees with published values")
    func lab() {
        let references: [(hex: UInt32, lightness: Double, a: Double, b: Double)] = [
            (0xFFFFFF, 100, 0, 0), (0x000000, 0, 0, 0), (0xFF0000, 53.24, 80.09, 67.20), (0x00FF00, 87.73, -86.18, 83.18),
            (0x0000FF, 32.30, 79.19, -107.86), (0x808080, 53.59, 0, 0),
        ]
        for reference in references {
            let color = LabColor(RGB(hex: reference.hex))
            #expect(abs(color.lightness - reference.lightness) < 0.02)
            #expect(abs(color.a - reference.a) < 0.02)
            #expect(abs(color.b - reference.b) < 0.02)
        }
    }

    @Test("A colour survives the way to CIELAB and back")
    func labRoundTrip() {
        for red in stride(from: 0, through: 255, by: 51) {
            for green in stride(from: 0, through: 255, by: 51) {
                for blue in stride(from: 0, through: 255, by: 51) {
                    let color = RGB(UInt8(red), UInt8(green), UInt8(blue))
                    #expect(LabColor(color).rgb == color)
                }
            }
        }
    }

    @Test("Contrast follows WCAG")
    func contrast() {
        #expect(abs(RGB(hex: 0xFFFFFF).contrast(with: RGB(hex: 0)) - 21) < 1e-9)
        #expect(abs(RGB(hex: 0x767676).contrast(with: RGB(hex: 0xFFFFFF)) - 4.54) < 0.01)
    }

    @Test("The palette is xterm's")
    func palette() {
        #expect(TerminalPalette.xterm256.count == 256)
        #expect(TerminalPalette.xterm256[16] == RGB(hex: 0))
        #expect(TerminalPalette.xterm256[208] == RGB(hex: 0xFF8700))
        #expect(TerminalPalette.xterm256[244] == RGB(hex: 0x808080))
    }

    @Test("A colour of the palette is its own nearest", arguments: 16..<232)
    func ownNearest(index: Int) {
        var quantizer = Quantizer(.colors256)
        let shown = quantizer.shown(TerminalPalette.xterm256[index])
        #expect(shown == TerminalPalette.xterm256[index])
    }

    @Test("With few colours the hue stays")
    func hues() {
        var quantizer = Quantizer(.colors16)
        #expect([1, 9].contains(quantizer.index(of: RGB(hex: 0xF2798A))))
        #expect([2, 10].contains(quantizer.index(of: RGB(hex: 0x8BD49C))))
        #expect([3, 11].contains(quantizer.index(of: RGB(hex: 0xF0B866))))
        #expect([6, 4, 12, 14].contains(quantizer.index(of: RGB(hex: 0x7CBCFF))))
        let night = quantizer.index(of: RGB(hex: 0x11151C))
        #expect(night == 0)
        let paper = quantizer.index(of: RGB(hex: 0xFBFBF9))
        #expect(paper == 15)
        var eight = Quantizer(.colors8)
        for hex: UInt32 in [0x123456, 0xFEDCBA, 0x777777] { #expect(eight.index(of: RGB(hex: hex)) < 8) }
    }

    @Test("What could be told from its ground can still be", arguments: [ColorDepth.colors256, .colors16, .colors8])
    func pairs(depth: ColorDepth) {
        var quantizer = Quantizer(depth)
        let grounds: [UInt32] = [0x11151C, 0xFBFBF9, 0x282828, 0x002B36, 0x24344D]
        for ground in grounds.map(RGB.init(hex:)) {
            for hex in stride(from: UInt32(0), to: 0xFFFFFF, by: 0x0F1357) {
                let color = RGB(hex: hex)
                guard color.contrast(with: ground) >= 2 else { continue }
                let pair = quantizer.pair(color, on: ground)
                #expect(pair.foreground != pair.background, "\(color) on \(ground)")
            }
        }
    }

    @Test("Mixing ends at both colours")
    func mixing() {
        let (from, to) = (RGB(hex: 0x102030), RGB(hex: 0xFBE89B))
        #expect(from.mixed(with: to, fraction: 0) == from)
        #expect(from.mixed(with: to, fraction: 1) == to)
        #expect(from.mixed(with: to, fraction: 7) == to)
    }
}
