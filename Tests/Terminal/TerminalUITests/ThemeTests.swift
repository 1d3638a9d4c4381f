import Foundation
import Testing

@testable import TerminalUI

/// The folder `themes` beside `Tests`.
private let themesFolder = #filePath.split(separator: "/").dropLast(4).reduce("") { $0 + "/" + $1 } + "/themes"
private let bundled = ((try? FileManager.default.contentsOfDirectory(atPath: themesFolder)) ?? [])
    .filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()

@Suite("Themes")
struct ThemeTests {
    private func theme(_ name: String) throws -> Theme { try Theme(path: "\(themesFolder)/\(name).yaml") }

    @Test("Every theme of the folder is listed in its README")
    func documented() throws {
        #expect(bundled.count >= 10)
        let text = try String(contentsOf: URL(filePath: themesFolder + "/README.md"), encoding: .utf8)
        for name in bundled { #expect(text.contains("`\(name)`"), "\(name)") }
    }

    @Test("Words read well on every ground they lie on", arguments: bundled)
    func contrast(name: String) throws {
        let theme = try theme(name)
        let ground = try #require(theme.ground.background.rgb)
        let least = name.hasPrefix("high-contrast") ? 7.0 : 4.5
        let words: [Role] = [
            .text, .dim, .title, .accent, .heading, .marked, .match, .good, .bad, .warning, .stale, .estimated, .busy,
            .centroid,
            .mapDead, .sliderKnob,
        ]
        for role in words {
            let ink = try #require(theme[role].foreground.rgb)
            #expect(ink.contrast(with: ground) >= least, "\(role) on the ground: \(ink.contrast(with: ground))")
        }
        let own: [Role] = [.titleFocused, .selection, .status, .overlay, .input, .inputCursor]
        for role in own {
            let style = theme[role]
            let ink = try #require(style.foreground.rgb)
            let below = try #require(style.background.rgb, "\(role) has no ground of its own")
            #expect(ink.contrast(with: below) >= 4.5, "\(role): \(ink.contrast(with: below))")
        }
        for role in [Role.text, .dim, .good, .bad, .accent, .estimated, .marked] {
            let ink = try #require(theme[role].foreground.rgb)
            let below = try #require(theme[.selection].background.rgb)
            #expect(ink.contrast(with: below) >= 3, "\(role) in the selection: \(ink.contrast(with: below))")
        }
        let keys = try #require(theme[.key].foreground.rgb)
        #expect(keys.contrast(with: try #require(theme[.status].background.rgb)) >= 4.5)
    }

    @Test("Bars, histograms and borders can be seen and told apart", arguments: bundled)
    func marks(name: String) throws {
        let theme = try theme(name)
        let ground = try #require(theme.ground.background.rgb)
        for role in [Role.histogramOriginal, .histogramCompressed, .barOriginal, .barPruned, .barShared, .barCoded] {
            #expect(try #require(theme[role].foreground.rgb).contrast(with: ground) >= 1.6, "\(role)")
        }
        for role in [Role.border, .sliderTrack, .axis] {
            #expect(try #require(theme[role].foreground.rgb).contrast(with: ground) >= 1.35, "\(role)")
        }
        let original = LabColor(try #require(theme[.histogramOriginal].foreground.rgb))
        let compressed = LabColor(try #require(theme[.histogramCompressed].foreground.rgb))
        #expect(original.squaredDistance(to: compressed) > 20 * 20)
    }

    @Test("Map colours grow steadily lighter or darker", arguments: bundled)
    func gradients(name: String) throws {
        let theme = try theme(name)
        #expect(theme.map.count >= 2)
        let steps = (0...20).compactMap { theme.mapColor(Double($0) / 20).map { LabColor($0).lightness } }
        let rises = zip(steps, steps.dropFirst()).map { $1 - $0 }
        #expect(theme.isDark ? rises.allSatisfy { $0 > 0 } : rises.allSatisfy { $0 < 0 }, "\(steps)")
    }

    @Test("Good and bad differ under red–green blindness in the theme made for it")
    func colourBlind() throws {
        let theme = try theme("colour-blind")
        // Without red and green a colour is what its blue–yellow axis and its lightness say.
        let good = LabColor(try #require(theme[.good].foreground.rgb))
        let bad = LabColor(try #require(theme[.bad].foreground.rgb))
        #expect(abs(good.b - bad.b) > 60)
    }

    @Test("Every role is named by some bundled theme, and every theme names them all", arguments: bundled)
    func complete(name: String) throws {
        let theme = try theme(name)
        let bare = try Theme(yaml: "styles: {text: '#123457 on #fedcb9'}", file: "bare")
        let changed = Role.allCases.filter { theme[$0] != bare[$0] }
        #expect(Set(changed).isSuperset(of: Set(Role.allCases)))
    }

    @Test("A role that a theme leaves out takes its fallback's style")
    func fallback() throws {
        let theme = try Theme(yaml: "name: T\nstyles:\n  text: '#ffffff on #000000'\n  accent: 'bold #ff0000'", file: "t.yaml")
        #expect(theme[.sliderFill] == theme[.accent])
        #expect(theme[.titleFocused].foreground == theme[.accent].foreground)
        #expect(theme[.selection].attributes == .reverse)
        #expect(theme[.dim] == Style(RGB(hex: 0xFFFFFF)).adding(.dim))
    }

    @Test(
        "Errors name the file, the line and what is wrong",
        arguments: [
            ("styles:\n  text: snow on night\n", "t.yaml:2: “snow” in role “text” is neither"),
            ("styles:\n  text: '#fff'\n  tittle: bold\n", "t.yaml:3: unknown role “tittle”; did you mean “title”?"),
            ("colors: {}\n", "t.yaml:1: unknown key “colors”"),
            ("palette:\n  a: '#ggg'\n", "t.yaml:2: “#ggg” in palette “a”"),
            ("palette:\n  bold: '#fff'\n", "t.yaml:2: palette name “bold” must be"),
            ("name: T\nappearance: grey\n", "t.yaml:2: appearance must be dark or light"),
            ("map: ['#000']\n", "t.yaml:1: map must be a list of two colours or more"),
            ("styles: [a]\n", "t.yaml:1: styles must be a mapping"),
            ("- a\n", "t.yaml:1: the file must be a mapping"),
            ("", "t.yaml:1: the file must be a mapping"),
            ("name: 'x\n", "t.yaml:"),
            ("name: a\nname: b\n", "t.yaml:"),
            // Nothing in a file breaks the line, and aliases cannot make it mean more than it says.
            ("styles:\n  \"a\\nb\": bold\n", "t.yaml:2: unknown role “a\\u{a}b”"),
            ("styles:\n  text: \"\\e[2J\"\n", "t.yaml:2: “\\u{1b}[2J” in role “text”"),
            ("palette: &p\n  a: '#fff'\nstyles: *p\n", "t.yaml:"),
            ("? &a [&b [x, x], *b]\n: 1\n? *a\n: 2\n", "t.yaml:"),
        ])
    func errors(yaml: String, message: String) {
        let error = #expect(throws: ThemeError.self) { try Theme(yaml: yaml, file: "t.yaml") }
        #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "no error")")
    }

    @Test("A name may have an ampersand")
    func ampersand() throws {
        #expect(try Theme(yaml: "name: Black & White\n", file: "t.yaml").name == "Black & White")
    }

    @Test("A file that is missing, a folder or no text is refused")
    func unreadable() {
        #expect(throws: ThemeError.self) { try Theme(path: "/no/such/theme.yaml") }
        #expect(throws: ThemeError.self) { try Theme(path: "/tmp") }
        #expect(throws: ThemeError.self) { try Theme(path: "/bin/sh") }
    }

    @Test("Without colours roles that must be told apart differ in attributes", arguments: bundled)
    func mono(name: String) throws {
        let theme = try theme(name).adapted(to: .mono)
        for role in Role.allCases {
            #expect(theme[role].foreground.rgb == nil)
            #expect(theme[role].background.rgb == nil)
        }
        #expect(theme[.selection].attributes.contains(.reverse))
        #expect(theme[.titleFocused] != theme[.title])
        #expect(theme[.histogramOriginal] != theme[.histogramCompressed])
        #expect(theme[.key] != theme[.status])
    }

    @Test("With few colours the selection is still seen", arguments: bundled)
    func fewColors(name: String) throws {
        for depth in [ColorDepth.colors16, .colors8] {
            let theme = try theme(name).adapted(to: depth)
            var quantizer = Quantizer(depth)
            let ground = try #require(theme.ground.background.rgb)
            let selection = theme[.selection]
            let isReversed = selection.attributes.contains(.reverse)
            let background = selection.background.rgb.map { quantizer.index(of: $0) }
            #expect(isReversed || (background != nil && background != quantizer.index(of: ground)))
        }
    }
}
