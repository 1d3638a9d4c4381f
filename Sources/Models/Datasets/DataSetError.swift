import ArrayFiles
import Basics
import TextFormats

/// Why data cannot be used: what, where, and how to mend it.
public struct DataSetError: ExplainedError, Hashable {
    /// The file it is about; nil where `what` names it.
    public var path: String?
    /// Where in the file, if it is a text.
    public var place: TextPlace?
    public var what: String
    public var remedy: String?

    public init(path: String? = nil, place: TextPlace? = nil, what: String, remedy: String? = nil) {
        self.path = path
        self.place = place
        self.what = what
        self.remedy = remedy
    }

    /// One line.
    public var message: String {
        var line = path.map { "\(printable($0, limit: 400)): " } ?? ""
        line += what
        if let place { line += " (line \(place.line))" }
        if let remedy { line += "; \(remedy)" }
        return line
    }
}

extension DataSetError: CustomStringConvertible {
    public var description: String { message }

    init(_ error: ArrayFileError) { self.init(what: printable(error.message, limit: 600)) }

    init(_ failure: MappedFile.Failure) {
        switch failure {
        case .cannotOpen(let path, let code): self.init(path: path, what: "cannot be read: \(systemWords(code))")
        case .isDirectory(let path): self.init(path: path, what: "is a folder", remedy: "name a file in it")
        case .notRegular(let path): self.init(path: path, what: "is not a regular file")
        }
    }
}

/// Maps a file of a data set.
func mapFile(_ path: String) throws(DataSetError) -> MappedFile {
    do throws(MappedFile.Failure) {
        return try MappedFile(path: path)
    } catch {
        throw DataSetError(error)
    }
}

/// Runs what reads an array file.
func readingArray<Value>(_ body: () throws(ArrayFileError) -> Value) throws(DataSetError) -> Value {
    do throws(ArrayFileError) {
        return try body()
    } catch {
        throw DataSetError(error)
    }
}
