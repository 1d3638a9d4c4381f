import Composition
import Compression
import ModelFormats
import PareFile
import TensorCore

extension Session {
    /// Writes a configuration, or what was recovered of it, as a compressed file or as a model that any runtime runs.
    func export(_ request: ExportRequest, on bench: Workbench) {
        save("write", on: exports) { [self] in
            let path = expanded(request.path)
            guard request.overwrites || !exists(path) else { return post(.exportExists(request), from: bench) }
            do {
                let network = try request.recovered?.network
                    ?? RecipeNetwork(with: bench.composer, plans: request.plans, calibration: nil, data: bench.data)
                let estimate = try network.estimate()
                if path.lowercased().hasSuffix(".pare") {
                    try PareWriter(estimate.source).write(to: path)
                } else {
                    try ModelFile.write(CompressedModel(estimate).model, to: path)
                }
                post(.exported(request, byteCount: fileByteCount(path)), from: bench)
            } catch let error as ModelWriteError {
                post(.failed(message: error.message), from: bench)
            } catch {
                post(.failed(message: message(for: error)), from: bench)
            }
        }
    }
}
