import Basics

/// Checkpoints: training continued from one gives the same bytes as training that was never interrupted.
extension Trainer {
    /// Writes the state of training in one step: the file at `path` is the old one or the new one, whatever happens.
    ///
    /// - Throws: where the file cannot be written.
    public func save(to path: String) throws(TrainingError) {
        var writer = CheckpointWriter()
        writer.put(fingerprint)
        writer.put(step)
        writer.put(sums.loss)
        for number in [sums.batches, sums.correct, sums.labelled] { writer.put(number) }
        for number in sums.adversarial { writer.put(number) }
        writer.put(bestScore ?? .nan)
        for index in program.parameters.indices { writer.put(Array(instance.parameter(index))) }
        for state in optimizer.states { writer.put(state) }
        for binding in optimizer.bindings { put(binding.constraint, to: &writer) }
        writer.put(best.count)
        for values in best { writer.put(values) }
        writer.put(carried.count)
        for (name, values) in carried.sorted(by: { $0.key < $1.key }) {
            writer.put(Array(name.utf8))
            writer.put(values)
        }
        for values in average?.values ?? [] { writer.put(values) }
        writer.put(history.count)
        for result in history { writer.put(result.numbers) }
        if let adversary {
            for index in adversary.program.parameters.indices { writer.put(Array(adversary.instance.parameter(index))) }
            for state in adversary.optimizer.states { writer.put(state) }
        }
        do throws(AtomicFile.Failure) { try AtomicFile.write(writer.finished(), to: path) } catch {
            throw .checkpoint(path: path, reason: error.description)
        }
    }

    /// Continues where a checkpoint was made, of the same network, data and options.
    ///
    /// - Throws: where the file cannot be read, is damaged, or is of another training; nothing is changed then.
    public func resume(from path: String) throws(TrainingError) {
        let bytes: [UInt8]
        do throws(MappedFile.Failure) { bytes = try MappedFile(path: path).withUnsafeBytes { Array($0) } } catch {
            throw .checkpoint(path: path, reason: "it cannot be read")
        }
        do throws(CheckpointReader.Fault) { try restore(bytes) } catch { throw .checkpoint(path: path, reason: error.reason) }
    }

    private func restore(_ bytes: [UInt8]) throws(CheckpointReader.Fault) {
        var reader = try CheckpointReader(bytes)
        guard try reader.integer() == fingerprint else {
            throw .init(reason: "the checkpoint is of another network, other data or other settings")
        }
        let step = try reader.count()
        var sums = EpochSums()
        sums.loss = try reader.double()
        sums.batches = try reader.count()
        sums.correct = try reader.count()
        sums.labelled = try reader.count()
        for index in sums.adversarial.indices { sums.adversarial[index] = try reader.double() }
        let score = try reader.double()
        let counts = program.parameters.map(\.shape.count)
        let parameters = try arrays(&reader, counts)
        var states: [[Float]] = []
        for _ in optimizer.states { states.append(try reader.array(of: Float.self)) }
        var bindings: [Binding] = []
        for position in optimizer.bindings.indices {
            let parameter = program.parameters[trained[position]]
            let constraint = try constraint(&reader)
            do throws(TrainingError) {
                bindings.append(try Binding(constraint, count: parameter.shape.count, name: parameter.name))
            } catch { throw .init(reason: error.description) }
        }
        for (position, binding) in bindings.enumerated() {
            let wanted = binding.variableCount(counts[trained[position]]) * optimizer.rule.stateCount
            guard states[position].count == wanted else { throw .init(reason: "the checkpoint does not fit its own constraints") }
        }
        let bestCount = try reader.count()
        guard bestCount == 0 || bestCount == counts.count else { throw .init(reason: "the checkpoint is of another network") }
        let best = bestCount == 0 ? [] : try arrays(&reader, counts)
        var carried: [String: [Float]] = [:]
        for _ in 0..<(try reader.count()) {
            let name = String(decoding: try reader.array(of: UInt8.self), as: UTF8.self)
            carried[name] = try reader.array(of: Float.self)
        }
        for (name, values) in carried {
            guard let port = program.inputs.first(where: { $0.name == name }), port.shape.count == values.count else {
                throw .init(reason: "the checkpoint carries \(name), which does not fit")
            }
        }
        let averaged = try average.map { average throws(CheckpointReader.Fault) in try arrays(&reader, average.values.map(\.count)) }
        var history: [EpochResult] = []
        for _ in 0..<(try reader.count()) {
            guard let result = EpochResult(numbers: try reader.array(of: Double.self)) else {
                throw .init(reason: "the checkpoint's history is not one")
            }
            history.append(result)
        }
        let judging = adversary?.program.parameters.map(\.shape.count)
        let judge = try judging.map { counts throws(CheckpointReader.Fault) in try arrays(&reader, counts) }
        let judgeStates = try adversary.map { adversary throws(CheckpointReader.Fault) in
            try arrays(&reader, adversary.optimizer.states.map(\.count))
        }
        for (index, values) in parameters.enumerated() { _ = instance.parameter(index).update(fromContentsOf: values) }
        for (position, binding) in bindings.enumerated() {
            optimizer.bind(position, to: binding, count: counts[trained[position]])
        }
        optimizer.states = states
        self.step = step
        self.sums = sums
        self.best = best
        self.carried = carried
        self.history = history
        if let averaged { average?.values = averaged }
        if let adversary, let judge, let judgeStates {
            for (index, values) in judge.enumerated() { _ = adversary.instance.parameter(index).update(fromContentsOf: values) }
            adversary.optimizer.states = judgeStates
        }
        bestScore = score.isNaN ? nil : score
    }

    private func arrays(_ reader: inout CheckpointReader, _ counts: [Int]) throws(CheckpointReader.Fault) -> [[Float]] {
        var found: [[Float]] = []
        for count in counts {
            let values = try reader.array(of: Float.self)
            guard values.count == count else { throw .init(reason: "the checkpoint is of another network") }
            found.append(values)
        }
        return found
    }

    private func put(_ constraint: Constraint, to writer: inout CheckpointWriter) {
        switch constraint {
        case .free: writer.put(0)
        case .frozen: writer.put(1)
        case .masked(let bits):
            writer.put(2)
            writer.put(bits)
        case .shared(let codes, let codebook):
            writer.put(3)
            writer.put(codes)
            writer.put(codebook)
        }
    }

    private func constraint(_ reader: inout CheckpointReader) throws(CheckpointReader.Fault) -> Constraint {
        switch try reader.count() {
        case 0: return .free
        case 1: return .frozen
        case 2: return .masked(bits: try reader.array(of: UInt64.self))
        case 3: return .shared(codes: try reader.array(of: UInt16.self), codebook: try reader.array(of: Float.self))
        case let kind: throw .init(reason: "constraint \(kind) is not known")
        }
    }

    /// What must be the same for a checkpoint to be continued.
    private var fingerprint: UInt64 {
        var text = "\(options.rule) \(options.seed) \(batches.batchSize) \(batches.batchCount) \(options.loss)"
        for parameter in program.parameters { text += "\(parameter.name) \(parameter.shape);" }
        text += "\(options.lossWeight) \(options.averageDecay ?? 0)"
        if let adversary {
            text += "\(adversary.options.rule) \(adversary.options.weight) \(adversary.options.realTarget) \(adversary.learns)"
            for parameter in adversary.program.parameters { text += "\(parameter.name) \(parameter.shape);" }
        }
        return CheckpointWriter.checksum(Array(text.utf8)[...])
    }
}
