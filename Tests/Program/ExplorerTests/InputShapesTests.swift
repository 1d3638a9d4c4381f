import Basics
import Compression
import Foundation
import ModelFormats
import NeuralNetwork
import TensorCore
import TerminalUI
import Testing

@testable import Explorer

@Suite("Shapes of inputs that a file leaves open")
struct InputShapesTests {
    private let folder = TestFolder()

    /// Two convolutions over images of any height and width.
    private func open() throws -> TestApp {
        let path = folder.path + "/open.onnx"
        if !FileManager.default.fileExists(atPath: path) {
            var graph = Graph(name: "open", operatorSets: ["": 13])
            graph.inputs = [
                ValueInfo(name: "x", elementType: .float32, dimensions: [.symbol("N"), .fixed(3), .symbol("height"), .symbol("width")])
            ]
            graph.outputs = [ValueInfo(name: "y", elementType: .float32, dimensions: nil)]
            graph.nodes = [
                Node(name: "first", operation: "Conv", inputs: ["x", "a"], outputs: ["h"], attributes: [:]),
                Node(name: "second", operation: "Conv", inputs: ["h", "b"], outputs: ["y"], attributes: [:]),
            ]
            graph.initializers = ["a": 0, "b": 1]
            var tensors = [
                StoredTensor(name: "a", tensor: Tensor(laplace(8 * 27, seed: 1), shape: [8, 3, 3, 3])),
                StoredTensor(name: "b", tensor: Tensor(laplace(4 * 72, seed: 2), shape: [4, 8, 3, 3])),
            ]
            let analysis = GraphAnalysis(graph, tensors: tensors)
            let layers = graph.layers(tensors: &tensors, analysis: analysis)
            try ModelFile.write(
                Model(
                    name: "open.onnx", format: "ONNX, opset 13", fileByteCount: 2000, structureByteCount: 500, tensors: tensors, graph: graph,
                    layers: layers, macs: analysis.macs), to: path)
        }
        return try TestApp.opening(path, folder: folder)
    }

    private func macs(_ side: Int) -> MACCount { .counted((side - 2) * (side - 2) * 216 + (side - 4) * (side - 4) * 288) }

    @Test("What is assumed is told, a shape can be given, and the work goes on under it")
    func given() throws {
        let app = try open()
        #expect(app.workspace.model.macs == macs(224))
        #expect(app.screen.contains("assumed: height = 224, width = 224; I gives the shapes of inputs"))
        app.press("j = '60' enter")
        let plans = app.workspace.plans
        app.press("I")
        #expect(app.footer.contains("shapes of inputs: x=1x3x224x224"))
        app.press("ctrl-u 'x=1x3x20x20' enter")
        #expect(app.workspace.model.macs == macs(20))
        #expect(app.workspace.model.assumptions.isEmpty)
        #expect(app.workspace.plans == plans && app.workspace.hasUnsavedChanges && app.workspace.selected == 1)
    }

    @Test("Data says what extents its samples have, other data others, and the work goes on under them")
    func data() throws {
        let set = { (count: Int, side: Int, name: String) in
            var header = Array("\u{93}NUMPY".unicodeScalars.map { UInt8($0.value) }) + [1, 0]
            var text = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(count), 3, \(side), \(side)), }"
            while (10 + text.utf8.count + 1) % 64 != 0 { text += " " }
            text += "\n"
            header += [UInt8(text.utf8.count & 0xff), UInt8(text.utf8.count >> 8)] + Array(text.utf8)
            let values = laplace(count * 3 * side * side, seed: 3)
            try AtomicFile.write(header + values.withUnsafeBytes { Array($0) }, to: self.folder.path + "/" + name)
        }
        try set(40, 20, "small.npy")
        try set(40, 26, "large.npy")
        _ = try open()
        let path = folder.path + "/open.onnx"
        let app = try TestApp.opening(path, data: folder.path + "/small.npy", folder: folder, meters: .evaluators(standsBack: false))
        #expect(app.workspace.model.macs == macs(20) && app.workspace.model.assumptions.isEmpty)
        #expect(!app.screen.contains("assumed"))
        app.press("j = '60' enter")
        let plans = app.workspace.plans
        app.press("d 'large' enter")
        #expect(app.workspace.model.macs == macs(26))
        #expect(app.workspace.quality.dataName == "large.npy" && app.workspace.quality.isReady)
        #expect(app.workspace.plans == plans && app.workspace.hasUnsavedChanges)
        #expect(app.workspace.quality.newest?.report.total == 40)
    }

    @Test("What is no shape, or no input, is told in words and changes nothing")
    func refused() throws {
        let app = try open()
        app.press("I ctrl-u 'x=1x3' enter")
        #expect(app.footer.contains("1×3 is no shape of the input x"))
        app.press("I ctrl-u 'x' enter")
        #expect(app.footer.contains("x is no input with its shape"))
        #expect(app.workspace.model.macs == macs(224))
    }

    @Test("Changes that are made until the model is there under its shapes go on, and can be undone")
    func meanwhile() throws {
        let app = try open()
        app.press("= '30' enter I ctrl-u 'x=1x3x20x20'")
        app.hold("enter")
        app.hold("j = '60' enter")
        let plans = app.workspace.plans
        app.settle()
        #expect(app.workspace.model.macs == macs(20))
        #expect(app.workspace.plans == plans && app.workspace.selected == 1)
        app.press("u")
        #expect(app.workspace.plans[1].isIdentity && !app.workspace.plans[0].isIdentity)
    }

    @Test("Shapes are kept with the work, and restored with it")
    func kept() throws {
        var app = try open()
        app.press("I ctrl-u 'x=1x3x20x20' enter = '60' enter")
        let plans = app.workspace.plans
        app.finish()
        let state = folder.path + "/state/pare/work/"
        for name in try FileManager.default.contentsOfDirectory(atPath: state) {
            let text = try String(contentsOfFile: state + name, encoding: .utf8)
                .replacingOccurrences(of: "\"number\":\(getpid())", with: "\"number\":999999999")
            try FileManager.default.removeItem(atPath: state + name)
            try text.write(toFile: state + name.replacingOccurrences(of: "\(getpid())", with: "999999991"), atomically: true, encoding: .utf8)
        }
        app = try open()
        #expect(app.workspace.model.macs == macs(224))
        app.press("enter")
        #expect(app.workspace.model.macs == macs(20))
        #expect(app.workspace.plans == plans && app.workspace.hasUnsavedChanges)
    }
}
