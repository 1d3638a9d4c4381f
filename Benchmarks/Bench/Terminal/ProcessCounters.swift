import Glibc

/// What the kernel has counted for a process so far, over all its threads.
struct ProcessCounters: Equatable {
    /// How often a thread was put to sleep or pushed aside; each waking ends in one of them.
    private(set) var contextSwitches = 0
    private(set) var threads = 0
    /// In steps of a hundredth.
    private(set) var processorSeconds = 0.0

    init(of process: pid_t) {
        let folder = "/proc/\(process)/task"
        guard let listing = opendir(folder) else { return }
        defer { closedir(listing) }
        while let entry = readdir(listing) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard Int(name) != nil else { continue }
            threads += 1
            for line in text(of: "\(folder)/\(name)/status").split(separator: "\n") where line.contains("ctxt_switches:") {
                contextSwitches += line.split(whereSeparator: \.isWhitespace).last.flatMap { Int($0) } ?? 0
            }
        }
        // proc(5): the command's name, in brackets, may hold anything; utime and stime are fields 14 and 15.
        let fields = text(of: "/proc/\(process)/stat").split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 12 else { return }
        let ticks = (Double(fields[11]) ?? 0) + (Double(fields[12]) ?? 0)
        processorSeconds = ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}

/// A small file of the kernel's; empty where it cannot be read.
private func text(of path: String) -> String {
    guard let file = fopen(path, "r") else { return "" }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 8_192)
    return String(decoding: bytes.prefix(fread(&bytes, 1, bytes.count, file)), as: UTF8.self)
}
