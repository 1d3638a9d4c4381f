import Basics
import Composition
import Compression
import ModelFormats
import PareFile
import Workbench

extension Session {
    /// Writes a configuration, or what was recovered of it, as a compressed file or as a model that any runtime runs.
    func export(_ request: ExportRequest, on bench: Workbench) {
        save("write", on: exports) { [self] in
            let path = expanded(request.path)
            guard request.overwrites || !exists(path) else {
                guard bench.isClosed else { return post(.exportExists(request), from: bench) }
                return fail("\(fileName(of: path)) is there already: nothing was written of \(fileName(of: bench.path))")
            }
            do {
                let network = try network(request, on: bench)
                if path.lowercased().hasSuffix(".pare") {
                    try network.estimate(for: .writing).writer.write(to: path)
                } else {
                    try ModelFile.write(CompressedModel(try network.estimate()).model, to: path)
                }
                post(.exported(request, byteCount: fileByteCount(path), rejection: network.reconstruction?.rejection), from: bench)
            } catch let error as ModelWriteError {
                fail(error.message)
            } catch {
                fail(message(for: error))
            }
        }
    }

    /// Says that something was not written that was asked for, whichever model is open by now.
    private func fail(_ message: String) { mailbox.post(.program(.failed(message: message))) }

    /// The network that is to be written; one that is being reconstructed just now is waited for.
    private func network(_ request: ExportRequest, on bench: Workbench) throws -> RecipeNetwork {
        switch request.making {
        case .recovered(let recovered): recovered.network
        case .reconstruct(let rule): try bench.reconstruct(request.plans, rule)
        case .plain: try RecipeNetwork(with: bench.composer, plans: request.plans, calibration: nil, data: bench.data)
        }
    }
}
