import Basics
import Compression
import TerminalUI
import Testing

@testable import Explorer
@testable import Reports

@Suite("Screens")
struct ScreenTests {
    @Test("Every size draws without a trap, with every window open", arguments: ["", "?", "ctrl-p", "t", "o", "d", "m", "q", "/", "="])
    func sizes(window: String) throws {
        let app = try TestApp.withDemo()
        app.press("= '90' enter ] = '16' enter \(window)")
        var random = SeededRandom(seed: 7)
        for _ in 0..<60 {
            let width = Int(random.next() % 250) + 1
            let height = Int(random.next() % 80) + 1
            app.resize(width, height)
            #expect(app.frame().size == Size(width: width, height: height))
        }
        for (width, height) in [(1, 1), (60, 16), (59, 16), (80, 24), (79, 23), (250, 80)] {
            app.resize(width, height)
            #expect(app.frame().size == Size(width: width, height: height))
        }
    }

    @Test(
        "What was made for a larger screen is drawn on a smaller one, and the other way round",
        arguments: ["= '90' enter ] = '16' enter", "3 z z z z z z", "j 4 k", "j j 4 k '40' enter", "j j 4 k '40' enter f", "i", "m"])
    func oldPictures(keys: String) throws {
        let app = try TestApp.withDemo()
        app.press(keys)
        let sizes = [(120, 34), (60, 16), (75, 17), (80, 24), (61, 70), (220, 18)]
        for (width, height) in sizes {
            app.resize(250, 80)
            app.holdResize(width, height)
            #expect(app.frame().size == Size(width: width, height: height))
            app.settle()
            app.holdResize(250, 80)
            #expect(app.frame().size == Size(width: 250, height: 80))
            app.settle()
        }
    }

    @Test("Panes never overlap and stay on the screen", arguments: Pane.allCases)
    func panes(focus: Pane) {
        for width in stride(from: 60, through: 250, by: 7) {
            for height in stride(from: 16, through: 80, by: 3) {
                let size = Size(width: width, height: height)
                let layout = ExploreLayout(size: size, focus: focus, isEnlarged: false)
                let rects = [layout.header, layout.footer] + [layout.layers, layout.sizes, layout.weights, layout.map, layout.controls].compactMap { $0 }
                for (index, rect) in rects.enumerated() {
                    #expect(rect.intersection(Rect(size)) == rect && !rect.isEmpty)
                    for other in rects.dropFirst(index + 1) { #expect(rect.intersection(other).isEmpty, "\(size): \(rect), \(other)") }
                }
                #expect(layout.isReduced || layout.rect(of: focus) != nil)
                #expect(layout.layers != nil && layout.controls != nil)
            }
        }
    }

    @Test("At 80×24 every pane is there; at 60×16 the layers, a picture and the controls; below, a message")
    func smallScreens() throws {
        let app = try TestApp.withDemo(size: Size(width: 80, height: 24))
        for title in ["1 Layers", "2 Weights", "3 Map", "4 Controls", "Sizes"] { #expect(app.screen.contains(title)) }
        app.resize(60, 16)
        for title in ["1 Layers", "2 Weights", "4 Controls"] { #expect(app.screen.contains(title)) }
        app.press("3")
        #expect(app.screen.contains("3 Map"))
        app.resize(59, 16)
        #expect(app.screen.contains("Pare needs 60×16"))
    }

    @Test("ASCII means ASCII, without colours too")
    func ascii() throws {
        let app = try TestApp.withDemo()
        app.press("= '90' enter ] = '16' enter j space")
        for keys in ["", "?", "esc ctrl-p", "esc t", "esc 3 z z z"] {
            app.press(keys)
            let look = Appearance(theme: ThemeLibrary(environment: [:])["pare-dark"], depth: .mono, glyphs: .ascii)
            // What people name, such as a file or a unit, is spelled out by the terminal's own fallback.
            let frame = app.frame(look).asciified()
            for scalar in frame.text.unicodeScalars { #expect(scalar.isASCII, "\(scalar) after \(keys)") }
        }
    }

    @Test("The same keys draw the same frame")
    func determinism() throws {
        let frames = try (0..<2).map { _ in
            let app = try TestApp.withDemo()
            app.press("= '90' enter ] = '16' enter c j space k 3 z z")
            return app.frame()
        }
        #expect(frames[0] == frames[1])
    }

    @Test("The filter narrows the table, brings the words out, and Esc takes it away")
    func filtering() throws {
        let app = try TestApp.withDemo()
        app.press("/ 'FC2' enter")
        #expect(app.workspace.rows == [3])
        #expect(app.workspace.layer?.name == "fc2")
        app.press("/ 'nothing'")
        #expect(app.workspace.rows.isEmpty)
        #expect(app.screen.contains("no layer matches"))
        app.press("esc")
        #expect(app.workspace.order.filter == "FC2")
        app.press("esc")
        #expect(app.workspace.rows == [0, 1, 2, 3])
    }

    @Test("Sorting by a column orders the rows by what it shows, and reverses")
    func sorting() throws {
        let app = try TestApp.withDemo()
        app.press("j j = '50' enter s s s s")
        #expect(app.workspace.order.key == .sparsity)
        #expect(app.workspace.rows == [2, 0, 1, 3])
        app.press("S")
        #expect(app.workspace.rows == [3, 1, 0, 2])
    }

    @Test("The palette finds a command by its letters and carries it out")
    func palette() throws {
        let app = try TestApp.withDemo()
        app.press("ctrl-p 'log counts' enter")
        #expect(app.workspace.isLog)
        #expect(app.state.overlay == nil)
    }

    @Test("Themes are tried on as they are passed over; Esc takes the old one back, Enter keeps the new one")
    func themes() throws {
        let app = try TestApp.withDemo()
        app.press("t j")
        #expect(app.state.themeName == "nord")
        app.press("esc")
        #expect(app.state.themeName == "pare-dark")
        app.press("t j j enter")
        #expect(app.state.themeName == "pare-light")
    }

    @Test("The map zooms down to single weights with their values, and back")
    func zooming() throws {
        let app = try TestApp.withDemo()
        app.press("3 + z z z z z z z z")
        let picture = try #require(app.workspace.currentPicture)
        #expect(picture.values.count == picture.request.region.rows.count * picture.request.region.columns.count)
        let middle = Double(picture.values[picture.values.count / 2])
        #expect(app.screen.contains(NumberText.weight(middle)))
        app.press("x esc")
        #expect(app.workspace.region == MapRegion(all: app.workspace.layer!.matrix))
        #expect(!app.workspace.isEnlarged)
    }

    @Test("Rows and columns without survivors are counted as dead")
    func deadRows() throws {
        let folder = TestFolder()
        var values = [Float](repeating: 1, count: 12)
        values[4...7] = [0.1, 0.1, 0.1, 0.1]
        values[0] = 0.1
        values[8] = 0.1
        let path = try folder.model("net.safetensors", [("a.weight", [3, 4], values)])
        let app = try TestApp.opening(path, folder: folder)
        app.press("= '.5t' enter")
        #expect(app.workspace.currentPicture?.map?.deadRows == 1)
        #expect(app.workspace.currentPicture?.map?.deadColumns == 1)
        #expect(app.screen.contains("1 row and 1 column dead"))
    }
}
