import Compression
import Foundation
import TerminalUI
import Testing

@testable import Explorer

/// Text that is typed fast or pasted: no key is lost, and none does what was not meant.
@Suite("Typing and pasting")
struct TypingTests {
    @Test("Search in the help takes letters for itself, and finds commands by all words")
    func help() throws {
        let app = try TestApp.withDemo()
        let plans = app.workspace.plans
        app.press("? / 'prune'")
        #expect(app.workspace.plans == plans)
        app.press("ctrl-u 'save recipe'")
        #expect(app.screen.contains("Save the recipe under another name"))
        #expect(!app.screen.contains("Choose a theme"))
        app.press("ctrl-u 'xyzzy'")
        #expect(app.screen.contains("nothing found"))
        app.press("esc")
        #expect(app.screen.contains("Select the next line"))
        // Keys that mean nothing in the help do nothing behind it.
        app.press("e l X")
        #expect(app.workspace.plans == plans && app.state.prompt == nil)
        app.press("? ?")
        #expect(app.state.overlay != nil)
        app.press("esc")
        #expect(app.state.overlay == nil)
    }

    @Test("A key that is no part of a value is refused in words, and what was typed stays")
    func values() throws {
        let app = try TestApp.withDemo()
        app.press("4 ] 4 'jlC'")
        let prompt = try #require(app.state.prompt)
        #expect(prompt.field.text == "4")
        #expect(app.footer.contains("C is no part of a value: Enter takes 4, Esc leaves"))
        app.press("enter")
        #expect(app.plan.share?.clusters == 4)
        app.press("'off' enter")
        #expect(app.state.overlay == nil && app.plan.share == nil)
    }

    @Test("In the sliders' pane, keys move among sliders, and a digit where a word is wanted is refused in words")
    func sliders() throws {
        let app = try TestApp.withDemo()
        app.press("4 G")
        #expect(app.workspace.control == app.workspace.controls.last && app.workspace.selected == 0)
        app.press("g")
        #expect(app.workspace.control == app.workspace.controls.first && app.workspace.selected == 0)
        let words = try #require(app.workspace.controls.firstIndex { !$0.slider.typing.isNumeric })
        for _ in 0..<words { app.press("j") }
        app.press("2")
        #expect(app.workspace.pane == .controls && app.state.prompt == nil)
        #expect(app.footer.contains("takes a word"))
    }

    @Test(
        "What may become a value is taken, letter by letter",
        arguments: [
            (Control.prune, "90%"), (.prune, "1.2s"), (.prune, ".03t"), (.prune, "1e-3t"), (.prune, "off"), (.clusters, "16"),
            (.clusters, "off"), (.method, "trellis"), (.entropy, "context"), (.gapBits, "auto"), (.gapBits, "4"), (.rankOut, "90%"),
            (.rankOut, "whole"), (.filters, "75%"), (.filters, "all"), (.step, "2e-3"), (.layout, "dense"), (.criterion, "apoz"),
        ])
    func letters(_ control: Control, _ value: String) {
        for end in value.indices { #expect(control.slider.typing.mayBecomeValue(String(value[...end])), "\(value[...end])") }
        #expect(!control.slider.typing.mayBecomeValue(value + "j"))
        #expect(control.slider.typing.examples.count > 1)
    }

    @Test("A path that is pasted or typed fast opens, whatever else is listed, with blanks and quotes or without")
    func paths() throws {
        let folder = TestFolder()
        try FileManager.default.createDirectory(atPath: folder.path + "/inner/most of all", withIntermediateDirectories: true)
        let first = try folder.model("net.safetensors", [("b.weight", [4, 4], laplace(16, seed: 7))])
        let path = try folder.model("inner/most of all/other.safetensors", [("a.weight", [4, 4], laplace(16, seed: 6))])
        _ = try folder.model("inner/most of all/others.safetensors", [("a.weight", [4, 4], laplace(16, seed: 5))])
        for pasted in [path, path + "\n", "'\(path)'", path.replacingOccurrences(of: " ", with: "\\ ")] {
            let app = try TestApp.opening(first, folder: folder)
            app.press("o")
            app.paste(pasted)
            #expect(app.screen.contains("other.safetensors"))
            #expect(!app.screen.contains("nothing found"))
            app.press("enter")
            #expect(app.workspace.path == path, "\(pasted)")
        }
        // Keys that come before a folder was read wait for it.
        let app = try TestApp.opening(first, folder: folder)
        app.press("o")
        app.hold("'\(path)' enter")
        app.settle()
        #expect(app.workspace.path == path)
        // Relative to the folder that is shown.
        let other = try TestApp.opening(first, folder: folder)
        other.press("o 'inner/most of all/other.safetensors' enter")
        #expect(other.workspace.path == path)
    }

    @Test("A path that leads nowhere is told once, with nothing written over it")
    func nowhere() throws {
        let folder = TestFolder()
        let first = try folder.model("net.safetensors", [("b.weight", [4, 4], laplace(16, seed: 7))])
        let app = try TestApp.opening(first, folder: folder)
        app.press("o")
        app.paste(folder.path + "/missing/net.onnx")
        #expect(app.screen.contains("No such file or directory"))
        #expect(!app.screen.contains("nothing found"))
        app.press("enter")
        #expect(app.workspace.path == first)
        #expect(app.state.message?.kind == .problem)
    }

    @Test("In ASCII a margin is +-, for ~ stands before an estimate")
    func margins() throws {
        let app = try TestApp.withDemo(meters: .evaluators(sampleLimit: 200))
        app.press("= '90' enter p l m")
        let ascii = Appearance(theme: ThemeLibrary(environment: [:])["pare-dark"], depth: .mono, glyphs: .ascii)
        let text = app.frame(ascii).asciified().text
        #expect(app.screen.contains("±") && text.contains("+-"))
        #expect(!text.contains("~0.") && !text.contains("~1."))
        #expect(GlyphSet.ascii.spelled("1 ±2") == "1 +-2" && GlyphSet.unicode.spelled("1 ±2") == "1 ±2")
    }
}
