extension ModelFileError {
    /// One line that says what is wrong, where, and how to mend it.
    public var message: String {
        switch self {
        case .unreadable(let path, let reason):
            "\(path.quoted): \(reason). Check the path and its permissions."
        case .isDirectory(let path):
            "\(path.quoted) is a folder. Name the model file in it."
        case .notRegular(let path):
            "\(path.quoted) is not a regular file. Save the model to a file first."
        case .empty(let path):
            "\(path.quoted) is empty. Copy or download it again."
        case .otherKind(let path, let kind, let remedy):
            "\(path.quoted) is \(kind). \(remedy)"
        case .truncated(let path, let place, let needed, let available):
            """
            \(path.quoted) is cut off: \(place.description) needs \(needed.grouped) bytes, \(available.grouped) are left. \
            Copy or download it again.
            """
        case .malformed(let path, let place, let expected, let found):
            """
            \(path.quoted) is damaged: \(place.description) should be \(expected), found \(found). \
            Copy it again, or export it anew.
            """
        case .unsupported(let path, let place, let what, let remedy):
            "\(path.quoted): \(place.description) \(what). \(remedy)"
        case .container(let path, let fault):
            "\(path.quoted)\(fault)."
        case .missingPart(let path, let place, let part):
            "\(path.quoted): \(place.description) is in \(part.quoted), which is missing. Put that file beside the model."
        }
    }
}

extension FilePlace: CustomStringConvertible {
    public var description: String {
        switch self {
        case .byte(let offset): "byte \(offset.grouped)"
        case .field(let name, let offset): "\(name) at byte \(offset.grouped)"
        case .tensor(let name): "tensor \(name.quoted)"
        case .whole: "the file"
        }
    }
}

extension String {
    /// The text as one line of messages holds it: in quotes, control characters escaped, the middle of long ones left out.
    var quoted: String {
        var shown = ""
        for scalar in unicodeScalars {
            let isControl =
                scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value) || scalar.value == 0x2028
                || scalar.value == 0x2029 || (0x202a...0x202e).contains(scalar.value)
            shown += isControl ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
        }
        if shown.count > 300 { shown = "\(shown.prefix(150))…\(shown.suffix(150))" }
        return "“\(shown)”"
    }
}

extension Int {
    /// The number with thousands separated: 1,234,567.
    var grouped: String {
        var digits = String(magnitude)
        var position = digits.count - 3
        while position > 0 {
            digits.insert(",", at: digits.index(digits.startIndex, offsetBy: position))
            position -= 3
        }
        return self < 0 ? "−\(digits)" : digits
    }
}
