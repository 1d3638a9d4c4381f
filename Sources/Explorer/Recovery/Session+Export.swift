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
                let network = request.recovered
                let composer = network.map { Composer($0.source) } ?? bench.composer
                let plans = network?.left ?? request.plans
                if path.lowercased().hasSuffix(".pare") {
                    let estimate = try Estimate(with: composer, plans: plans, data: bench.data)
                    try PareWriter(estimate.source).write(to: path)
                } else {
                    try ModelFile.write(try CompressedModel(with: composer, plans: plans, data: bench.data).model, to: path)
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
