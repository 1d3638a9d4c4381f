/// The versions of ONNX's standard operators whose meaning Pare knows.
public enum StandardOperators {
    /// From the version in which operators began to broadcast as NumPy does to the newest one of onnx 1.23.
    public static let versions = 7...28
}

extension Graph {
    /// The version of the standard operators that the graph's nodes are read by.
    public var standardOperatorSet: Int { operatorSets[""] ?? 13 }

    /// Why the graph's standard operators are of a version that Pare does not know, and what to do; nil where it knows it.
    public var operatorSetFault: String? {
        let (version, known) = (standardOperatorSet, StandardOperators.versions)
        if version < known.lowerBound {
            return """
                opset \(version) is older than \(known.lowerBound), the oldest that Pare follows; convert the model with \
                onnx.version_converter.convert_version(model, 13)
                """
        }
        if version > known.upperBound {
            return """
                opset \(version) is newer than \(known.upperBound), the newest that Pare knows; export it with an older one, or \
                convert the model with onnx.version_converter.convert_version(model, 21)
                """
        }
        return nil
    }
}
