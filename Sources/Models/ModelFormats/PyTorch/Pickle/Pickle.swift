import TensorCore

/// A pickle that was read: its objects, and the value it stands for.
struct Pickle {
    private let source: TensorStorage
    let objects: [PickleObject]
    let root: PickleValue
    /// Where the bytes behind it begin.
    let end: Int

    /// Reads the pickle that begins at a byte of `source`. Faults are those of `entry`, a part of the file at `path`.
    init(_ source: TensorStorage, from start: Int = 0, path: String, entry: String) throws(ModelFileError) {
        let result = source.withUnsafeBytes { bytes -> Result<PickleMachine, PickleFault> in
            var machine = PickleMachine(bytes, from: start)
            do throws(PickleFault) {
                machine.stack = [try machine.run()]
                return .success(machine)
            } catch {
                return .failure(error)
            }
        }
        switch result {
        case .success(let machine):
            self.source = source
            objects = machine.objects
            root = machine.stack[0]
            end = machine.position
        case .failure(let fault):
            throw fault.error(path: path, entry: entry)
        }
    }

    func object(_ value: PickleValue) -> PickleObject? {
        if case .object(let index) = value { objects[index] } else { nil }
    }

    /// A text's characters; nil of other values.
    func text(_ value: PickleValue) -> String? {
        guard case .text(let range) = value else { return nil }
        return source.withUnsafeBytes { String(decoding: $0[range], as: UTF8.self) }
    }

    func bytes(_ value: PickleValue) -> [UInt8]? {
        guard case .bytes(let range) = value else { return nil }
        return source.withUnsafeBytes { Array($0[range]) }
    }

    /// Every storage that some tensor, reached or not, refers to.
    var storages: [PickledStorage] {
        objects.compactMap { if case .storage(let storage) = $0 { storage } else { nil } }
    }
}
