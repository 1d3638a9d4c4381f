import CNcurses
import Glibc

/// Where ncurses writes: to the terminal, but for a frame into memory, so that the frame goes out in one piece.
///
/// ncurses writes whenever its cursor goes to another row, some 45 times a frame, and terminals show what is drawn by half. So it has a
/// descriptor of its own, which stands for a file in memory while a frame is drawn, and for the terminal at all other times. Whoever
/// writes to the terminal beside ncurses, the crash handler too, never meets that descriptor.
struct FrameOutput {
    /// What ncurses has for its output.
    let file: UnsafeMutablePointer<FILE>
    private let terminal: Int32
    private let descriptor: Int32
    /// −1 where there is none to be had: frames go out as ncurses writes them.
    private let memory: Int32

    /// Nil where there is no descriptor left.
    init?(_ terminal: Int32) {
        let copy = dup(terminal)
        guard copy >= 0, let file = fdopen(copy, "w") else { return nil }
        self.file = file
        self.terminal = terminal
        descriptor = copy
        memory = pare_memory_file()
    }

    /// What ncurses wrote while `draw` ran and is still to go to the terminal.
    func collect(_ draw: () -> Void) -> [UInt8] {
        guard memory >= 0, lseek(memory, 0, SEEK_SET) == 0, dup2(memory, descriptor) >= 0 else {
            draw()
            return []
        }
        draw()
        _ = dup2(terminal, descriptor)
        let count = max(0, lseek(memory, 0, SEEK_CUR))
        return [UInt8](unsafeUninitializedCapacity: count) { bytes, filled in
            filled = max(0, pread(memory, bytes.baseAddress, count, 0))
        }
    }

    /// Closes both, once ncurses needs them no more.
    func close() {
        fclose(file)
        if memory >= 0 { _ = Glibc.close(memory) }
    }
}
