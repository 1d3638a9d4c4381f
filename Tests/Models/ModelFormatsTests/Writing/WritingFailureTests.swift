import Basics
import Glibc
import ModelFormats
import NeuralNetwork
import TensorCore
import Testing

/// Whatever goes wrong, the old file stays, and no other is left behind.
@Suite("Writing that fails")
struct WritingFailureTests {
    static func model() throws -> Model { try ModelFile.open(path: Goldens.folder + "onnx/convolutions.onnx") }

    static func entries(_ folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    @Test("A folder that does not exist, and one in the file's place, are told so")
    func folders() throws {
        let folder = TemporaryFolder()
        #expect(
            writeMessage(try Self.model(), folder.path + "none/out.onnx")
                == "“\(folder.path)none/out.onnx” cannot be written: the folder \(folder.path)none does not exist.")
        let place = folder.path + "folder.onnx"
        mkdir(place, 0o700)
        defer { rmdir(place) }
        #expect(writeMessage(try Self.model(), place)?.hasSuffix("is a directory.") == true)
    }

    @Test("A disk that fills up leaves the old file, and no other")
    func fullDisk() async {
        await #expect(processExitsWith: .success) {
            let folder = TemporaryFolder()
            let path = folder.write([1, 2, 3], "out.onnx")
            let model = try WritingFailureTests.model()
            // Ten kilobytes are to be written; the signal would end the process where the error is wanted.
            signal(SIGXFSZ, SIG_IGN)
            let fileSize = __rlimit_resource_t(1)  // RLIMIT_FSIZE, which Swift sees as another type
            var limit = rlimit()
            getrlimit(fileSize, &limit)
            let before = limit.rlim_cur
            limit.rlim_cur = 4000
            setrlimit(fileSize, &limit)
            let message = writeMessage(model, path)
            limit.rlim_cur = before
            setrlimit(fileSize, &limit)
            guard message?.hasSuffix("cannot be written: file too large.") == true,
                try Goldens.bytes(path) == [1, 2, 3], WritingFailureTests.entries(folder.path) == ["out.onnx"]
            else { exit(1) }
        }
    }

    @Test("A file or folder that forbids writing keeps what it has")
    func forbidden() async {
        await #expect(processExitsWith: .success) {
            let model = try WritingFailureTests.model()
            let folder = TemporaryFolder()
            let path = folder.write([1, 2, 3], "out.onnx")
            // Root may write everywhere.
            chown(folder.path, 65534, 65534)
            chown(path, 65534, 65534)
            if getuid() == 0 { guard setuid(65534) == 0 else { exit(2) } }
            chmod(path, 0o400)
            let readOnlyFile = writeMessage(model, path)
            chmod(path, 0o600)
            chmod(folder.path, 0o500)
            let readOnlyFolder = writeMessage(model, path)
            chmod(folder.path, 0o700)
            guard readOnlyFile == "“\(path)” cannot be written: permission denied.", readOnlyFolder == readOnlyFile,
                try Goldens.bytes(path) == [1, 2, 3], WritingFailureTests.entries(folder.path) == ["out.onnx"]
            else { exit(1) }
            unlink(path)
            rmdir(folder.path)
        }
    }

    @Test("A cancelled writing leaves the old file")
    func cancelled() throws {
        let folder = TemporaryFolder()
        let path = folder.write([1, 2, 3], "out.onnx")
        let token = CancellationToken()
        var model = try Self.model()
        // Cancelled by somebody while a tensor is worked out.
        let stored = model.tensors[1]
        let bytes = DeferredBytes(byteCount: stored.tensor.byteCount) {
            token.cancel()
            return [UInt8](repeating: 0, count: stored.tensor.byteCount)
        }
        let tensor = TensorSource(shape: stored.tensor.shape, elementType: stored.tensor.elementType, deferred: bytes)
        model.tensors[1] = StoredTensor(name: stored.name, tensor: tensor)
        #expect(throws: ModelWriteError.cancelled) { try ModelFile.write(model, to: path, cancellation: token) }
        #expect(try Goldens.bytes(path) == [1, 2, 3])
        #expect(Self.entries(folder.path) == ["out.onnx"])
    }

    @Test("A tensor that cannot be worked out leaves the old file, with the reason", arguments: ["onnx", "safetensors", "npz"])
    func unreadable(_ ending: String) throws {
        struct Refusal: ExplainedError { var message: String { "the decomposition failed" } }
        let folder = TemporaryFolder()
        let path = folder.write([1, 2, 3], "out.\(ending)")
        var model = try Self.model()
        let place = model.layers[0].weight
        let stored = model.tensors[place].tensor
        for hasPieces in [false, true] {
            let make: @Sendable () throws -> [UInt8] = { throw Refusal() }
            let bytes =
                hasPieces
                ? DeferredBytes(byteCount: stored.byteCount, isKept: false, pieces: { _ in throw Refusal() }, make: make)
                : DeferredBytes(byteCount: stored.byteCount, isKept: false, make: make)
            model.tensors[place].tensor = TensorSource(shape: stored.shape, elementType: stored.elementType, deferred: bytes)
            #expect(
                writeMessage(model, path)
                    == "“\(path)” cannot be written: a tensor's values cannot be worked out: the decomposition failed.")
            #expect(try Goldens.bytes(path) == [1, 2, 3])
            #expect(Self.entries(folder.path) == ["out.\(ending)"])
        }
    }

    @Test("A model may replace the file its tensors are mapped from")
    func inPlace() throws {
        let folder = TemporaryFolder()
        let path = folder.write(try Goldens.bytes(Goldens.folder + "onnx/products.onnx"), "model.onnx")
        let model = try ModelFile.open(path: path)
        let before = ModelDescription.lines(of: model)
        try ModelFile.write(model, to: path)
        #expect(ModelDescription.lines(of: model) == before)
        #expect(ModelDescription.lines(of: try ModelFile.open(path: path)) == before)
    }
}
