import Basics
import Execution
import Synchronization

/// Activations at chosen cuts of a network, by run, so that a change behind a cut need not run what lies before it.
///
/// What is kept belongs to the weights before the cut; another configuration finds it again as long as those are the same.
final class ActivationCache: Sendable {
    /// Which weights, and where in the program.
    struct Key: Hashable, Sendable {
        /// The network, where it is not the original.
        var network: Int?
        /// Versions of the replaced tensors before the cut.
        var versions: [Int: Weights.Version]
        var step: Int
    }

    private struct Group {
        var runs: [Int: CachedBytes] = [:]
        var byteCount = 0
        var lastUse: UInt64 = 0
    }

    private struct State {
        var groups: [Key: Group] = [:]
        var byteCount = 0
        var clock: UInt64 = 0
    }

    let budget: Int
    private let state = Mutex(State())

    /// `budget` in bytes.
    init(budget: Int) { self.budget = budget }

    func bytes(_ key: Key, run: Int) -> CachedBytes? {
        state.withLock { state in
            guard let found = state.groups[key]?.runs[run] else { return nil }
            state.clock += 1
            state.groups[key]?.lastUse = state.clock
            return found
        }
    }

    /// Whether a cut of this size would be taken for this run: there is room, or others were used longer ago.
    func hasRoom(for key: Key, run: Int, byteCount: Int) -> Bool {
        state.withLock { state in
            guard state.groups[key]?.runs[run] == nil, byteCount <= budget else { return false }
            if state.byteCount + byteCount <= budget { return true }
            let own = state.groups[key]?.byteCount ?? 0
            return own + byteCount <= budget && state.groups.contains { $0.key != key && $0.value.byteCount > 0 }
        }
    }

    /// Keeps a cut; what was used longest ago makes room.
    func keep(_ bytes: CachedBytes, _ key: Key, run: Int) {
        state.withLock { state in
            state.clock += 1
            while state.byteCount + bytes.byteCount > budget {
                let victim = state.groups.filter { $0.key != key && $0.value.byteCount > 0 }
                    .min { $0.value.lastUse < $1.value.lastUse }
                guard let victim else { return }
                state.byteCount -= victim.value.byteCount
                state.groups[victim.key] = nil
            }
            // In place: a copy of the group would copy its table of runs.
            let old = state.groups[key, default: Group()].runs.updateValue(bytes, forKey: run)?.byteCount ?? 0
            state.groups[key]?.byteCount += bytes.byteCount - old
            state.groups[key]?.lastUse = state.clock
            state.byteCount += bytes.byteCount - old
        }
    }

    /// What activations may take where nobody says otherwise: sixteen times as much as the model's stored tensors, 256 MB at least, a
    /// sixteenth of the machine's memory at most. A program that is open all day leaves the memory to others.
    static func customaryBudget(storedByteCount: Int, memory: Int = physicalByteCount) -> Int {
        let wanted = storedByteCount.multipliedReportingOverflow(by: 16)
        return min(memory / 16, max(256 << 20, wanted.overflow ? .max : wanted.partialValue))
    }

    static var physicalByteCount: Int { Machine.memoryByteCount }

    var byteCount: Int { state.withLock { $0.byteCount } }

    /// The places of which something is kept.
    var steps: Set<Int> { state.withLock { Set($0.groups.keys.map(\.step)) } }
}

/// What a cut needs, in memory of its own; written once before it is shared.
final class CachedBytes: @unchecked Sendable {
    let base: UnsafeMutableRawPointer
    let byteCount: Int

    init(byteCount: Int) {
        self.byteCount = byteCount
        base = UnsafeMutableRawPointer.allocate(byteCount: max(1, byteCount), alignment: 64)
    }

    deinit { base.deallocate() }
}
