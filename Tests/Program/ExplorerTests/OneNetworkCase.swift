import Basics
import Compression
import Datasets
import Digits
import Evaluation
import Foundation
import ModelFormats
import NeuralNetwork
import PareFile
import Recipes
import Reconstruction
import Testing

@testable import Explorer
@testable import Reports
@testable import Workbench

extension OneNetworkTests {
    /// The demo's convolutional network as a file, with digits to measure it on.
    struct Case {
        let folder = TestFolder()
        let model: Model
        let modelPath: String
        let data: String

        init(_ digits: Int = 400) throws {
            modelPath = folder.path + "/digits.onnx"
            data = folder.path + "/digits.yaml"
            let bytes = try #require(Asset.named("models/digits-cnn.onnx"))
            try AtomicFile.write(Array(bytes), to: modelPath)
            model = try ModelFile.open(path: modelPath)
            let set = DigitSet(count: digits, seed: 11)
            try IDXFile.write(set, images: folder.path + "/d-images-idx3-ubyte", labels: folder.path + "/d-labels-idx1-ubyte")
            let text = "kind: idx\nimages: d-images-idx3-ubyte\nlabels: d-labels-idx1-ubyte\nscale: 0.00392156862745098\n"
            try AtomicFile.write(Array(text.utf8), to: data)
        }

        func explorer(_ recipe: String) throws -> TestApp {
            try AtomicFile.write(Array(recipe.utf8), to: folder.path + "/r.yaml")
            return try TestApp.opening(
                modelPath, recipe: folder.path + "/r.yaml", data: data, folder: folder, meters: .evaluators(standsBack: false))
        }

        /// What the command line makes of the recipe.
        func network(_ text: String) throws -> RecipeNetwork {
            let recipe = try Recipe(yaml: Array(text.utf8))
            let calibration = try recipe.reconstruct.map { try Calibration($0, on: .file(data), of: model) }
            return try RecipeNetwork(of: model, plans: try recipe.plans(for: model), calibration: calibration, data: .file(data))
        }

        func measured(_ text: String) throws -> QualityReport {
            let recipe = try Recipe(yaml: Array(text.utf8))
            return try MeasuredQuality(
                of: model, plans: try recipe.plans(for: model), data: .file(data), meters: .evaluators(standsBack: false),
                calibration: try recipe.reconstruct.map { try Calibration($0, on: .file(data), of: model) }
            ).report
        }

        func measured(file: String) throws -> MeasuredQuality {
            let opened = try PareReader.openModel(path: file)
            return try MeasuredQuality(
                comparing: model, with: opened, plans: Array(repeating: LayerPlan(), count: opened.layers.count), data: .file(data),
                meters: .evaluators(standsBack: false))
        }

        func verification(_ file: String, with data: String? = nil) throws -> Verification {
            try Verification(
                PareReader(path: file), against: model, data: .file(data ?? self.data), calibration: .file(data ?? self.data))
        }

        func bytes(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }
    }
}
