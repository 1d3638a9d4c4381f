/// One line of the report: a time of Pare's, what it is compared with, and the bar it has to clear.
struct Measurement {
    let name: String
    /// Seconds; the median of the runs unless the bar says otherwise.
    var pareSeconds: Double
    /// The other program or method, and its seconds.
    var peer: (name: String, seconds: Double)?
    /// How the two compare; which way round, the bar says.
    var ratio: Double?
    /// What is demanded, in the words of the line's own fields.
    var bar: String
    var isMet: Bool?
    /// Further numbers that tell whether the measurement means what it says.
    var details: [(name: String, value: Double)] = []
    /// Why the peer did not run.
    var skipped: String?

    /// The measurement as a JSON object on one line.
    var line: String {
        var fields = ["\"name\": \(name.quoted)", "\"pare_s\": \(pareSeconds.rounded9)"]
        fields.append("\"peer\": \(peer?.name.quoted ?? "null")")
        fields.append("\"peer_s\": \(peer?.seconds.rounded9 ?? "null")")
        fields.append("\"ratio\": \(ratio?.rounded9 ?? "null")")
        fields.append("\"bar\": \(bar.quoted)")
        fields.append("\"met\": \(isMet.map(String.init) ?? "null")")
        fields += details.map { "\($0.name.quoted): \($0.value.rounded9)" }
        if let skipped { fields.append("\"skipped\": \(skipped.quoted)") }
        return "{\(fields.joined(separator: ", "))}"
    }

    /// A line that says why nothing was measured.
    static func skippedLine(name: String, reason: String) -> String {
        "{\"name\": \(name.quoted), \"skipped\": \(reason.quoted)}"
    }
}

extension String {
    fileprivate var quoted: String {
        var text = "\""
        for scalar in unicodeScalars {
            switch scalar {
            case "\"", "\\": text += "\\\(scalar)"
            case _ where scalar.value < 32: text += " "
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }
}

extension Double {
    /// To a billionth; JSON has no infinities.
    fileprivate var rounded9: String {
        guard isFinite else { return "null" }
        let rounded = (self * 1e9).rounded() / 1e9
        return rounded == rounded.rounded() && abs(rounded) < 1e15 ? String(Int(rounded)) : "\(rounded)"
    }
}
