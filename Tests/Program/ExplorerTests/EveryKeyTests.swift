import NeuralNetwork
import TerminalUI
import Testing

@testable import Explorer

/// No key may end the explorer, whatever is open and however small the screen.
@Suite("Every key, everywhere")
struct EveryKeyTests {
    @Test(
        "A model without layers, and one with a single one, take every key in every pane at every size",
        arguments: [(1, 1), (60, 16), (80, 24), (120, 34)])
    func everyKey(_ width: Int, _ height: Int) throws {
        for model in [TinyNetworks.withoutLayers(), TinyNetworks.withOneLayer()] {
            let folder = TestFolder()
            let app = try TestApp.opening(
                model, path: folder.path + "/\(model.name)", size: Size(width: width, height: height), folder: folder,
                meters: .evaluators(sampleLimit: 8))
            let escape = Array(repeating: Event.input(.key(.escape)), count: 3)
            for pane in Pane.allCases {
                // The start screen has keys of its own, which open other models.
                for command in Command.all where !["suspend", "start"].contains(command.name) {
                    for key in command.keys {
                        app.flood(escape + [Key.character(Character("\(pane.rawValue)")), key].map { .input(.key($0)) }, settles: false)
                        _ = app.frame()
                        app.flood((["j", "k", "l", "h"] as [Key]).map { .input(.key($0)) }, settles: false)
                        _ = app.frame()
                    }
                }
                app.flood(escape)
                _ = app.frame()
            }
            for y in stride(from: 0, to: height, by: 4) {
                for x in stride(from: 0, to: width, by: 9) {
                    let kinds: [(MouseEvent.Kind, Int)] = [(.press, 0), (.drag, 2), (.release, 2), (.wheelDown, 0)]
                    app.flood(
                        kinds.map { .input(.mouse(MouseEvent(kind: $0, button: .left, position: Point(x: x + $1, y: y)))) },
                        settles: false)
                }
            }
            app.settle()
            _ = app.frame()
            #expect(app.workspace.model.layers.count == model.layers.count)
        }
    }

    @Test("A model without layers says why, in its pane and at the bottom, and is measured all the same")
    func saysWhy() throws {
        let app = try TestApp.opening(
            TinyNetworks.withoutLayers(), path: "/adder.onnx", size: Size(width: 120, height: 34), meters: .evaluators(sampleLimit: 8))
        #expect(app.footer.contains("holds no layer that Pare compresses: none of its 4 stored values"))
        #expect(app.screen.contains("no layer to compress: none of its 4 stored"))
        #expect(app.workspace.quality.isReady)
        for (keys, words) in [("f", "no factors: no layer"), ("space", "no layer to mark"), ("=", "no layer to set"), ("C", "no layer to compress")] {
            app.press(keys)
            #expect(app.footer.contains(words), "\(keys)")
            #expect(app.state.prompt == nil && app.workspace.marked.isEmpty)
        }
    }
}
