import Basics
import TextFormats

/// A folder of JPEG and PNG images, or of folders of them that each hold a class.
enum ImageFolder {
    /// Opens a folder, whose `path` ends with a slash. Without `labels`, images in folders are labelled by these and others
    /// not at all.
    static func open(
        path: String, name: String, preprocessing: Preprocessing = Preprocessing(),
        labels: DataDescription.FolderLabels? = nil, classes: ClassList = ClassList()
    ) throws(DataSetError) -> DataSet {
        let listing = try FolderListing(path: path)
        let images = listing.files.filter(ImageFile.isNamedSo)
        var imagesOfFolder: [(folder: String, images: [String])] = []
        for folder in listing.folders {
            let inside = try FolderListing(path: path + folder + "/").files.filter(ImageFile.isNamedSo)
            if !inside.isEmpty { imagesOfFolder.append((folder, inside)) }
        }
        guard images.isEmpty || imagesOfFolder.isEmpty else {
            throw DataSetError(
                path: path, what: "holds images (\(quoted(images[0]))) beside folders of images",
                remedy: "put every image into its class's folder")
        }
        guard !images.isEmpty || !imagesOfFolder.isEmpty else {
            throw DataSetError(path: path, what: "holds no JPEG or PNG images, nor folders of them")
        }
        let names = images + imagesOfFolder.flatMap { entry in entry.images.map { "\(entry.folder)/\($0)" } }
        var classNames = classes.names
        let numbers: [Int]?
        switch labels ?? (imagesOfFolder.isEmpty ? .none : .folders) {
        case .none: numbers = nil
        case .wnid: numbers = try wnidLabels(names, classes, folder: path)
        case .folders:
            guard !imagesOfFolder.isEmpty else {
                throw DataSetError(path: path, what: "holds no folders, which labels: folders asks for")
            }
            numbers = try folderLabels(imagesOfFolder, classes, folder: path)
            if classNames.isEmpty { classNames = imagesOfFolder.map(\.folder) }
        }
        let source = try ImageFileSource(paths: names.map { path + $0 }, preprocessing: preprocessing, labels: numbers)
        return DataSet(name: name, content: .samples(source), classNames: classNames)
    }

    private static func wnidLabels(_ names: [String], _ classes: ClassList, folder: String) throws(DataSetError) -> [Int] {
        guard !classes.classOfWNID.isEmpty else {
            throw DataSetError(
                path: folder, what: "labels: wnid needs classes: a file with a WNID and a name on each line")
        }
        var labels: [Int] = []
        for name in names {
            guard let label = classes.classOfWNID[wnid(of: fileName(of: name))] else {
                throw DataSetError(
                    path: folder, what: "the name of \(quoted(name)) does not begin with a WNID of the classes",
                    remedy: "name files as n01440764_tench.jpg")
            }
            labels.append(label)
        }
        return labels
    }

    private static func wnid(of name: String) -> String { String(name.prefix { $0 != "_" && $0 != "." }) }

    /// Folders are numbered in their order, or as the classes that have their names.
    private static func folderLabels(
        _ imagesOfFolder: [(folder: String, images: [String])], _ classes: ClassList, folder: String
    ) throws(DataSetError) -> [Int] {
        var labels: [Int] = []
        for (number, entry) in imagesOfFolder.enumerated() {
            var label = number
            if !classes.names.isEmpty {
                guard let known = classes.classOfWNID[wnid(of: entry.folder)] ?? classes.names.firstIndex(of: entry.folder)
                else {
                    throw DataSetError(
                        path: folder, what: "the folder \(quoted(entry.folder)) has the name of no class",
                        remedy: "name folders as the classes are, or leave classes out")
                }
                label = known
            }
            labels += Array(repeating: label, count: entry.images.count)
        }
        return labels
    }
}
