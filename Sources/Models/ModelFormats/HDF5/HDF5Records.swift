import CHDF5
import Glibc

/// What a child process says of an HDF5 file, read from a pipe: nothing is taken to be as it should be.
///
/// The child is ended and waited for with the value.
struct HDF5Records: ~Copyable {
    private let child: pid_t
    private let descriptor: Int32
    private var buffer: [UInt8]
    private var filled: Range<Int> = 0..<0

    /// Longer silence is taken for a child that hangs; its own clock stands still while it waits for a slow disk.
    private static let patience: Int32 = 20_000

    /// Begins to read the file's bytes, which must stay mapped.
    init(_ bytes: UnsafeRawBufferPointer, valueLimit: Int) throws(HDF5Fault) {
        var descriptor: Int32 = -1
        let child = pare_hdf5_read(bytes.baseAddress, bytes.count, valueLimit, &descriptor)
        guard child > 0 else { throw .noProcess(code: -child) }
        self.child = child
        self.descriptor = descriptor
        buffer = [UInt8](repeating: 0, count: 1 << 16)
    }

    deinit {
        close(descriptor)
        kill(child, SIGKILL)
        _ = Self.outcome(of: child)
    }

    private static func outcome(of child: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        return status
    }

    /// The number of `Number`'s size that comes next.
    mutating func number<Number: FixedWidthInteger>(_: Number.Type = Number.self) throws(HDF5Fault) -> Number {
        var value = Number.zero
        for index in 0..<MemoryLayout<Number>.size { value |= Number(truncatingIfNeeded: try byte()) << (8 * index) }
        return value
    }

    mutating func byte() throws(HDF5Fault) -> UInt8 {
        if filled.isEmpty { try fill() }
        defer { filled = filled.lowerBound + 1..<filled.upperBound }
        return buffer[filled.lowerBound]
    }

    /// A text of at most 64 KiB.
    mutating func text() throws(HDF5Fault) -> String {
        let count = Int(try number(UInt32.self))
        guard count <= 1 << 16 else { throw .garbled }
        var bytes: [UInt8] = []
        try append(count, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends so many bytes, for which there is room.
    mutating func append(_ count: Int, to bytes: inout [UInt8]) throws(HDF5Fault) {
        var left = count
        while left > 0 {
            if filled.isEmpty { try fill() }
            let taken = min(left, filled.count)
            bytes += buffer[filled.lowerBound..<filled.lowerBound + taken]
            filled = filled.lowerBound + taken..<filled.upperBound
            left -= taken
        }
    }

    private mutating func fill() throws(HDF5Fault) {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while true {
            let ready = poll(&request, 1, Self.patience)
            if ready < 0, errno == EINTR { continue }
            guard ready > 0 else { throw .silent }
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .ended(signal: endingSignal()) }
            filled = 0..<count
            return
        }
    }

    /// The signal that ended the child, whose pipe is closed; 0 where it ended by itself.
    private func endingSignal() -> Int32 {
        var information = siginfo_t()
        // The child is left to be waited for once more, by `deinit`.
        while waitid(P_PID, id_t(child), &information, WEXITED | WNOWAIT) < 0 {
            guard errno == EINTR else { return 0 }
        }
        let wasKilled = information.si_code == Int32(CLD_KILLED) || information.si_code == Int32(CLD_DUMPED)
        return wasKilled ? information._sifields._sigchld.si_status : 0
    }
}
