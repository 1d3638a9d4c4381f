import FoundationEssentials
import Glibc
import ModelFormats

/// A path with `~` resolved.
func expanded(_ path: String) -> String {
    guard path == "~" || path.hasPrefix("~/"), let home = getenv("HOME") else { return path }
    return String(cString: home) + path.dropFirst()
}

/// A path from the root, without `.` and `..`; symbolic links stay.
func absolute(_ path: String) -> String {
    var path = expanded(path)
    if !path.hasPrefix("/") { path = FileManager.default.currentDirectoryPath + "/" + path }
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
        if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
}

func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

/// Seconds since 1970.
func currentSeconds() -> Int { time(nil) }

extension Folder {
    /// Lists the folders and files of use in the folder at `path`: folders first, each by name, hidden ones left out.
    init(reading path: String, for purpose: FileBrowser.Purpose) {
        let place = absolute(path)
        self.init(path: place, entries: [], failure: nil)
        guard let directory = opendir(place) else {
            failure = String(cString: strerror(errno))
            return
        }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard !name.hasPrefix("."), name.utf8.count > 0 else { continue }
            var status = stat()
            guard stat(place + "/" + name, &status) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFDIR {
                entries.append(Entry(name: name, kind: .folder, byteCount: 0))
            } else if status.st_mode & S_IFMT == S_IFREG, let kind = Entry.Kind(ofFile: name, for: purpose) {
                entries.append(Entry(name: name, kind: kind, byteCount: Int(status.st_size)))
            }
        }
        entries.sort { left, right in
            let folders = (left.kind == .folder, right.kind == .folder)
            return folders.0 != folders.1 ? folders.0 : left.name.lowercased() < right.name.lowercased()
        }
        if purpose != .model { entries.insert(Entry(name: ".", kind: .images, byteCount: 0), at: 0) }
        if place != "/" { entries.insert(Entry(name: "..", kind: .folder, byteCount: 0), at: 0) }
    }
}

extension Folder.Entry.Kind {
    /// What a file is by its name; nil for files that the browser leaves out.
    init?(ofFile name: String, for purpose: FileBrowser.Purpose) {
        let lower = name.lowercased()
        if purpose != .model {
            guard Self.isData(lower) else { return nil }
            self = .data
        } else if (ModelFormat.endings + [".pare"]).contains(where: lower.hasSuffix) {
            self = .model
        } else if lower.hasSuffix(".yaml") || lower.hasSuffix(".yml") {
            self = .recipe
        } else {
            return nil
        }
    }

    /// Whether a file of this name may hold samples: descriptions, NumPy arrays, CIFAR, IDX (gzip too) and text.
    private static func isData(_ name: String) -> Bool {
        let bare = name.hasSuffix(".gz") ? String(name.dropLast(3)) : name
        let parts = bare.split(separator: ".")
        if [".yaml", ".yml", ".npz", ".npy", ".bin", ".txt"].contains(where: name.hasSuffix) { return true }
        return bare.hasSuffix("-ubyte") || bare.hasSuffix(".ubyte") || parts.dropFirst().contains { $0.hasPrefix("idx") }
    }
}

/// Bytes of a file; 0 where there is none.
func fileByteCount(_ path: String) -> Int {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : 0
}
