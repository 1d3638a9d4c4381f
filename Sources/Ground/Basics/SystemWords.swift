import Glibc

/// The system's words for an error number: `no such file or directory`.
public func systemWords(_ code: Int32) -> String {
    let words = String(cString: strerror(code))
    return words.prefix(1).lowercased() + words.dropFirst()
}
