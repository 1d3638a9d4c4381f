import TensorCore

/// What a YAML description of data says; paths are made absolute or relative to where Pare runs.
struct DataDescription {
    enum Kind: String, CaseIterable {
        case idx, cifar, npz, npy, folder, text
    }

    /// Where an image folder's labels come from.
    enum FolderLabels: String, CaseIterable {
        /// The WNID in front of each file's name, looked up in the classes.
        case wnid
        /// The folder an image lies in.
        case folders
        case none
    }

    enum Classes {
        /// A file with a class a line.
        case file(String)
        case names([String])
    }

    enum Layout: String, CaseIterable {
        case nhwc, nchw
    }

    /// The description's own path, which errors name.
    var path: String
    var kind: Kind
    var images: [String] = []
    /// A path; for folders one of `FolderLabels`.
    var labels: String?
    /// The names of the arrays with samples and labels.
    var sampleArray: String?
    var labelArray: String?
    /// Arrays by the name of the input they go to.
    var inputArrays: [String: String] = [:]
    /// Shapes of a network's inputs, by name.
    var inputShapes: [String: Shape] = [:]
    var classes: Classes?
    var layout: Layout?
    var preprocessing = Preprocessing()
    var text: String?
    var vocabulary: String?
    /// Symbols at the end of the text to take; nil for all.
    var last: Int?
}

extension DataDescription.Kind {
    /// The keys that mean something for this kind, in the order a person would write them.
    var keys: [String] {
        let pixels = ["channels", "resize", "crop", "scale", "mean", "std"]
        return switch self {
        case .idx: ["kind", "images", "labels", "classes", "layout", "inputs"] + pixels
        case .cifar: ["kind", "images", "classes", "inputs"] + pixels
        case .npz: ["kind", "images", "x", "y", "classes", "layout", "inputs"] + pixels
        case .npy: ["kind", "images", "labels", "classes", "layout", "inputs"] + pixels
        case .folder: ["kind", "images", "labels", "classes", "inputs"] + pixels
        case .text: ["kind", "text", "vocabulary", "last", "inputs"]
        }
    }
}
