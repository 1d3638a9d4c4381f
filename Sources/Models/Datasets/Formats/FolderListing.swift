import Basics
import Glibc

/// The names in a folder, hidden ones left out, in the order of their bytes.
struct FolderListing {
    private(set) var files: [String] = []
    private(set) var folders: [String] = []

    /// `path` ends with a slash.
    init(path: String) throws(DataSetError) {
        guard let handle = opendir(path) else {
            throw DataSetError(path: path, what: "cannot be read: \(systemWords(errno))", remedy: "check the path")
        }
        defer { closedir(handle) }
        while let entry = readdir(handle) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard !name.hasPrefix(".") else { continue }
            var status = stat()
            guard stat(path + name, &status) == 0 else { continue }
            switch status.st_mode & S_IFMT {
            case S_IFDIR: folders.append(name)
            case S_IFREG: files.append(name)
            default: break
            }
        }
        files.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        folders.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}
